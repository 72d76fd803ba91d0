// The log that people read: MHA's line format (reference mha-manager.md 2.0), because scripts match it:
//   Fri Nov 20 09:00:50 2026 - [info] text
//   Fri Nov 20 09:00:50 2026 - [error][loop.cc, ln120] text
// Multi-line texts are one record. Rooms that decide do not log; they return sentences.
#pragma once

#include <source_location>
#include <string_view>

namespace tanist::sys {

enum class Level { debug, info, notice, warning, error };
std::string_view to_string(Level level);

class Log {
 public:
  using Where = std::source_location;

  virtual ~Log() = default;
  virtual void write(Level level, std::string_view text, Where where = Where::current()) = 0;
  // Output of hooks and remote commands, as it came.
  virtual void raw(std::string_view text) = 0;

  void debug(std::string_view text) { write(Level::debug, text); }
  void info(std::string_view text) { write(Level::info, text); }
  void warning(std::string_view text) { write(Level::warning, text); }
  void error(std::string_view text, Where where = Where::current()) { write(Level::error, text, where); }
};

}  // namespace tanist::sys

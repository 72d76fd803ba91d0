// A log that remembers, for unit tests and the simulated world: "[level] text", one entry a record.
#pragma once

#include <string>
#include <vector>

#include "sys/log.h"

namespace tanist::sys {

class MemoryLog : public Log {
 public:
  void write(Level level, std::string_view text, Where = Where::current()) override {
    records.push_back("[" + std::string(to_string(level)) + "] " + std::string(text));
  }
  void raw(std::string_view text) override { records.emplace_back(text); }

  bool contains(std::string_view part) const {
    for (const std::string& record : records) {
      if (record.find(part) != std::string::npos) return true;
    }
    return false;
  }

  std::vector<std::string> records;
};

}  // namespace tanist::sys

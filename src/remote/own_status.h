// ssh ends with the remote command's exit code, or with 255 when ssh itself failed; and a command may end
// with 255 too. So each command is sent with a word to say in that case, which no output has by chance: 255
// with the word is the command's own, 255 without it is ssh's.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tanist::remote {

// A line for any login shell (bash, fish, csh …) that runs `script` in sh. The script is a POSIX shell
// script.
std::string in_sh(const std::string& script);
// A script that says `word` on stderr when its command ended with 255; and a command that was killed by
// signal N ends with 128 + N instead of an unexplained 255.
std::string telling_its_own_255(const std::string& script, const std::string& word);
// A script that is killed with all it started after this time, where the host has `timeout`: what we gave up
// at its deadline must not act later, when others rely on it not acting.
std::string bounded(const std::string& script, std::chrono::seconds limit);
std::string script_of(const std::vector<std::string>& argv);

// The reason in what a failed program wrote: before it may stand a banner or a warning.
std::string last_line(std::string_view text);

// Passes output through, except for the word's line; keeps back what may be its beginning until more has
// come.
class WordFilter {
 public:
  using Sink = std::function<void(std::string_view)>;
  WordFilter(const std::string& word, Sink sink) : line_(word + "\n"), sink_(std::move(sink)) {}

  void operator()(std::string_view piece);
  void finish();
  bool heard() const { return heard_; }

 private:
  void pass(std::string_view text) {
    if (!text.empty()) sink_(text);
  }

  std::string line_;
  Sink sink_;
  std::string held_;
  bool heard_ = false;
};

}  // namespace tanist::remote

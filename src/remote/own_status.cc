#include "remote/own_status.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::remote {

std::string in_sh(const std::string& script) { return "exec sh -c " + shell_quote(script); }

std::string telling_its_own_255(const std::string& script, const std::string& word) {
  return script + "; s=$?; [ $s -ne 255 ] || echo " + word + " >&2; exit $s";
}

std::string bounded(const std::string& script, std::chrono::seconds limit) {
  return "t=; command -v timeout >/dev/null && t='timeout -s KILL " + std::to_string(limit.count()) +
         "'; $t sh -c " + shell_quote(script);
}

std::string script_of(const std::vector<std::string>& argv) {
  std::vector<std::string> words;
  for (const std::string& word : argv) words.push_back(shell_quote(word));
  return join(words, " ");
}

std::string last_line(std::string_view text) {
  text = trim(text);
  return std::string(trim(text.substr(text.rfind('\n') + 1)));
}

void WordFilter::operator()(std::string_view piece) {
  held_ += piece;
  if (size_t at = held_.find(line_); at != std::string::npos) {
    heard_ = true;
    held_.erase(at, line_.size());
  }
  // The longest end of what we have that may still become the line.
  size_t kept = std::min(held_.size(), line_.size() - 1);
  while (kept > 0 && !line_.starts_with(std::string_view(held_).substr(held_.size() - kept))) --kept;
  pass(std::string_view(held_).substr(0, held_.size() - kept));
  held_.erase(0, held_.size() - kept);
}

void WordFilter::finish() {
  pass(held_);
  held_.clear();
}

}  // namespace tanist::remote

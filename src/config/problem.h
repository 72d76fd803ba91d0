// What is wrong or doubtful in configuration, each with the place. All of them are reported in one run, so
// that a person corrects a file once. Never holds the value of a password.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tanist::config {

struct Origin {
  std::string file;
  int line = 0;  // from 1; 0 where the whole file is meant

  std::string text() const { return line > 0 ? file + ":" + std::to_string(line) : file; }
  bool operator==(const Origin&) const = default;
};

struct Problem {
  Origin where;
  std::string what;

  std::string text() const { return where.text() + ": " + what; }
  bool operator==(const Problem&) const = default;
};
using Problems = std::vector<Problem>;

// Why a configuration cannot be used: at least one error. Warnings do not stop anybody.
struct ConfigErrors {
  Problems errors;
  Problems warnings;
  int number = 0;  // errno when the application file itself cannot be read (MHA's tools end with it)

  std::string text() const;  // one line per error, then one per doubtful line: whoever corrects a file sees both
  Error as_error() const { return {Errc::invalid, text(), number}; }
};

}  // namespace tanist::config

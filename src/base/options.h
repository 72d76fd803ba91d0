// Command lines in the dialect of MHA's tools (Perl's Getopt::Long): one dash or two, "--x=v" or "--x v",
// names in any case and by any prefix that is unique, the last occurrence wins. A command is a table of rows;
// parsing and --help both read it, so that they cannot disagree.
//
//   constexpr OptionRow kRows[] = {
//       {"conf", OptionKind::text, "", "FILE", "application configuration file"},
//       {"manager_workdir|workdir", OptionKind::text, "", "DIR", "where the state files are"},
//       {"ping_limit", OptionKind::integer, "10", "SECONDS", "greatest age of the health file"},
//       {"abort", OptionKind::flag, "", "", "stop even while a failover runs"}};
//   constexpr CommandTable kStop{.name = "masterha_stop", .usage = "--conf=FILE", .summary = "...", .rows =
//   kRows};
//
//   CommandLine line = read_command_line(kStop, args);
//   print line.out to stdout and line.err to stderr, then: if (line.exit_code) return *line.exit_code;
//   line.options.text("conf"), .number("ping_limit"), .flag("abort")
//
// Pure: args in, values and text out. "help" and "version" belong to every table and are not listed in it; "--man" alone
// on a command line prints the manual page, "--completion-words" what the completion of shells wants to know.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace tanist {

enum class OptionKind {
  flag,     // given or not; refuses a value
  boolean,  // "--x" is 1, "--x=0" and "--x=1" say it; never takes the next word
  text,     // needs a value, which may begin with dashes when it is the next word; "--x=" is an error
  integer,  // needs a value: optional sign and decimal digits
  port,     // an integer from 1 to 65535
  list,     // text that may be repeated; all values are kept in order
};

struct OptionRow {
  std::string_view names;  // "name" or "name|alias|alias"; values are asked for by the first
  OptionKind kind;
  std::string_view fallback;  // the value when it is not given; shown in --help when not empty
  std::string_view value;     // what --help calls the value: FILE, SECONDS
  std::string_view help;      // one line
};

struct ExitRow {
  std::string_view code;  // "0", "1"
  std::string_view meaning;
};

enum class Unknown {
  ignore,   // a warning with the nearest known name (most masterha_* commands: MHA ignores them in silence)
  error,    // the command does not run
  collect,  // kept in Options::unknown() for the caller's own words
};

struct CommandTable {
  std::string_view name;
  std::string_view usage;    // what follows the name in the first line of --help
  std::string_view summary;  // one or two sentences
  std::span<const OptionRow> rows;
  std::span<const std::string_view> examples = {};  // whole command lines
  Unknown unknown_options = Unknown::ignore;
  Unknown extra_words = Unknown::ignore;
  bool plus_prefix = false;           // "+x" is an option too (node commands)
  std::string_view version = "0.58";  // the MHA contract that this command keeps; scripts read it
  std::span<const ExitRow> exits = {};
};

class Options {
 public:
  bool knows(std::string_view name) const { return slots_.contains(name); }  // it is one of the command's
  bool given(std::string_view name) const;
  bool flag(std::string_view name) const;         // flag, boolean
  std::string text(std::string_view name) const;  // text; "" when neither given nor defaulted
  int64_t number(std::string_view name) const;    // integer or port, which has a default or was given
  std::optional<int64_t> maybe_number(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;
  Secret secret(std::string_view name) const { return Secret(text(name)); }

  const std::vector<std::string>& unknown() const { return unknown_; }    // as written, "--x=v" in one piece
  const std::vector<std::string>& words() const { return words_; }        // in order, also those after "--"
  const std::vector<std::string>& warnings() const { return warnings_; }  // for stderr
  const std::vector<std::string>& errors() const { return errors_; }      // the command must not run with any

 private:
  friend class OptionParser;
  struct Slot {
    OptionKind kind;
    std::vector<std::string> values;  // of a flag: "1" or "0"; the default until given
    bool given = false;
  };
  const Slot& slot(std::string_view name) const;
  std::string last(std::string_view name, std::initializer_list<OptionKind> kinds) const;

  std::map<std::string, Slot, std::less<>> slots_;  // by first name
  std::vector<std::string> unknown_, words_, warnings_, errors_;
};

// Never fails as a whole: what was wrong is in errors().
Options parse_options(const CommandTable& table, std::span<const std::string> args);

// The table's rows, then help and version.
std::vector<OptionRow> all_rows(const CommandTable& table);

std::string help_text(const CommandTable& table);
// For man(1). `--man`, alone on a command line, prints it.
std::string man_page(const CommandTable& table);
// The usage, then each option in a line: "--conf=FILE", "--yes". `--completion-words`, alone on a command line, prints it.
std::string completion_lines(const CommandTable& table);

struct CommandLine {
  Options options;
  std::optional<int> exit_code;  // set: print, then end with it (help and version 0, a wrong option 1)
  std::string out;
  std::string err;
};
CommandLine read_command_line(const CommandTable& table, std::span<const std::string> args);

}  // namespace tanist

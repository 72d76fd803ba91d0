// How a verb begins and ends: its command line, and the rows of options that many have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "config/load.h"
#include "manager/outside.h"
#include "store/sqlite_journal.h"

namespace tanist::cli {

inline constexpr OptionRow kStateDir{"state_dir", OptionKind::text, store::kStateDir, "DIR", "the state directory of `tanist run`"};
inline constexpr OptionRow kJson{"json", OptionKind::flag, "", "", "print JSON instead of text"};
inline constexpr OptionRow kGlobal{"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "defaults for all applications"};

struct Words {
  size_t least = 0, most = 0;
  std::string_view missing = "";  // said when it is another number: "which cluster?"
};

// The unexpected value is the exit code; everything has been said on stdout or stderr.
tl::expected<Options, int> begin(CommandTable table, const std::vector<std::string>& args, Words words, manager::Outside& outside);

int failed(manager::Outside& outside, const std::string& what);  // says it; 1

// Where `tanist run` writes; an error if it never has: a file that is not there would be made.
Result<std::string> state_file(manager::Outside& outside, const Options& options);

// A word with a slash or a dot; others are names of clusters.
bool is_file(const std::string& word);

// Of a person at the terminal.
bool confirmed(manager::Outside& outside, const std::string& question);

}  // namespace tanist::cli

// How every verb begins: `tanist VERB FILE [options]` to options and an opened cluster.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "manager/cluster.h"

namespace tanist::cli {

struct Opened {
  Options options;
  std::unique_ptr<manager::Cluster> cluster;
};

// The unexpected value is the exit code; everything has been said on stdout or stderr.
sys::Task<tl::expected<Opened, int>> open(CommandTable table, std::vector<std::string> args,
                                          manager::Outside& outside, bool with_journal);

// The same when the command line has been read: FILE is its only word.
sys::Task<tl::expected<Opened, int>> open_file(Options options, manager::Outside& outside, bool with_journal);

}  // namespace tanist::cli

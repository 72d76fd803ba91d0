#include <gtest/gtest.h>

#include "base/options.h"

namespace tanist {
namespace {

constexpr OptionRow kRows[] = {
    {"manager_workdir|workdir", OptionKind::text, "/var/tmp", "DIR", ".hidden\\dir"},
    {"s|secondary_host", OptionKind::list, "", "HOST", "route host"},
    {"wait", OptionKind::boolean, "", "", "wait for it"},
};
constexpr std::string_view kExamples[] = {"'tool' --wait"};
constexpr ExitRow kExits[] = {{"0", "done"}};

TEST(ManPage, is_the_table_as_troff) {
  const CommandTable table{.name = "tanist tool",
                           .usage = "FILE [options]",
                           .summary = "Does it. And more.",
                           .rows = kRows,
                           .examples = kExamples,
                           .exits = kExits};
  const std::vector<std::string> args{"--man"};
  const CommandLine line = read_command_line(table, args);
  EXPECT_EQ(line.exit_code, 0);
  EXPECT_EQ(line.out,
            ".TH tanist\\-tool 1 \"\" \"Tanist\" \"Tanist\"\n"
            ".SH NAME\ntanist\\-tool \\- Does it\n"
            ".SH SYNOPSIS\n\\fBtanist tool\\fR FILE [options]\n"
            ".SH DESCRIPTION\nDoes it. And more.\n"
            ".SH OPTIONS\nNames may be shortened as long as they stay unique, and begin with one dash or two. Where the package "
            "tanist is installed, bash completes them.\n"
            ".TP\n\\fB\\-\\-manager_workdir\\fR=\\fIDIR\\fR, \\fB\\-\\-workdir\\fR=\\fIDIR\\fR\n"
            "\\&.hidden\\edir (default /var/tmp)\n"
            ".TP\n\\fB\\-s\\fR=\\fIHOST\\fR, \\fB\\-\\-secondary_host\\fR=\\fIHOST\\fR\nroute host (may be repeated)\n"
            ".TP\n\\fB\\-\\-wait\\fR[=0/1]\nwait for it\n"
            ".TP\n\\fB\\-\\-help\\fR\nprint this text and exit\n"
            ".TP\n\\fB\\-\\-version\\fR\nprint the version and exit\n"
            ".SH EXIT STATUS\n.TP\n0\ndone\n"
            ".SH EXAMPLES\n.nf\n\\&'tool' \\-\\-wait\n.fi\n");
}

}  // namespace
}  // namespace tanist

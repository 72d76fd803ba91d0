#include "base/options.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace tanist {
namespace {

constexpr OptionRow kRows[] = {
    {"conf", OptionKind::text, "", "FILE", "application configuration file"},
    {"command", OptionKind::text, "", "WORD", "what to do"},
    {"manager_workdir|workdir", OptionKind::text, "/var/tmp", "DIR", "state directory"},
    {"s|secondary_host", OptionKind::list, "", "HOST", "route host"},
    {"ping_limit", OptionKind::integer, "10", "SECONDS", "greatest age"},
    {"start_pos", OptionKind::integer, "", "N", "byte position"},
    {"new_master_port", OptionKind::port, "3306", "PORT", "its port"},
    {"abort", OptionKind::flag, "", "", "stop in any case"},
    {"abort_timeout", OptionKind::integer, "5", "SECONDS", "patience"},
    {"wait", OptionKind::boolean, "1", "", "wait for it"},
};
constexpr std::string_view kExamples[] = {"tool --conf=/etc/app1.cnf"};
constexpr CommandTable kTool{.name = "tool",
                             .usage = "--conf=FILE [options]",
                             .summary = "Does it.",
                             .rows = kRows,
                             .examples = kExamples};

CommandTable tool(Unknown policy, bool plus = false) {
  CommandTable table = kTool;
  table.unknown_options = table.extra_words = policy;
  table.plus_prefix = plus;
  return table;
}

std::vector<std::string> args(std::string_view line) {
  return line.empty() ? std::vector<std::string>{} : split(line, ' ');
}

struct Case {
  std::string_view line;
  std::string_view name;
  std::string_view values;  // joined by a comma; of a flag 0 or 1
};

std::string shown(const Options& options, std::string_view name) {
  for (const OptionRow& row : kRows) {
    if (row.names.substr(0, row.names.find('|')) != name) continue;
    switch (row.kind) {
      case OptionKind::flag:
      case OptionKind::boolean:
        return options.flag(name) ? "1" : "0";
      case OptionKind::text:
        return options.text(name);
      case OptionKind::list:
        return join(options.list(name), ",");
      case OptionKind::integer:
      case OptionKind::port: {
        auto number = options.maybe_number(name);
        return number ? std::to_string(*number) : "";
      }
    }
  }
  return "no such row";
}

TEST(Options, every_way_to_write_them) {
  const Case kCases[] = {
      {"--conf=a.cnf", "conf", "a.cnf"},
      {"--conf a.cnf", "conf", "a.cnf"},
      {"-conf=a.cnf", "conf", "a.cnf"},
      {"-conf a.cnf", "conf", "a.cnf"},
      {"+conf=a.cnf", "conf", "a.cnf"},
      {"--CONF=A.cnf", "conf", "A.cnf"},
      {"--con=a.cnf", "conf", "a.cnf"},  // unique: command begins with "com"
      {"--conf=a --conf=b", "conf", "b"},
      {"--conf=k=v", "conf", "k=v"},
      {"--conf --abort", "conf", "--abort"},  // a value may look like an option
      {"--conf --abort", "abort", "0"},
      {"--workdir=/w", "manager_workdir", "/w"},
      {"--manager=/w", "manager_workdir", "/w"},
      {"", "manager_workdir", "/var/tmp"},
      {"-s h1 -s h2", "s", "h1,h2"},
      {"--secondary_host=h1 --sec=h2 -s=h3", "s", "h1,h2,h3"},
      {"", "s", ""},
      {"--ping_limit=7", "ping_limit", "7"},
      {"--ping_limit -7", "ping_limit", "-7"},
      {"--ping_limit=+7", "ping_limit", "7"},
      {"--ping_limit=9223372036854775807", "ping_limit", "9223372036854775807"},
      {"--ping_limit=-9223372036854775808", "ping_limit", "-9223372036854775808"},
      {"", "ping_limit", "10"},
      {"", "start_pos", ""},
      {"--abort", "abort", "1"},  // exact, although abort_timeout begins with it too
      {"--abort_t=3", "abort_timeout", "3"},
      {"--wait", "wait", "1"},
      {"--wait=0", "wait", "0"},
      {"-- --abort", "abort", "0"},
      {"x --abort - y", "abort", "1"},
  };
  for (const Case& c : kCases) {
    Options options = parse_options(tool(Unknown::collect, true), args(c.line));
    EXPECT_TRUE(options.errors().empty()) << c.line << ": " << join(options.errors(), "; ");
    EXPECT_EQ(shown(options, c.name), c.values) << c.line;
  }
}

TEST(Options, wrong_ones_are_named) {
  const struct {
    std::string_view line, error;
  } kCases[] = {
      {"--conf", "option --conf requires a value"},
      {"--conf=", "option --conf requires a value"},
      {"--ping_limit=0x10", "option --ping_limit takes an integer, not '0x10'"},
      {"--ping_limit=", "option --ping_limit requires a value"},
      {"--ping_limit=9223372036854775808", "option --ping_limit takes an integer, not '9223372036854775808'"},
      {"--new_master_port=65536", "option --new_master_port takes a port from 1 to 65535, not '65536'"},
      {"--new_master_port=0", "option --new_master_port takes a port from 1 to 65535, not '0'"},
      {"--new_master_port=68842", "option --new_master_port takes a port from 1 to 65535, not '68842'"},
      {"--new_master_port=db1", "option --new_master_port takes a port from 1 to 65535, not 'db1'"},
      {"--ping_limit=-", "option --ping_limit takes an integer, not '-'"},
      {"--abort=1", "option --abort takes no value"},
      {"--wait=2", "option --wait takes 0 or 1"},
      {"--ab", "option --ab is ambiguous: --abort, --abort_timeout"},
      {"--noabort", "Unknown options: --noabort; did you mean --abort?"},
      {"--start-pos=4", "Unknown options: --start-pos; did you mean --start_pos?"},
      {"--=4", "Unknown options: --"},
      {"+conf=a", "extra word '+conf=a' is not expected"},
      {"--abort=1 --wait=2", "option --abort takes no value; option --wait takes 0 or 1"},
  };
  for (const auto& c : kCases) {
    Options options = parse_options(tool(Unknown::error), args(c.line));
    EXPECT_EQ(join(options.errors(), "; "), c.error) << c.line;
  }
}

TEST(Options, unknown_ones_are_ignored_aloud_or_collected) {
  auto line = args("--Confg=/x --abort word --slave_psas secret last");
  Options ignoring = parse_options(tool(Unknown::ignore), line);
  EXPECT_TRUE(ignoring.errors().empty());
  EXPECT_TRUE(ignoring.flag("abort"));
  EXPECT_EQ(ignoring.warnings(),
            (std::vector<std::string>{
                "unknown option --Confg is ignored; did you mean --conf?", "extra word 'word' is ignored",
                "unknown option --slave_psas is ignored", "the word after the unknown option is ignored",
                "extra word 'last' is ignored"}));
  Options collecting = parse_options(tool(Unknown::collect), line);
  EXPECT_TRUE(collecting.warnings().empty());
  EXPECT_EQ(collecting.unknown(), (std::vector<std::string>{"--Confg=/x", "--slave_psas"}));
  EXPECT_EQ(collecting.words(), (std::vector<std::string>{"word", "secret", "last"}));
}

TEST(Options, know_what_was_given) {
  Options options = parse_options(kTool, args("--workdir=/var/tmp"));
  EXPECT_TRUE(options.given("manager_workdir"));
  EXPECT_FALSE(options.given("ping_limit"));
  EXPECT_DEATH(options.text("workdir"), "broken promise");  // asked by alias: the caller's mistake
  EXPECT_DEATH(options.text("ping_limit"), "broken promise");
}

TEST(Options, help_is_printed_from_the_rows) {
  CommandLine line = read_command_line(kTool, args("--he"));
  EXPECT_EQ(line.exit_code, 0);
  EXPECT_EQ(line.err, "");
  EXPECT_EQ(line.out,
            "Usage: tool --conf=FILE [options]\n"
            "\n"
            "Does it.\n"
            "\n"
            "Options:\n"
            "  --conf=FILE                       application configuration file\n"
            "  --command=WORD                    what to do\n"
            "  --manager_workdir=DIR, --workdir=DIR\n"
            "                                    state directory (default /var/tmp)\n"
            "  -s=HOST, --secondary_host=HOST    route host (may be repeated)\n"
            "  --ping_limit=SECONDS              greatest age (default 10)\n"
            "  --start_pos=N                     byte position\n"
            "  --new_master_port=PORT            its port (default 3306)\n"
            "  --abort                           stop in any case\n"
            "  --abort_timeout=SECONDS           patience (default 5)\n"
            "  --wait[=0/1]                      wait for it (default 1)\n"
            "  --help                            print this text and exit\n"
            "  --version                         print the version and exit\n"
            "\n"
            "Examples:\n"
            "  tool --conf=/etc/app1.cnf\n");
}

TEST(Options, what_a_command_prints_first) {
  CommandLine version = read_command_line(kTool, args("--version"));
  EXPECT_EQ(version.out, "tool version 0.58.\n");
  EXPECT_EQ(version.exit_code, 0);

  CommandLine wrong = read_command_line(kTool, args("--abort=1"));
  EXPECT_EQ(wrong.err, "option --abort takes no value\n");
  EXPECT_TRUE(wrong.out.starts_with("Usage: tool "));
  EXPECT_EQ(wrong.exit_code, 1);

  CommandLine right = read_command_line(kTool, args("--abort --foo"));
  EXPECT_EQ(right.exit_code, std::nullopt);
  EXPECT_EQ(right.out, "");
  EXPECT_EQ(right.err, "warning: unknown option --foo is ignored\n");
}

}  // namespace
}  // namespace tanist

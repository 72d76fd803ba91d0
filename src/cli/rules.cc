// `tanist rules`: by which rules it decides, as they are in this program.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/options.h"
#include "cli/commands.h"
#include "cli/rule_tables.h"

namespace tanist::cli {

namespace json = boost::json;

namespace {

// The id, what holds, and in brackets whatever else the table says of it.
std::string text_of(const RuleTable& table) {
  std::string text = fmt::format("{}: {}\n", table.name, table.title);
  const bool with_verdict = table.columns.back() == "when";
  for (const auto& row : table.rows) {
    text += fmt::format("  {:5} {}", row[0], with_verdict ? row[1] + ": " + row[2] : row[1]);
    for (size_t i = 2; i < row.size() && !with_verdict; ++i)
      if (!row[i].empty()) text += fmt::format(" [{}: {}]", table.columns[i], row[i]);
    text += "\n";
  }
  return text;
}

json::object json_of(const RuleTable& table) {
  json::array rows;
  for (const auto& row : table.rows) {
    json::object one;
    for (size_t i = 0; i < row.size(); ++i) one[table.columns[i]] = row[i];
    rows.push_back(std::move(one));
  }
  return {{"name", table.name}, {"decides", table.title}, {"rows", std::move(rows)}};
}

}  // namespace

sys::Task<int> rules(std::vector<std::string> args, manager::Outside& outside) {
  static constexpr OptionRow kRows[] = {{"json", OptionKind::flag, "", "", "print JSON instead of text"}};
  static constexpr std::string_view kExamples[] = {"tanist rules", "tanist rules detection"};
  const CommandTable command{.name = "tanist rules",
                             .usage = "[TABLE]... [options]",
                             .summary = "Prints the rules by which everything is decided; their ids are in logs, plans and the history.",
                             .rows = kRows,
                             .examples = kExamples,
                             .unknown_options = Unknown::error,
                             .extra_words = Unknown::collect};
  CommandLine line = read_command_line(command, args);
  outside.out(line.out);
  outside.err(line.err);
  if (line.exit_code) co_return *line.exit_code == 0 ? 0 : 2;
  std::vector<RuleTable> tables = rule_tables();
  const std::vector<std::string> wanted = line.options.words();
  for (const std::string& name : wanted) {
    const bool known = std::any_of(tables.begin(), tables.end(), [&](const RuleTable& table) { return table.name == name; });
    if (known) continue;
    outside.err("tanist rules: there is no table " + name + ":");
    for (const RuleTable& table : tables) outside.err(" " + table.name);
    outside.err("\n");
    co_return 2;
  }
  std::erase_if(tables, [&](const RuleTable& table) {
    return !wanted.empty() && std::find(wanted.begin(), wanted.end(), table.name) == wanted.end();
  });
  json::array all;
  std::string text;
  for (const RuleTable& table : tables) {
    all.push_back(json_of(table));
    text += (text.empty() ? "" : "\n") + text_of(table);
  }
  outside.out(line.options.flag("json") ? json::serialize(all) + "\n" : text);
  co_return 0;
}

}  // namespace tanist::cli

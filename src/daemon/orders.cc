#include "daemon/orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "manager/recovery_options.h"

namespace tanist::daemon {

namespace json = boost::json;

namespace {

std::vector<OptionRow> switch_rows() {
  std::vector<OptionRow> rows = manager::switch_policy_rows();
  rows.push_back({"dry_run", OptionKind::flag, "", "", "only say what would be done"});
  return rows;
}

std::vector<OptionRow> failover_rows() {
  std::vector<OptionRow> rows = manager::failover_policy_rows();
  rows.push_back({"dead", OptionKind::text, "", "HOST", "the dead primary"});
  return rows;
}

std::string_view name_of(const OptionRow& row) { return row.names.substr(0, row.names.find('|')); }
bool is_switch(const OptionRow& row) { return row.kind == OptionKind::flag || row.kind == OptionKind::boolean; }

// One member as a word of a command line; empty: a switch that is off.
Result<std::string> word_of(const std::vector<OptionRow>& rows, const std::string& name, const json::value& value) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const OptionRow& one) { return name_of(one) == name; });
  std::vector<std::string> all;
  for (const OptionRow& one : rows) all.emplace_back(name_of(one));
  if (row == rows.end()) return fail(Errc::invalid, fmt::format("the body may not have {}, but {}", name, join(all, ", ")));
  if (is_switch(*row) && value.is_bool()) return value.as_bool() ? "--" + name : "";
  if (is_switch(*row)) return fail(Errc::invalid, name + " must be true or false");
  if (value.is_int64()) return fmt::format("--{}={}", name, value.as_int64());
  if (value.is_string()) return fmt::format("--{}={}", name, std::string_view(value.as_string().data(), value.as_string().size()));
  return fail(Errc::invalid, name + " must be a string or a whole number");
}

Result<Options> options_of(const std::vector<OptionRow>& rows, const std::string& body) {
  boost::system::error_code error;
  const json::value value = trim(body).empty() ? json::object{} : json::parse(body, error);
  if (error || !value.is_object()) return fail(Errc::invalid, "the body must be a JSON object");
  std::vector<std::string> words;
  for (const auto& [key, member] : value.as_object()) {
    auto word = word_of(rows, std::string(key.data(), key.size()), member);
    if (!word) return fail(word.error());
    if (!word->empty()) words.push_back(*word);
  }
  const CommandTable table{.name = "", .usage = "", .summary = "", .rows = rows, .unknown_options = Unknown::error};
  Options options = parse_options(table, words);
  if (!options.errors().empty()) return fail(Errc::invalid, join(options.errors(), "; "));
  return options;
}

json::object given_of(const std::vector<OptionRow>& rows, const Options& options) {
  json::object out;
  for (const OptionRow& row : rows) {
    const std::string_view name = name_of(row);
    if (!options.knows(name) || !options.given(name)) continue;
    if (is_switch(row)) {
      out[name] = options.flag(name);
    } else if (row.kind == OptionKind::integer || row.kind == OptionKind::port) {
      out[name] = options.number(name);
    } else {
      out[name] = options.text(name);
    }
  }
  return out;
}

}  // namespace

Result<Options> switch_order(const std::string& body) { return options_of(switch_rows(), body); }
Result<Options> failover_order(const std::string& body) { return options_of(failover_rows(), body); }

std::string switch_order_of(const Options& options, bool dry_run) {
  json::object out = given_of(switch_rows(), options);
  out["dry_run"] = dry_run;
  return json::serialize(out);
}

std::string failover_order_of(const Options& options) { return json::serialize(given_of(failover_rows(), options)); }

}  // namespace tanist::daemon

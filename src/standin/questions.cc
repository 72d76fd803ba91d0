#include "standin/questions.h"

#include "base/text.h"

namespace tanist::standin {
namespace {

struct ServerVariable {
  std::string_view name;
  std::string (*value)(const Asked&);
};

// Semi-synchronous acknowledgement is declined by not being here: MySQL's receiver falls back on error 1193
// or an empty table, MariaDB's on an empty table.
constexpr ServerVariable kServerVariables[] = {
    {"server_id", [](const Asked& asked) { return std::to_string(asked.profile.server_id); }},
    {"server_uuid", [](const Asked& asked) { return asked.profile.server_uuid; }},
    {"gtid_mode", [](const Asked& asked) { return asked.gtid_mode; }},
    {"gtid_domain_id", [](const Asked&) { return std::string("0"); }},
    {"binlog_checksum", [](const Asked& asked) { return asked.profile.checksum; }},
    {"version", [](const Asked& asked) { return asked.profile.version.text; }},
};

const ServerVariable* find_variable(std::string_view name) {
  for (const ServerVariable& variable : kServerVariables) {
    if (iequals(variable.name, name)) return &variable;
  }
  return nullptr;
}

Table one_cell(std::string_view column, std::optional<std::string> value) {
  return Table{{std::string(column)}, {{std::move(value)}}};
}

Answer take_set(std::string_view sql, const Asked& asked) {
  take_assignments(sql, asked.variables);
  return Done{};
}

Answer show_variables(std::string_view sql, const Asked& asked) {
  Table table{{"Variable_name", "Value"}, {}};
  const size_t open = sql.find('\''), close = sql.rfind('\'');
  if (open == std::string_view::npos || close == open) return table;
  if (const ServerVariable* variable = find_variable(sql.substr(open + 1, close - open - 1))) {
    table.rows.push_back({std::string(variable->name), variable->value(asked)});
  }
  return table;
}

Answer select_global(std::string_view sql, const Asked& asked) {
  const std::string_view path = sql.substr(sql.find("@@") + 2);
  const std::string_view name = path.substr(path.rfind('.') + 1);
  if (const ServerVariable* variable = find_variable(name))
    return one_cell(sql.substr(7), variable->value(asked));
  return Refusal{kUnknownVariable, "Unknown system variable '" + std::string(name) + "'"};
}

// The receiver asks back what its SET made of @@global.binlog_checksum.
Answer select_user_variable(std::string_view sql, const Asked& asked) {
  const std::string_view name = sql.substr(sql.find('@') + 1);
  auto found = asked.variables.find(lower(name));
  if (found == asked.variables.end()) return one_cell(sql.substr(7), std::nullopt);
  if (const size_t at = found->second.rfind('.'); found->second.starts_with("@@")) {
    if (const ServerVariable* variable = find_variable(found->second.substr(at + 1))) {
      return one_cell(sql.substr(7), variable->value(asked));
    }
  }
  return one_cell(sql.substr(7), found->second);
}

Answer select_time(std::string_view sql, const Asked& asked) {
  return one_cell(sql.substr(7), std::to_string(asked.unix_time));
}

Answer select_version(std::string_view sql, const Asked& asked) {
  return one_cell(sql.substr(7), asked.profile.version.text);
}

// A MariaDB replica loads the answer into its gtid_slave_pos, so a wrong one corrupts it; NULL leaves it
// alone.
Answer select_gtid_position(std::string_view sql, const Asked& asked) {
  const std::vector<std::string> arguments = call_arguments(sql, "binlog_gtid_pos");
  if (arguments.size() != 2) return one_cell("binlog_gtid_pos", std::nullopt);
  const std::optional<uint64_t> position = parse_uint(arguments[1]);
  return one_cell("binlog_gtid_pos",
                  position ? asked.gtid_position(arguments[0], *position) : std::optional<std::string>());
}

struct Question {
  std::string_view begins;
  Answer (*give)(std::string_view sql, const Asked&);
};

// First match wins.
constexpr Question kQuestions[] = {
    {"set ", take_set},
    {"select unix_timestamp()", select_time},
    {"select version()", select_version},
    {"select binlog_gtid_pos", select_gtid_position},
    {"select @@", select_global},
    {"select @", select_user_variable},
    {"show variables like", show_variables},
    {"show global variables like", show_variables},
};

}  // namespace

Answer answer(std::string_view sql, const Asked& asked) {
  const std::string text = normalised(sql);
  const std::string folded = lower(text);
  for (const Question& question : kQuestions) {
    if (std::string_view(folded).starts_with(question.begins)) return question.give(text, asked);
  }
  return Refusal{kUnknownError, "this is a stand-in source that only serves replicas; it does not answer: " +
                                    text.substr(0, 100)};
}

}  // namespace tanist::standin

#include "cli/rule_tables.h"

#include "base/text.h"
#include "detect/finding.h"
#include "detect/grey.h"
#include "plan/adoption.h"
#include "plan/care.h"
#include "plan/discard.h"
#include "plan/fence_ladder.h"
#include "plan/resume.h"
#include "plan/returned.h"
#include "plan/startup_checks.h"
#include "plan/switchover.h"

namespace tanist::cli {

namespace {

using Columns = std::vector<std::string>;

template <class Rows>
RuleTable verdicts(std::string name, std::string title, std::string verdict, const Rows& rows) {
  RuleTable table{std::move(name), std::move(title), {"id", std::move(verdict), "when"}, {}};
  for (const auto& row : rows)
    table.rows.push_back({std::string(row.id), std::string(to_string(row.kind)), std::string(row.when)});
  return table;
}

RuleTable of_plan(std::string name, std::string title, const std::vector<plan::RuleRow>& rows,
                  Columns columns = {"id", "when", "reference", "changed by"}) {
  RuleTable table{std::move(name), std::move(title), std::move(columns), {}};
  for (const auto& row : rows)
    table.rows.push_back(
        {std::string(row.id), std::string(row.when), std::string(row.reference), std::string(row.to_override)});
  return table;
}

std::vector<plan::RuleRow> joined(std::vector<plan::RuleRow> first, const std::vector<plan::RuleRow>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

}  // namespace

std::vector<RuleTable> rule_tables() {
  return {
      verdicts("detection", "is the primary dead?", "verdict", detect::rule_table()),
      verdicts("grey", "what is wrong with a primary that answers?", "condition", detect::grey_table()),
      of_plan("failover", "may it be failed over?", plan::failover_rules()),
      of_plan("ladder", "is the old primary kept from taking writes?", plan::ladder_rules(),
              {"id", "rung", "proves", "when, or by which key"}),
      of_plan("candidates", "who becomes the new primary?", plan::candidate_rules()),
      of_plan("drains", "how does a replica get what it misses?", plan::drain_rules()),
      of_plan("startup", "is a cluster in order before it is watched?", plan::startup_rules()),
      of_plan("switch", "may a living primary be switched?", plan::switch_rules()),
      of_plan("returned", "what has a primary that was replaced and is back?", plan::return_rules()),
      of_plan("discard", "may its extra transactions be dropped?", plan::discard_rules()),
      of_plan("interrupted", "what becomes of a recovery whose manager died?", plan::resume_rules()),
      of_plan("care", "what is done for replicas while the primary answers?", joined(plan::care_rules(), plan::adoption_rules())),
  };
}

std::string markdown(const RuleTable& table) {
  std::string text = "| " + join(table.columns, " | ") + " |\n|";
  for (size_t i = 0; i < table.columns.size(); ++i) text += "---|";
  text += "\n";
  for (const auto& row : table.rows) text += "| " + join(row, " | ") + " |\n";
  return text;
}

}  // namespace tanist::cli

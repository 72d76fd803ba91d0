// The tables of docs/failover-rules.md are those of the code.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "detect/finding.h"
#include "detect/grey.h"
#include "plan/fence_ladder.h"
#include "plan/care.h"
#include "plan/discard.h"
#include "plan/resume.h"
#include "plan/startup_checks.h"
#include "plan/switchover.h"

namespace tanist {
namespace {

std::string detection_table() {
  std::string text = "| id | verdict | when |\n|---|---|---|\n";
  for (const auto& row : detect::rule_table())
    text += "| " + std::string(row.id) + " | " + std::string(to_string(row.kind)) + " | " +
            std::string(row.when) + " |\n";
  return text;
}

std::string grey_table() {
  std::string text = "| id | condition | when |\n|---|---|---|\n";
  for (const auto& row : detect::grey_table())
    text += "| " + std::string(row.id) + " | " + std::string(to_string(row.kind)) + " | " + std::string(row.when) + " |\n";
  return text;
}

std::string ladder_table() {
  std::string text = "| id | rung | proves | when, or by which key |\n|---|---|---|---|\n";
  for (const auto& row : plan::ladder_rules())
    text += "| " + std::string(row.id) + " | " + std::string(row.when) + " | " + std::string(row.reference) + " | " +
            std::string(row.to_override) + " |\n";
  return text;
}

std::string plan_table(const std::vector<plan::RuleRow>& rows) {
  std::string text = "| id | when | reference | changed by |\n|---|---|---|---|\n";
  for (const auto& row : rows)
    text += "| " + std::string(row.id) + " | " + std::string(row.when) + " | " + std::string(row.reference) +
            " | " + std::string(row.to_override) + " |\n";
  return text;
}

// Replaces what stands between the table's marker and the next end marker.
std::string with_table(const std::string& page, const std::string& name, const std::string& table) {
  std::string marker = "<!-- table: " + name + " -->\n";
  size_t start = page.find(marker);
  size_t end = start == page.npos ? start : page.find("<!-- end -->", start);
  if (end == page.npos) {
    ADD_FAILURE() << "the page has no table " << name;
    return page;
  }
  return page.substr(0, start + marker.size()) + table + page.substr(end);
}

TEST(RulesPage, has_the_tables_of_the_code) {
  std::stringstream read;
  read << std::ifstream(RULES_PAGE).rdbuf();
  const std::string page = read.str();
  std::string wanted = with_table(page, "detection", detection_table());
  wanted = with_table(wanted, "grey", grey_table());
  wanted = with_table(wanted, "failover", plan_table(plan::failover_rules()));
  wanted = with_table(wanted, "ladder", ladder_table());
  wanted = with_table(wanted, "candidates", plan_table(plan::candidate_rules()));
  wanted = with_table(wanted, "drains", plan_table(plan::drain_rules()));
  wanted = with_table(wanted, "startup", plan_table(plan::startup_rules()));
  wanted = with_table(wanted, "switch", plan_table(plan::switch_rules()));
  wanted = with_table(wanted, "returned", plan_table(plan::return_rules()));
  wanted = with_table(wanted, "interrupted", plan_table(plan::resume_rules()));
  wanted = with_table(wanted, "discard", plan_table(plan::discard_rules()));
  wanted = with_table(wanted, "care", plan_table(plan::care_rules()));
  if (std::getenv("GOLDEN_UPDATE"))
    std::ofstream(RULES_PAGE) << wanted;
  else
    EXPECT_EQ(page, wanted) << "GOLDEN_UPDATE=1 writes the tables anew";
}

}  // namespace
}  // namespace tanist

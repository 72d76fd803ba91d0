// The tables of docs/failover-rules.md are those of the code.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/rule_tables.h"

namespace tanist {
namespace {

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
  std::string wanted = page;
  for (const cli::RuleTable& table : cli::rule_tables()) wanted = with_table(wanted, table.name, markdown(table));
  if (std::getenv("GOLDEN_UPDATE"))
    std::ofstream(RULES_PAGE) << wanted;
  else
    EXPECT_EQ(page, wanted) << "GOLDEN_UPDATE=1 writes the tables anew";
}

}  // namespace
}  // namespace tanist

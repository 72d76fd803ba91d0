#include "compat/supervise_rules.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace tanist::compat {
namespace {

// One letter a server: p primary in use, r replica in use, d dead, s alive beside the cluster; before it O the replaced
// one, N the promoted one, K kept.
std::vector<SupervisedServer> servers(std::string_view text) {
  std::vector<SupervisedServer> all(1);
  for (char c : text) {
    SupervisedServer& last = all.back();
    last.replaced |= c == 'O';
    last.promoted |= c == 'N';
    last.kept |= c == 'K';
    last.in_use |= c == 'p' || c == 'r';
    last.dead |= c == 'd';
    if (c >= 'A' && c <= 'Z') continue;
    last.host = "db" + std::to_string(all.size());
    last.id = ServerId("server" + std::to_string(all.size()));
    all.emplace_back();
  }
  all.pop_back();
  return all;
}

Supervision stopped(std::string_view text = "prr") {
  Supervision seen;
  seen.servers = servers(text);
  return seen;
}
Supervision failed_over(std::string_view text) {
  Supervision seen = stopped(text);
  seen.complete_flag = seen.fresh_complete = seen.activated = true;
  return seen;
}

std::string shown(const SuperviseDecision& decision) {
  constexpr const char* kActs[] = {"wait", "start", "give up", "end"};
  std::string text = std::string(decision.row) + " " + kActs[static_cast<int>(decision.act)];
  for (const ServerId& id : decision.remove) text += " -" + id.text;
  if (decision.pause.count() > 0) text += " after " + std::to_string(decision.pause.count());
  return text;
}

TEST(SuperviseRules, every_row) {
  auto with = [](Supervision seen, auto change) {
    change(seen);
    return seen;
  };
  const struct {
    const char* what;
    Supervision seen;
    const char* decision;
  } rows[] = {
      {"runs", with(stopped(), [](auto& s) { s.manager_runs = true; s.error_flag = true; }), "V10 wait"},
      {"told to stop", with(stopped(), [](auto& s) { s.told_to_stop = true; }), "V20 end"},
      {"failover failed", with(failed_over("OdNpr"), [](auto& s) { s.error_flag = true; }), "V30 give up"},
      {"replaced whom?", with(stopped(), [](auto& s) { s.complete_flag = s.fresh_complete = true; }), "V40 give up"},
      {"an old flag alone says nothing", with(stopped(), [](auto& s) { s.complete_flag = true; }), "V80 start"},
      {"too often", with(failed_over("OdNpr"), [](auto& s) { s.starts = 20; }), "V50 give up"},
      {"the last two", failed_over("OdNp"), "V60 give up"},
      {"the dead primary", failed_over("OdNpr"), "V70 start -server1"},
      {"it is up again, beside the cluster", failed_over("OsNpr"), "V70 start -server1"},
      {"and dead replicas", failed_over("rOdNpdr"), "V70 start -server2 -server4"},
      {"the primary first, two stay", failed_over("dOdNp"), "V70 start -server2"},
      {"two stay, whoever they are", failed_over("dOdNpd"), "V70 start -server2 -server1"},
      {"kept ones stay", failed_over("OdNpKdr"), "V70 start -server1"},
      {"a kept primary stays", failed_over("KOdNpr"), "V80 start"},
      {"the promoted one died, too", failed_over("OdNdr"), "V70 start -server1"},
      {"rejoined as a replica", failed_over("OrNpr"), "V80 start"},
      {"already taken out", failed_over("Npr"), "V80 start"},
      {"a dead replica without a failover stays", stopped("prd"), "V80 start"},
      {"first", stopped(), "V80 start"},
      {"ended soon", with(stopped(), [](auto& s) { s.quick_ends = 1; }), "V80 start after 1"},
      {"and again", with(stopped(), [](auto& s) { s.quick_ends = 4; }), "V80 start after 8"},
      {"never longer", with(stopped(), [](auto& s) { s.quick_ends = 99; }), "V80 start after 60"},
  };
  for (const auto& row : rows) EXPECT_EQ(shown(decide(row.seen, SuperviseLimits{})), row.decision) << row.what;
}

TEST(SuperviseRules, never_fewer_than_two_servers_stay) {
  constexpr std::string_view kKinds[] = {"p", "r", "d", "s", "Od", "Os", "Np", "Nd", "Kd"};
  for (size_t number = 0; number < 9 * 9 * 9 * 9; ++number) {
    std::string text;
    for (size_t rest = number, i = 0; i < 4; ++i, rest /= 9) text += kKinds[rest % 9];
    Supervision seen = failed_over(text);
    auto decision = decide(seen, {});
    EXPECT_GE(seen.servers.size() - decision.remove.size(), 2u) << text;
    for (const ServerId& id : decision.remove) {
      for (const auto& server : seen.servers) {
        EXPECT_FALSE(server.id == id && (server.in_use || server.kept || server.promoted)) << text;
      }
    }
  }
}

TEST(SuperviseRules, are_those_of_the_page) {
  std::string table = "<!-- table: supervise -->\n| id | when | then |\n|---|---|---|\n";
  for (const SuperviseRow& row : supervise_rows()) {
    table += "| " + std::string(row.id) + " | " + std::string(row.when) + " | " + std::string(row.then) + " |\n";
  }
  table += "<!-- end -->\n";
  std::stringstream page;
  page << std::ifstream(DIFFERENCES_PAGE).rdbuf();
  EXPECT_NE(page.str().find(table), std::string::npos) << "docs/mha-differences.md should have\n" << table;
}

}  // namespace
}  // namespace tanist::compat

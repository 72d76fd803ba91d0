#include "detect/grey.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

namespace tanist::detect {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr TimePoint kStart{1000s};
constexpr uint64_t kGb = uint64_t{1} << 30;

topology::Connection commit(uint64_t id, uint64_t seconds, const char* state = "Waiting for semi-sync ACK from slave") {
  topology::Connection one;
  one.id = id;
  one.user = "app";
  one.host = "web1:5123";
  one.command = "Query";
  one.seconds = seconds;
  one.state = state;
  one.statement = "INSERT INTO t VALUES (1)";
  return one;
}

topology::ServerState sound() {
  topology::ServerState state;
  state.max_connections = 100;
  state.semi_sync = {.source_enabled = true, .source_active = true, .after_sync = true, .timeout_ms = 4294967295,
                     .wait_for = 1, .clients = 2};
  return state;
}

// A primary with nothing to complain of, looked at `second` seconds after the start.
GreyLook look(int second) {
  GreyLook one;
  one.at = kStart + std::chrono::seconds(second);
  one.connections.emplace();
  one.state = sound();
  one.state->log_bin = true;
  one.state->binlog_end = {"mysql-bin.000001", 100 + static_cast<uint64_t>(second)};
  one.disks = {{"/var/lib/mysql", 50 * kGb, 100 * kGb, false}};
  one.write_test.emplace();
  return one;
}

std::vector<std::string> rules(const GreyMemory& memory) {
  std::vector<std::string> all;
  for (const Condition& condition : memory.standing()) all.push_back(condition.rule);
  return all;
}

struct Situation {
  const char* story;
  std::vector<std::string> rules;
  std::function<void(GreyLook&, int second)> also;
};

const std::vector<Situation>& situations() {
  static const std::vector<Situation> all = {
      {"nothing is wrong", {}, [](GreyLook&, int) {}},
      {"a commit waits on", {"E10"},
       [](GreyLook& l, int second) { l.connections = {commit(7, static_cast<uint64_t>(second))}; }},
      {"the same client commits again and again", {},
       [](GreyLook& l, int) { l.connections = {commit(7, 0)}; }},
      {"another client each time", {},
       [](GreyLook& l, int second) { l.connections = {commit(100 + static_cast<uint64_t>(second), 30)}; }},
      {"another client each time, because they lose their patience, and the log stands", {"E10"},
       [](GreyLook& l, int second) {
         l.connections = {commit(100 + static_cast<uint64_t>(second), 3)};
         l.state->binlog_end = {"mysql-bin.000001", 100};
       }},
      {"somebody holds the global read lock", {"E10"},
       [](GreyLook& l, int second) {
         l.connections = {commit(7, static_cast<uint64_t>(second), "Waiting for global read lock")};
       }},
      {"a long SELECT is none", {},
       [](GreyLook& l, int second) { l.connections = {commit(7, static_cast<uint64_t>(second), "Sending data")}; }},
      {"the replication applier waits in its commit", {},
       [](GreyLook& l, int second) {
         l.connections = {commit(7, static_cast<uint64_t>(second))};
         l.connections->front().user = "system user";
       }},
      {"the write test hangs", {"E12"}, [](GreyLook& l, int) { l.write_test->hanging_since = kStart; }},
      {"semi-synchronous and nobody acknowledges", {"E20"},
       [](GreyLook& l, int) { l.state->semi_sync.clients = 0; }},
      {"too few acknowledge", {"E20"}, [](GreyLook& l, int) { l.state->semi_sync.wait_for = 3; }},
      {"nobody acknowledges, but it gives up after 10 s", {},
       [](GreyLook& l, int) {
         l.state->semi_sync.clients = 0;
         l.state->semi_sync.timeout_ms = 10000;
       }},
      {"semi-synchronous, and it has given up", {"E25"},
       [](GreyLook& l, int) { l.state->semi_sync.source_active = false; }},
      {"no room: 98 of 100", {"E30"},
       [](GreyLook& l, int) { l.connections->assign(98, topology::Connection{}); }},
      {"97 of 100 is room", {}, [](GreyLook& l, int) { l.connections->assign(97, topology::Connection{}); }},
      {"a new connection is refused", {"E30"},
       [](GreyLook& l, int) {
         l.connections.reset();
         l.refused = 1040;
       }},
      {"read-only after an I/O error", {"E40"}, [](GreyLook& l, int) { l.disks->front().read_only = true; }},
      {"so says the write test", {"E40"},
       [](GreyLook& l, int) {
         l.disks.reset();
         l.write_test->error = 1030;
         l.write_test->what = "Got error 30 \"Read-only file system\" from storage engine";
       }},
      {"the disk is full", {"E42"}, [](GreyLook& l, int) { l.disks->front().free_bytes = 1 << 20; }},
      {"so says the write test", {"E42"},
       [](GreyLook& l, int) {
         l.write_test->error = 1021;
         l.write_test->what = "Disk full (/tmp/x); waiting for someone to free some space";
       }},
      {"the disk fills", {"E44"}, [](GreyLook& l, int) { l.disks->front().free_bytes = kGb; }},
      {"a small disk with enough room", {},
       [](GreyLook& l, int) { l.disks->front() = {"/var/lib/mysql", kGb, 2 * kGb, false}; }},
      {"somebody set read_only", {"E50"}, [](GreyLook& l, int) { l.state->read_only = true; }},
      {"the account may not create the table", {"E55"},
       [](GreyLook& l, int) {
         l.write_test->error = 1142;
         l.write_test->what = "INSERT command denied";
       }},
      {"everything at once", {"E10", "E20", "E42"},
       [](GreyLook& l, int second) {
         l.connections = {commit(7, static_cast<uint64_t>(second))};
         l.state->semi_sync.clients = 0;
         l.disks->front().free_bytes = 0;
       }},
  };
  return all;
}

TEST(Grey, each_situation_has_its_rows) {
  std::set<std::string> reached;
  for (const Situation& situation : situations()) {
    GreyMemory memory("db1(10.0.0.1:3306)", 5s);
    for (int second = 0; second <= 20; second += 5) {
      GreyLook one = look(second);
      situation.also(one, second);
      memory.take(std::move(one));
    }
    EXPECT_EQ(rules(memory), situation.rules) << situation.story;
    for (const Condition& condition : memory.standing()) {
      EXPECT_THAT(condition.sentence, HasSubstr("db1(10.0.0.1:3306)")) << condition.rule;
      reached.insert(condition.rule);
    }
  }
  reached.insert("E60");  // by its own test
  for (const GreyRow& row : grey_table()) EXPECT_TRUE(reached.count(std::string(row.id))) << row.id;
}

TEST(Grey, hopelessly_slow_is_measured_by_its_own_good_days) {
  GreyMemory memory("db1", 0s);
  for (int i = 0; i < 20; ++i) memory.answered(1ms);
  for (int i = 0; i < 9; ++i) memory.answered(800ms);
  memory.answered(2ms);
  memory.take(look(0));
  memory.take(look(5));
  EXPECT_THAT(rules(memory), IsEmpty()) << "one of ten was quick";
  for (int i = 0; i < 10; ++i) memory.answered(800ms);
  memory.take(look(10));
  memory.take(look(15));
  EXPECT_THAT(rules(memory), ElementsAre("E60"));

  GreyMemory far_away("db1", 0s);
  for (int i = 0; i < 40; ++i) far_away.answered(350ms);
  far_away.take(look(0));
  far_away.take(look(5));
  EXPECT_THAT(rules(far_away), IsEmpty()) << "it was never quicker";
}

TEST(Grey, one_look_begins_nothing_and_two_end_nothing) {
  GreyMemory memory("db1", 0s);
  const auto see = [&](int second, bool closed) {
    GreyLook one = look(second);
    one.state->read_only = closed;
    memory.take(std::move(one));
  };
  see(0, true);
  EXPECT_THAT(rules(memory), IsEmpty());
  see(5, false);
  see(10, true);
  EXPECT_THAT(rules(memory), IsEmpty());
  see(15, true);
  EXPECT_THAT(rules(memory), ElementsAre("E50"));
  EXPECT_EQ(memory.standing()[0].since, kStart + 10s);
  see(20, false);
  see(25, false);
  EXPECT_THAT(rules(memory), ElementsAre("E50"));
  EXPECT_EQ(memory.standing()[0].confirmed, kStart + 15s);
  see(30, true);
  EXPECT_EQ(memory.standing()[0].since, kStart + 10s);
  for (int second : {35, 40, 45}) see(second, false);
  EXPECT_THAT(rules(memory), IsEmpty());
}

TEST(Grey, a_fact_that_nobody_could_confirm_ends_with_its_age) {
  GreyMemory memory("db1", 0s);
  for (int second : {0, 5}) {
    GreyLook one = look(second);
    one.disks->front().read_only = true;
    memory.take(std::move(one));
  }
  for (int second = 10; second <= 120; second += 5) {
    GreyLook one = look(second);
    one.disks.reset();  // its host does not answer ssh any more
    memory.take(std::move(one));
    if (second == 95) {
      EXPECT_THAT(rules(memory), ElementsAre("E40"));
    }
  }
  EXPECT_THAT(rules(memory), IsEmpty());
}

}  // namespace
}  // namespace tanist::detect

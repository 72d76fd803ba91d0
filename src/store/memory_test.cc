#include "store/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/database.h"
#include "store/sqlite_journal.h"
#include "sys/temporary_directory.h"

namespace tanist::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MemoryTest : public testing::Test {
 protected:
  std::unique_ptr<Memory> open() {
    auto opened = open_memory(path);
    EXPECT_TRUE(opened) << opened.error().what;
    return opened ? std::move(*opened) : nullptr;
  }
  static WallTime at(int64_t second) { return WallTime(std::chrono::seconds(second)); }

  sys::TemporaryDirectory directory = *sys::TemporaryDirectory::make(testing::TempDir(), "tanist-memory-");
  std::string path = directory.file(kJournalFile);
};

TEST_F(MemoryTest, knows_nothing_of_a_cluster_it_has_not_heard_of) {
  auto memory = open();
  EXPECT_EQ(*memory->recall("app1"), ClusterMemory{});
  EXPECT_THAT(*memory->findings("app1", 10), IsEmpty());
}

TEST_F(MemoryTest, a_failover_is_remembered_over_a_restart) {
  const Deposed old{.server = {"db1", 3306},
                    .since = at(70),
                    .successor = {"db2", 3307},
                    .by_gtid = true,
                    .end = "mysql-bin.000004:2041",
                    .gtids = "0-1-5",
                    .joins_at = "mysql-bin.000001:900"};
  {
    auto memory = open();
    ASSERT_TRUE(memory->depose("app1", old));
    ASSERT_TRUE(memory->set_primary("app1", {"db2", 3307}, at(71)));
    ASSERT_TRUE(memory->set_primary("app2", {"other", 3306}, at(72)));
  }
  auto memory = open();
  EXPECT_EQ(*memory->recall("app1"), (ClusterMemory{Address{"db2", 3307}, {old}, {}}));
}

TEST_F(MemoryTest, who_is_primary_again_or_a_replica_is_deposed_no_more) {
  auto memory = open();
  for (const char* host : {"db1", "db2", "db3"}) ASSERT_TRUE(memory->depose("app1", {.server = {host, 3306}}));
  ASSERT_TRUE(memory->set_primary("app1", {"db1", 3306}, at(2)));
  ASSERT_TRUE(memory->forgive("app1", {"db2", 3306}));
  auto known = memory->recall("app1");
  ASSERT_EQ(known->deposed.size(), 1u);
  EXPECT_EQ(known->deposed.front().server.host, "db3");
  EXPECT_EQ(known->primary->host, "db1");
}

TEST_F(MemoryTest, adopted_replicas_are_remembered_until_they_are_disowned) {
  const Adopted nine{{"db9", 3306}, "10.0.0.9", 4'000'000'009, at(5), at(6)}, eight{{"db8", 3307}, "10.0.0.8", 8, at(4), at(4)};
  {
    auto memory = open();
    for (const Adopted& one : {nine, eight}) ASSERT_TRUE(memory->adopt("app1", one));
    ASSERT_TRUE(memory->adopt("app2", nine));
  }
  auto memory = open();
  EXPECT_THAT(memory->recall("app1")->adopted, ElementsAre(eight, nine));
  Adopted again = eight;
  again.seen = at(90);
  ASSERT_TRUE(memory->adopt("app1", again));
  ASSERT_TRUE(memory->disown("app1", nine.server));
  EXPECT_THAT(memory->recall("app1")->adopted, ElementsAre(again));
  EXPECT_THAT(memory->recall("app2")->adopted, ElementsAre(nine));
}

TEST_F(MemoryTest, the_oldest_findings_are_forgotten_and_no_other_clusters) {
  auto memory = open();
  const FindingRecord other{"app2", at(1), "D50", "crashed", "it is dead", {}};
  ASSERT_TRUE(memory->note(other));
  for (int i = 0; i < 10'600; ++i) ASSERT_TRUE(memory->note({"app1", at(1), "D20", "busy", std::to_string(i), {}}));
  const auto kept = memory->findings("app1", 20'000);
  EXPECT_GE(kept->size(), 10'000u);
  EXPECT_LE(kept->size(), 10'256u);
  EXPECT_EQ(kept->front().sentence, "10599");
  EXPECT_THAT(*memory->findings("app2", 10), ElementsAre(other));
}

TEST_F(MemoryTest, findings_come_newest_first_with_their_evidence) {
  auto memory = open();
  const FindingRecord dead{"app1", at(5), "D50", "crashed", "db1 is dead", {"db1 refuses", "db2 lost it"}};
  ASSERT_TRUE(memory->note({"app1", at(4), "D20", "suspect", "db1 does not answer", {}}));
  ASSERT_TRUE(memory->note({"app2", at(4), "D20", "suspect", "another one", {}}));
  ASSERT_TRUE(memory->note(dead));
  EXPECT_THAT(*memory->findings("app1", 1), ElementsAre(dead));
  EXPECT_EQ(memory->findings("app1", 10)->size(), 2u);
}

TEST_F(MemoryTest, what_a_person_said_holds_until_it_is_taken_back) {
  auto memory = open();
  EXPECT_EQ(*memory->mark("app1", kPaused), std::nullopt);
  ASSERT_TRUE(memory->set_mark("app1", kPaused, {at(1), at(7200), "upgrade"}));
  ASSERT_TRUE(memory->set_mark("app1", kAcknowledged, {at(2), std::nullopt, ""}));
  EXPECT_EQ(*memory->mark("app1", kPaused), (Mark{at(1), at(7200), "upgrade"}));
  EXPECT_EQ(*memory->mark("app1", kAcknowledged), (Mark{at(2), std::nullopt, ""}));
  EXPECT_EQ(*memory->mark("app2", kPaused), std::nullopt);
  ASSERT_TRUE(memory->clear_mark("app1", kPaused));
  EXPECT_EQ(*memory->mark("app1", kPaused), std::nullopt);
}

// Files as the earlier versions wrote them: what each of them knew is kept, and what came later has its place.
constexpr const char* kFirstVersion[] = {
    "CREATE TABLE recovery (id INTEGER PRIMARY KEY AUTOINCREMENT, cluster TEXT NOT NULL, kind TEXT NOT NULL,"
    " plan TEXT NOT NULL, began INTEGER NOT NULL, outcome TEXT, result TEXT, finished INTEGER)",
    "CREATE UNIQUE INDEX one_unfinished ON recovery (cluster) WHERE finished IS NULL",
    "CREATE TABLE step (recovery INTEGER NOT NULL REFERENCES recovery, number INTEGER NOT NULL,"
    " name TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL, began INTEGER NOT NULL, outcome TEXT,"
    " result TEXT, ended INTEGER, PRIMARY KEY (recovery, number)) WITHOUT ROWID",
    "INSERT INTO recovery VALUES (7, 'app1', 'failover', 'the plan', 1000000, 'succeeded', '', 2000000)",
    "INSERT INTO recovery VALUES (8, 'app1', 'failover', 'another', 3000000, NULL, NULL, NULL)",
    "INSERT INTO step VALUES (8, 1, 'fence', 'db1', '', 3000000, NULL, NULL, NULL)",
    "PRAGMA application_id = 1413566025", "PRAGMA user_version = 1"};
constexpr const char* kSecondVersion[] = {
    "CREATE TABLE cluster (name TEXT PRIMARY KEY, host TEXT NOT NULL, port INTEGER NOT NULL,"
    " since INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE deposed (cluster TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL,"
    " since INTEGER NOT NULL, successor_host TEXT NOT NULL, successor_port INTEGER NOT NULL,"
    " by_gtid INTEGER NOT NULL, end TEXT NOT NULL, gtids TEXT NOT NULL, joins_at TEXT NOT NULL,"
    " PRIMARY KEY (cluster, host, port)) WITHOUT ROWID",
    "CREATE TABLE finding (id INTEGER PRIMARY KEY AUTOINCREMENT, cluster TEXT NOT NULL, at INTEGER NOT NULL,"
    " rule TEXT NOT NULL, kind TEXT NOT NULL, sentence TEXT NOT NULL, evidence TEXT NOT NULL)",
    "CREATE INDEX finding_of ON finding (cluster, id)",
    "CREATE TABLE mark (cluster TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER,"
    " why TEXT NOT NULL, PRIMARY KEY (cluster, name)) WITHOUT ROWID",
    "INSERT INTO cluster VALUES ('app1', 'db7', 3306, 1000000)", "PRAGMA user_version = 2"};
constexpr const char* kThirdVersion[] = {
    "CREATE TABLE note (recovery INTEGER NOT NULL REFERENCES recovery, about TEXT NOT NULL, name TEXT NOT NULL,"
    " text TEXT NOT NULL, PRIMARY KEY (recovery, about, name)) WITHOUT ROWID",
    "PRAGMA user_version = 3"};

TEST_F(MemoryTest, a_file_of_an_earlier_version_keeps_what_it_knew) {
  const std::vector<std::vector<const char*>> versions = {{std::begin(kFirstVersion), std::end(kFirstVersion)},
                                                          {std::begin(kSecondVersion), std::end(kSecondVersion)},
                                                          {std::begin(kThirdVersion), std::end(kThirdVersion)}};
  for (size_t number = 1; number <= versions.size(); ++number) {
    SCOPED_TRACE("version " + std::to_string(number));
    path = directory.file("version" + std::to_string(number) + ".sqlite");
    {
      auto old = Database::open(path);
      ASSERT_TRUE(old);
      for (size_t version = 0; version < number; ++version)
        for (const char* sql : versions[version]) ASSERT_TRUE(old->run(sql)) << sql;
    }
    auto memory = open();
    EXPECT_EQ(memory->recall("app1")->primary, number >= 2 ? std::optional<Address>({"db7", 3306}) : std::nullopt);
    ASSERT_TRUE(memory->set_primary("app1", {"db2", 3306}, at(3)));
    EXPECT_TRUE(memory->adopt("app1", {{"db9", 3306}, "10.0.0.9", 9, at(3), at(3)}));
    auto journal = SqliteJournal::open(path);
    ASSERT_TRUE(journal);
    auto history = (*journal)->history({.at_most = 10});
    ASSERT_EQ(history->size(), 2u);
    EXPECT_EQ(history->back().plan, "the plan");
    EXPECT_TRUE(history->front().notes.empty()) << "it was begun by a version that wrote none";
    const Note note{"db2", "found", "{}"};
    EXPECT_TRUE((*journal)->step_intent({8}, {2, "drain", "db2", "", {note}}, at(3)));
    EXPECT_EQ((*journal)->unfinished()->front().notes, std::vector{note});
    journal->reset();
    memory.reset();
    auto version = Database::open(path)->number("PRAGMA user_version");
    EXPECT_EQ(*version, 4);
  }
}

}  // namespace
}  // namespace tanist::store

#include "store/journal.h"

#include <gtest/gtest.h>

#include <memory>

#include "store/memory_journal.h"
#include "store/sqlite_journal.h"
#include "sys/temporary_directory.h"

namespace tanist::store {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + 9h;

// The same promises are asked of the real journal and of the one in memory.
class JournalTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string_view(GetParam()) == "memory") {
      journal = std::make_unique<MemoryJournal>();
    } else {
      auto opened = SqliteJournal::open(directory.file(kJournalFile));
      ASSERT_TRUE(opened) << opened.error().what;
      journal = std::move(*opened);
    }
  }

  sys::TemporaryDirectory directory = *sys::TemporaryDirectory::make(testing::TempDir(), "tanist-journal-");
  std::unique_ptr<Journal> journal;
};

TEST_P(JournalTest, tells_what_was_written) {
  auto id = journal->begin("app1", "failover", "1. fence db1\n2. promote 'db2'", kNow);
  ASSERT_TRUE(id);
  ASSERT_TRUE(journal->step_intent(*id, {1, "fence", "db1", "by ssh"}, kNow + 1s));
  ASSERT_TRUE(journal->step_result(*id, 1, StepOutcome::done, "port closed", kNow + 2s));
  ASSERT_TRUE(journal->step_intent(*id, {2, "promote", "db2", ""}, kNow + 3s));

  auto open = journal->unfinished();
  ASSERT_TRUE(open);
  ASSERT_EQ(open->size(), 1u);
  RecoveryRecord expected;
  expected.id = *id;
  expected.cluster = "app1";
  expected.kind = "failover";
  expected.plan = "1. fence db1\n2. promote 'db2'";
  expected.began = kNow;
  expected.steps = {{{1, "fence", "db1", "by ssh"}, kNow + 1s, StepOutcome::done, "port closed", kNow + 2s},
                    {{2, "promote", "db2", ""}, kNow + 3s, std::nullopt, "", std::nullopt}};
  EXPECT_EQ(open->front(), expected);

  ASSERT_TRUE(journal->finish(*id, RecoveryOutcome::incomplete, "db3 is left", kNow + 4s));
  EXPECT_TRUE(journal->unfinished()->empty());
  expected.outcome = RecoveryOutcome::incomplete;
  expected.result = "db3 is left";
  expected.finished = kNow + 4s;
  EXPECT_EQ(*journal->history(), std::vector{expected});
}

TEST_P(JournalTest, notes_come_with_a_step_or_not_at_all) {
  auto id = journal->begin("app1", "failover", "", kNow);
  ASSERT_TRUE(journal->step_intent(*id, {1, "fence", "db1", "", {{"db2", "found", "{}"}, {"db1", "found", "{}"}}}, kNow));
  // The number is taken: nothing of it is written.
  EXPECT_FALSE(journal->step_intent(*id, {1, "fence", "db1", "", {{"db3", "found", "{}"}}}, kNow));
  ASSERT_TRUE(journal->step_intent(*id, {2, "drain", "db2", "", {{"db2", "found", "{\"port\":3306}"}}}, kNow));
  auto open = journal->unfinished();
  ASSERT_EQ(open->size(), 1u);
  EXPECT_EQ(open->front().notes,
            (std::vector<Note>{{"db1", "found", "{}"}, {"db2", "found", "{\"port\":3306}"}}));
  EXPECT_TRUE(open->front().steps.front().intent.notes.empty());
}

TEST_P(JournalTest, holds_one_unfinished_recovery_for_each_cluster) {
  auto first = journal->begin("app1", "failover", "", kNow);
  ASSERT_TRUE(first);
  EXPECT_EQ(journal->begin("app1", "switchover", "", kNow).error().code, Errc::conflict);
  EXPECT_TRUE(journal->begin("app2", "failover", "", kNow));
  ASSERT_TRUE(journal->finish(*first, RecoveryOutcome::abandoned, "", kNow));
  EXPECT_TRUE(journal->begin("app1", "switchover", "", kNow));
}

TEST_P(JournalTest, writes_nothing_twice_and_nothing_after_the_end) {
  auto id = journal->begin("app1", "failover", "", kNow);
  EXPECT_EQ(journal->step_result(*id, 1, StepOutcome::done, "", kNow).error().code, Errc::conflict);
  ASSERT_TRUE(journal->step_intent(*id, {1, "fence", "db1", ""}, kNow));
  EXPECT_EQ(journal->step_intent(*id, {1, "fence", "db1", ""}, kNow).error().code, Errc::conflict);
  ASSERT_TRUE(journal->step_result(*id, 1, StepOutcome::failed, "", kNow));
  EXPECT_EQ(journal->step_result(*id, 1, StepOutcome::done, "", kNow).error().code, Errc::conflict);
  ASSERT_TRUE(journal->finish(*id, RecoveryOutcome::failed, "", kNow));
  EXPECT_EQ(journal->step_intent(*id, {2, "undo", "db1", ""}, kNow).error().code, Errc::conflict);
  EXPECT_EQ(journal->finish(*id, RecoveryOutcome::succeeded, "", kNow).error().code, Errc::conflict);
  EXPECT_EQ(journal->step_intent(RecoveryId{77}, {1, "a", "b", ""}, kNow).error().code, Errc::conflict);
}

TEST_P(JournalTest, history_is_newest_first_and_can_be_cut) {
  for (int i = 1; i <= 3; ++i) {
    auto id = journal->begin("app1", "failover", std::to_string(i), kNow + i * 1h);
    ASSERT_TRUE(journal->finish(*id, RecoveryOutcome::succeeded, "", kNow + i * 1h));
  }
  auto newest = journal->history({.at_most = 2});
  ASSERT_EQ(newest->size(), 2u);
  EXPECT_EQ(newest->at(0).plan, "3");
  EXPECT_EQ(newest->at(1).plan, "2");
}

TEST_P(JournalTest, tells_of_one_cluster_one_kind_or_one_recovery) {
  const char* const kAll[][2] = {{"app1", "failover"}, {"app2", "failover"}, {"app1", "switchover"}, {"app2", "failover"}};
  for (const auto& [cluster, kind] : kAll) {
    auto id = journal->begin(cluster, kind, "", kNow);
    ASSERT_TRUE(id && journal->step_intent(*id, {1, "fence", "db1", ""}, kNow));
    ASSERT_TRUE(journal->finish(*id, RecoveryOutcome::succeeded, "", kNow));
  }
  const auto ids = [&](Which which) {
    std::vector<int64_t> numbers;
    auto found = journal->history(which);
    for (const RecoveryRecord& record : *found) numbers.push_back(record.id.number);
    return numbers;
  };
  EXPECT_EQ(ids({.cluster = "app1"}), (std::vector<int64_t>{3, 1}));
  EXPECT_EQ(ids({.cluster = "app1", .kind = "failover"}), std::vector<int64_t>{1});
  EXPECT_EQ(ids({.at_most = 2}), (std::vector<int64_t>{4, 3}));
  EXPECT_EQ(ids({.id = RecoveryId{2}}), std::vector<int64_t>{2});
  EXPECT_TRUE(ids({.id = RecoveryId{0}}).empty());
  EXPECT_TRUE(journal->history({.with_steps = false})->front().steps.empty());
  EXPECT_EQ(journal->history()->front().steps.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Both, JournalTest, testing::Values("memory", "sqlite"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace tanist::store

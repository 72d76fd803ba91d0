#include "store/sqlite_journal.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sys/temporary_directory.h"

namespace tanist::store {
namespace {

class SqliteJournalTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteJournal> open() {
    auto opened = SqliteJournal::open(path);
    EXPECT_TRUE(opened) << opened.error().what;
    return opened ? std::move(*opened) : nullptr;
  }
  Error refusal() {
    auto opened = SqliteJournal::open(path);
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  static unsigned mode_of(const std::string& file) {
    struct stat found {};
    EXPECT_EQ(::stat(file.c_str(), &found), 0) << file;
    return found.st_mode & 07777;
  }

  sys::TemporaryDirectory directory = *sys::TemporaryDirectory::make(testing::TempDir(), "tanist-sqlite-");
  std::string path = directory.file(kJournalFile);
  WallTime now{};
};

TEST_F(SqliteJournalTest, nobody_else_can_read_it) {
  auto journal = open();
  ASSERT_TRUE(journal->begin("app1", "failover", "", now));
  EXPECT_EQ(files().size(), 3u) << "the database, its write-ahead log and its index";
  for (const std::string& name : files()) EXPECT_EQ(mode_of(directory.file(name)), 0600u) << name;
}

TEST_F(SqliteJournalTest, what_was_written_is_there_after_a_restart) {
  {
    auto journal = open();
    auto id = journal->begin("app1", "failover", "plan", now);
    ASSERT_TRUE(journal->step_intent(*id, {1, "fence", "db1", ""}, now));
  }
  auto again = open();
  auto left = again->unfinished();
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ(left->front().steps.size(), 1u);
  EXPECT_TRUE(again->step_result(left->front().id, 1, StepOutcome::done, "", now));
}

TEST_F(SqliteJournalTest, two_managers_write_to_one_file) {
  auto first = open();
  auto second = open();
  auto one = first->begin("app1", "failover", "", now);
  auto two = second->begin("app2", "failover", "", now);
  ASSERT_TRUE(one);
  ASSERT_TRUE(two);
  EXPECT_TRUE(first->step_intent(*one, {1, "fence", "db1", ""}, now));
  EXPECT_TRUE(second->step_intent(*two, {1, "fence", "db9", ""}, now));
  EXPECT_EQ(second->begin("app1", "failover", "", now).error().code, Errc::conflict);
  EXPECT_EQ(first->unfinished()->size(), 2u);
}

// A manager that is killed while it writes: every step whose journal call had returned is there, nothing is
// damaged.
TEST_F(SqliteJournalTest, survives_its_writer_being_killed_at_any_moment) {
  for (int round = 0; round < 5; ++round) {
    std::string cluster = "app" + std::to_string(round);
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    pid_t child = ::fork();
    if (child == 0) {
      auto journal = SqliteJournal::open(path);
      auto id = (*journal)->begin(cluster, "failover", std::string(20000, 'p'), now);
      for (int step = 1;; ++step) {
        if (!(*journal)->step_intent(*id, {step, "step", "db1", std::string(3000, 'd')}, now)) ::_exit(1);
        ::write(told[1], &step, sizeof step);
      }
    }
    ::close(told[1]);
    int returned = 0;
    for (int seen = 0; seen < 20 + 7 * round; ++seen)
      ASSERT_EQ(::read(told[0], &returned, sizeof returned), 4);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(told[0], &returned, sizeof returned) == 4) {
    }
    ::close(told[0]);

    auto journal = open();
    auto left = journal->unfinished();
    ASSERT_TRUE(left);
    ASSERT_EQ(left->size(), static_cast<size_t>(round) + 1);
    const RecoveryRecord& recovery = left->back();
    EXPECT_EQ(recovery.cluster, cluster);
    EXPECT_EQ(recovery.plan.size(), 20000u);
    EXPECT_GE(recovery.steps.size(), static_cast<size_t>(returned));
    EXPECT_LE(recovery.steps.size(), static_cast<size_t>(returned) + 1)
        << "at most the one that was being written";
  }
}

TEST_F(SqliteJournalTest, a_file_that_is_no_database_is_named) {
  std::ofstream(path) << std::string(5000, 'x');
  Error error = refusal();
  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_EQ(error.what,
            "open the journal: " + path +
                ": file is not a database; move it away to begin a new one, its history is lost then");
}

TEST_F(SqliteJournalTest, a_damaged_file_is_seen_at_the_start_not_in_the_middle_of_a_failover) {
  {
    auto journal = open();
    auto id = journal->begin("app1", "failover", std::string(50000, 'p'), now);
    for (int step = 1; step <= 50; ++step) {
      ASSERT_TRUE(journal->step_intent(*id, {step, "step", "db1", std::string(500, 'd')}, now));
    }
  }
  auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (std::streamoff page = 4096; page + 100 < size; page += 4096) {
    file.seekp(page);
    file << std::string(100, '\xee');
  }
  file.close();
  EXPECT_EQ(refusal().code, Errc::corrupt);
}

TEST_F(SqliteJournalTest, does_not_write_into_the_database_of_another_program) {
  { ASSERT_TRUE(Database::open(path)->run("CREATE TABLE theirs (a)")); }
  Error error = refusal();
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_NE(error.what.find("another program"), std::string::npos);
}

TEST_F(SqliteJournalTest, does_not_touch_a_file_of_a_newer_version) {
  open();
  { ASSERT_TRUE(Database::open(path)->run("PRAGMA user_version = 99")); }
  Error error = refusal();
  EXPECT_EQ(error.code, Errc::unsupported);
  EXPECT_NE(error.what.find("schema 99, this one knows "), std::string::npos) << error.what;
}

TEST_F(SqliteJournalTest, does_not_follow_a_link_laid_out_for_it) {
  std::filesystem::create_symlink(directory.file("precious"), path);
  EXPECT_EQ(refusal().code, Errc::refused);
  EXPECT_FALSE(std::filesystem::exists(directory.file("precious")));
}

// What runs on a small disk of its own, in a child process with its own mounts; true if all expectations
// held.
template <class Story>
bool on_small_disk(const std::string& mount_point, Story story) {
  pid_t child = ::fork();
  if (child == 0) {
    int namespaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS;
    bool mounted = ::unshare(namespaces) == 0 &&
                   ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   ::mount("tmpfs", mount_point.c_str(), "tmpfs", 0, "size=6m") == 0;
    EXPECT_TRUE(mounted) << "cannot mount a small disk";
    if (mounted) story();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void fill_disk(const std::string& file) {
  std::ofstream filler(file, std::ios::binary);
  std::string block(4096, 'f');
  while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
  }
}

Status failover(Journal& journal, const std::string& cluster, int steps) {
  auto id = journal.begin(cluster, "failover", std::string(8000, 'p'), WallTime{});
  if (!id) return fail(id.error());
  for (int step = 1; step <= steps; ++step) {
    auto begun = journal.step_intent(*id, {step, "repoint", "db3", std::string(200, 'd')}, WallTime{});
    if (!begun) return begun;
    auto ended = journal.step_result(*id, step, StepOutcome::done, std::string(200, 'r'), WallTime{});
    if (!ended) return ended;
  }
  return journal.finish(*id, RecoveryOutcome::succeeded, "", WallTime{});
}

TEST_F(SqliteJournalTest, a_disk_that_filled_up_does_not_stop_a_failover) {
  EXPECT_TRUE(on_small_disk(directory.path(), [&] {
    auto journal = open();
    ASSERT_TRUE(journal->keep_room());
    fill_disk(directory.file("filler"));
    EXPECT_TRUE(SqliteJournal::open(path)) << "it can still be read";
    auto done = failover(*journal, "app1", 40);
    EXPECT_TRUE(done) << done.error().what;
    EXPECT_EQ(journal->history({.at_most = 1})->front().steps.size(), 40u);
  }));
}

TEST_F(SqliteJournalTest, without_any_room_left_it_says_so_and_goes_on_when_there_is_room_again) {
  EXPECT_TRUE(on_small_disk(directory.path(), [&] {
    auto journal = open();
    fill_disk(directory.file("filler"));
    Status done;
    int clusters = 0;
    while (done && ++clusters < 200) done = failover(*journal, "app" + std::to_string(clusters), 20);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::io);
    EXPECT_NE(done.error().what.find(path + ": the disk is full"), std::string::npos) << done.error().what;
    auto left = journal->history({.at_most = 1000});
    ASSERT_TRUE(left) << left.error().what;
    EXPECT_GE(left->size() + 1, static_cast<size_t>(clusters));

    std::filesystem::remove(directory.file("filler"));
    auto after = failover(*journal, "after", 20);
    EXPECT_TRUE(after) << after.error().what;
  }));
}

TEST_F(SqliteJournalTest, on_a_full_disk_it_is_not_opened) {
  EXPECT_TRUE(on_small_disk(directory.path(), [&] {
    fill_disk(directory.file("filler"));
    Error error = refusal();
    EXPECT_NE(error.what.find("the disk is full"), std::string::npos) << error.what;
  }));
}

}  // namespace
}  // namespace tanist::store

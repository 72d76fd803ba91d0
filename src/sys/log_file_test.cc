#include "sys/log_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "sys/manual_clock.h"
#include "sys/memory_files.h"

namespace tanist::sys {
namespace {

using namespace std::chrono_literals;

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  ManualClock clock;
  MemoryFiles files{clock};
  LogFile log{clock, files, "/log"};
  std::string content() { return files.read("/log").value_or(""); }
};

TEST_F(LogFileTest, lines_look_as_those_of_mha) {
  WallTime time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 2) + 9h + 50s;
  EXPECT_EQ(log_record(time, Level::info, "text", Log::Where::current()), "Mon Nov  2 09:00:50 2026 - [info] text\n");
}

TEST_F(LogFileTest, errors_say_where_they_were_found) {
  log.error("db1 is gone");
  int line = __LINE__ - 1;
  EXPECT_NE(content().find(" - [error][log_file_test.cc, ln" + std::to_string(line) + "] db1 is gone\n"),
            std::string::npos)
      << content();
}

TEST_F(LogFileTest, appends_and_drops_what_is_below_its_level) {
  log.info("one");
  log.debug("hidden");
  log.raw("output of a hook\n");
  log.warning("two\nof one record");
  std::string text = content();
  EXPECT_EQ(text.find("hidden"), std::string::npos);
  EXPECT_NE(text.find("[info] one\noutput of a hook\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("[warning] two\nof one record\n"));
}

TEST_F(LogFileTest, goes_to_stderr_without_a_file_or_when_the_file_fails) {
  testing::internal::CaptureStderr();
  LogFile(clock, files, "").info("no file");
  files.break_writes("/log");
  log.info("disk full");
  std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("[info] no file\n"), std::string::npos);
  EXPECT_NE(text.find("[info] disk full\n"), std::string::npos);
  EXPECT_NE(text.find("/log: No space left on device"), std::string::npos);
}

}  // namespace
}  // namespace tanist::sys

#include "binlog/log_series.h"

#include <gtest/gtest.h>

#include "sys/posix_files.h"
#include "testlib/log_builder.h"

namespace tanist::binlog {
namespace {

using testlib::LogBuilder;
using testlib::LogDirectory;

class LogSeriesTest : public ::testing::Test {
 protected:
  Result<LogSeries> find(const std::string& start_file, const std::string& prefix = "bin") {
    return find_log_series(files_, {{dir_.path()}, prefix, start_file});
  }
  void empty(std::initializer_list<const char*> names) {
    for (const char* name : names) dir_.write(name, "");
  }
  using Names = std::vector<std::string>;

  LogDirectory dir_;
  sys::PosixFiles files_;
};

TEST_F(LogSeriesTest, the_number_orders_and_not_the_text) {
  empty({"bin.999998", "bin.999999", "bin.1000000", "bin.1000001"});
  EXPECT_EQ(find("")->files, (Names{"bin.999998", "bin.999999", "bin.1000000", "bin.1000001"}));
  EXPECT_EQ(find("bin.999999")->files, (Names{"bin.999999", "bin.1000000", "bin.1000001"}));
}

TEST_F(LogSeriesTest, only_whole_names_count) {
  empty({"bin.000001", "bin.000002", "bin.000003~", "bin.000004.gz", "bin.000002.idx", "bin.5", "bin.0000006",
         "binx000003", "bin.state", "other-bin.000003"});
  EXPECT_EQ(find("")->files, (Names{"bin.000001", "bin.000002"}));
  EXPECT_EQ(find("", "b.n").error().code, Errc::not_found);
}

TEST_F(LogSeriesTest, a_gap_behind_the_start_is_an_error_that_names_it) {
  empty({"bin.000001", "bin.000002", "bin.000004", "bin.000005"});
  EXPECT_NE(find("bin.000001").error().what.find("bin.000003 is missing"), std::string::npos);
  LogSeries newest = find("").value();
  EXPECT_EQ(newest.files, (Names{"bin.000004", "bin.000005"}));
  EXPECT_EQ(newest.notes, (Names{"bin.000002 and older are left out: bin.000003 is missing"}));
}

TEST_F(LogSeriesTest, the_first_directory_that_has_the_start_file_counts) {
  LogDirectory other;
  other.write("bin.000001", "");
  empty({"bin.000002"});
  SeriesRequest request{{"/nowhere", other.path(), dir_.path() + "/"}, "", "bin.000002"};
  EXPECT_EQ(find_log_series(files_, request)->directory, dir_.path());
  request.start_file = "bin.000009";
  Error error = find_log_series(files_, request).error();
  EXPECT_EQ(error.code, Errc::not_found);
  EXPECT_NE(error.what.find("no bin.000009 in /nowhere"), std::string::npos) << error.what;
  request.start_file = dir_.path("bin.000002");
  EXPECT_EQ(find_log_series(files_, request).error().code, Errc::invalid);
}

TEST_F(LogSeriesTest, a_leftover_that_the_index_does_not_know_is_left_out) {
  empty({"bin.000001", "bin.000002", "bin.000003"});
  dir_.write("bin.index", "./bin.000001\n./bin.000002\n");
  LogSeries series = find("").value();
  EXPECT_EQ(series.files, (Names{"bin.000001", "bin.000002"}));
  ASSERT_EQ(series.notes.size(), 1u);
  EXPECT_NE(series.notes[0].find("bin.000003 is left out"), std::string::npos);
}

TEST_F(LogSeriesTest, a_log_that_the_last_known_one_leads_to_belongs_to_the_series) {
  LogBuilder last("8.0.36");
  last.format().previous_gtids("").rotate("bin.000002");
  dir_.write("bin.000001", last);
  empty({"bin.000002"});
  dir_.write("bin.index", "/data/bin.000001\n");
  EXPECT_EQ(find("")->files, (Names{"bin.000001", "bin.000002"}));
}

TEST_F(LogSeriesTest, a_log_that_the_index_knows_and_nobody_has_is_an_error) {
  empty({"bin.000001"});
  dir_.write("bin.index", "bin.000001\nbin.000002\n");
  EXPECT_NE(find("").error().what.find("lists bin.000002, which is missing"), std::string::npos);
}

}  // namespace
}  // namespace tanist::binlog

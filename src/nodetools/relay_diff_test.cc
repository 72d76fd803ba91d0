#include "nodetools/relay_diff.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "binlog/log_file.h"
#include "sys/posix_files.h"
#include "testlib/log_builder.h"

namespace tanist::nodetools {
namespace {

using testlib::LogBuilder;
using testlib::LogDirectory;

// Two transactions of the primary in a first relay log, a third and half of a fourth in the second.
class RelayDiffs : public ::testing::Test {
 protected:
  void SetUp() override {
    LogBuilder one("10.11.19-MariaDB"), two("10.11.19-MariaDB");
    one.own_format().fake_rotate("bin.000001", 4).format().mariadb_group("0-1-1");
    first_ = one.position();
    one.mariadb_group("0-1-2");
    second_ = one.position();
    two.own_format().fake_rotate("bin.000001", second_).format_without_position().at(second_);
    two.mariadb_group("0-1-3").mariadb_gtid("0-1-4");
    inside_ = two.position();
    two.query("UPDATE t");
    latest_ = two.position();
    dir_.write("relay.000001", one.own_rotate("relay.000002")).write("relay.000002", two);
  }

  std::string types(uint64_t target, uint64_t latest) {
    DiffRequest request;
    request.relay_logs.directories = {dir_.path()};
    request.relay_logs.prefix = "relay";
    request.target = {"bin.000001", target};
    request.latest = {"bin.000001", latest};
    auto diff = find_diff(files_, request);
    if (!diff) return diff.error().what;
    auto written = write_diff(std::move(*diff), request.latest, dir_.path("out"));
    if (!written) return written.error().what;
    auto log = binlog::LogFile::open(dir_.path("out"));
    std::string text;
    auto reader = log->events(binlog::Verify::checksums);
    while (reader.next()) text += (text.empty() ? "" : " ") + binlog::type_name(reader.event().type());
    EXPECT_EQ(written->has_events, text != "FORMAT_DESCRIPTION");
    return reader.damage() ? text + " " + reader.damage()->what : text;
  }

  LogDirectory dir_;
  sys::PosixFiles files_;
  uint64_t first_ = 0, second_ = 0, inside_ = 0, latest_ = 0;
};

constexpr char kHead[] = "FORMAT_DESCRIPTION";
constexpr char kGroup[] = " GTID (MariaDB) QUERY XID";

TEST_F(RelayDiffs, goes_on_into_the_half_transaction_that_the_latest_has) {
  EXPECT_EQ(types(first_, latest_), std::string(kHead) + kGroup + kGroup + " GTID (MariaDB) QUERY");
}

TEST_F(RelayDiffs, begins_inside_a_transaction_where_the_target_stands) {
  EXPECT_EQ(types(inside_, latest_), std::string(kHead) + " QUERY");
}

TEST_F(RelayDiffs, ends_where_the_latest_was_looked_at) {
  EXPECT_EQ(types(first_, second_), std::string(kHead) + kGroup);
  EXPECT_EQ(types(first_, inside_), std::string(kHead) + kGroup + kGroup + " GTID (MariaDB)");
}

TEST_F(RelayDiffs, of_a_target_that_has_everything_is_a_log_without_events) {
  EXPECT_EQ(types(latest_, latest_), kHead);
  EXPECT_EQ(types(second_, second_), kHead);
}

TEST_F(RelayDiffs, positions_that_are_none_are_errors) {
  EXPECT_NE(types(first_ + 1, latest_).find("is not the end of an event"), std::string::npos);
  EXPECT_NE(types(first_, inside_ + 1).find("is not the end of an event"), std::string::npos);
  EXPECT_NE(types(latest_, second_).find("has received more"), std::string::npos);
  EXPECT_NE(types(first_, latest_ + 100).find("before bin.000001:"), std::string::npos);
}

TEST_F(RelayDiffs, what_is_purged_or_damaged_is_an_error) {
  std::filesystem::remove(dir_.path("relay.000001"));
  EXPECT_NE(types(first_, latest_).find("is before what these relay logs can serve"), std::string::npos);
  EXPECT_EQ(types(second_, latest_), std::string(kHead) + kGroup + " GTID (MariaDB) QUERY");
  std::string bytes = dir_.read("relay.000002");
  dir_.write("relay.000002", bytes.substr(0, bytes.size() - 3));
  EXPECT_NE(types(second_, latest_).find("relay.000002 at offset"), std::string::npos)
      << types(second_, latest_);
}

}  // namespace
}  // namespace tanist::nodetools

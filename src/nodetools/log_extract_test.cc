#include "nodetools/log_extract.h"

#include <gtest/gtest.h>

#include "nodetools/log_output.h"
#include "testlib/log_builder.h"

namespace tanist::nodetools {
namespace {

using testlib::LogBuilder;
using testlib::LogDirectory;

LogBuilder log() {
  LogBuilder builder("10.11.19-MariaDB");
  builder.format();
  return builder;
}

class WholeTransactions : public ::testing::Test {
 protected:
  std::string types(const std::vector<std::string>& names) {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(dir_.path(name));
    auto logs = open_logs(paths);
    auto extract = extract_logs(*logs, 0, Tail::whole_transactions);
    if (!extract) return extract.error().what;
    cut_ = extract->cut;
    has_events_ = extract->has_events;
    if (!write_extract(*extract, dir_.path("out"))) return "not written";
    auto out = binlog::LogFile::open(dir_.path("out"));
    std::string text;
    auto reader = out->events(binlog::Verify::checksums);
    while (reader.next()) text += (text.empty() ? "" : " ") + binlog::type_name(reader.event().type());
    return reader.damage() ? text + " " + reader.damage()->what : text;
  }

  LogDirectory dir_;
  bool cut_ = false, has_events_ = false;
};

constexpr char kHead[] = "FORMAT_DESCRIPTION";
constexpr char kGroup[] = " GTID (MariaDB) QUERY XID";

TEST_F(WholeTransactions, one_that_goes_on_in_the_next_file_is_whole) {
  dir_.write("a", log().mariadb_group("0-1-1").mariadb_gtid("0-1-2").query("UPDATE t"));
  dir_.write("b", log().xid().mariadb_group("0-1-3"));
  EXPECT_EQ(types({"a", "b"}), std::string(kHead) + kGroup + " GTID (MariaDB) QUERY XID" + kGroup);
  EXPECT_FALSE(cut_);
}

TEST_F(WholeTransactions, one_without_an_end_is_left_out) {
  dir_.write("a", log().mariadb_group("0-1-1").mariadb_gtid("0-1-2").query("UPDATE t"));
  EXPECT_EQ(types({"a"}), std::string(kHead) + kGroup);
  EXPECT_TRUE(cut_);
  dir_.write("b", log().query("UPDATE t").query("UPDATE t"));
  EXPECT_EQ(types({"a", "b"}), std::string(kHead) + kGroup) << "however many files it goes through";
  dir_.write("c", log().mariadb_gtid("0-1-2").query("UPDATE t"));
  EXPECT_EQ(types({"c"}), kHead);
  EXPECT_TRUE(cut_ && !has_events_);
}

TEST_F(WholeTransactions, what_stands_between_transactions_stays) {
  dir_.write("a", log().gtid_list({}).mariadb_group("0-1-1").rotate("b"));
  dir_.write("b", log().gtid_list({"0-1-1"}).mariadb_gtid("0-1-2"));
  EXPECT_EQ(types({"a", "b"}), std::string(kHead) + " GTID_LIST" + kGroup + " ROTATE");
}

}  // namespace
}  // namespace tanist::nodetools

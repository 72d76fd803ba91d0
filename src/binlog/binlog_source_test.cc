#include "binlog/binlog_source.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "sys/posix_files.h"
#include "testlib/log_builder.h"

namespace tanist::binlog {
namespace {

using testlib::LogBuilder;
using testlib::LogDirectory;

constexpr char kUuid[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:";
std::string g(const std::string& numbers) { return kUuid + numbers; }
gtid::GtidSet set(const std::string& numbers) { return gtid::GtidSet::parse(g(numbers)).value(); }
gtid::MariadbGtidPos pos(std::string_view text) { return gtid::MariadbGtidPos::parse(text).value(); }

LogBuilder mariadb(uint16_t flags = 0) {
  LogBuilder log("10.11.19-MariaDB");
  log.format(flags);
  return log;
}
LogBuilder mysql(const std::string& previous) {
  LogBuilder log("8.0.36");
  log.format().previous_gtids(previous.empty() ? "" : g(previous));
  return log;
}

class BinlogSourceTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<LogSource>> try_open() {
    return open_binlog_source(files_, {{dir_.path()}, "bin", ""});
  }
  LogSource& source() {
    if (!source_) {
      auto opened = try_open();
      if (!opened) throw std::runtime_error(opened.error().what);
      source_ = std::move(*opened);
    }
    return *source_;
  }
  std::string served(const gtid::LogCoordinates& from) {
    auto cursor = source().open(from);
    if (!cursor) return cursor.error().what;
    std::string text;
    for (;;) {
      auto item = (*cursor)->next();
      if (!item) return text + " " + (item.error().code == Errc::corrupt ? "CORRUPT" : "ERROR");
      if (!*item) return text;
      if (!text.empty()) text += " ";
      text += (*item)->kind == Served::file ? (*item)->at.text() : type_name((*item)->type);
    }
  }
  std::string end() { return source().facts().served_end.text(); }

  LogDirectory dir_;
  sys::PosixFiles files_;
  std::unique_ptr<LogSource> source_;
};

TEST_F(BinlogSourceTest, a_purge_after_the_opening_changes_nothing) {
  dir_.write("bin.000001", mariadb().gtid_list({}).mariadb_group("0-1-1"));
  source();
  std::filesystem::remove(dir_.path("bin.000001"));
  EXPECT_EQ(served({"bin.000001", 4}), "bin.000001:4 GTID_LIST GTID (MariaDB) QUERY XID");
}

TEST_F(BinlogSourceTest, files_follow_one_another_with_their_own_formats) {
  dir_.write("bin.000001", mariadb().mariadb_group("0-1-1").rotate("bin.000002"));
  dir_.write("bin.000002", mariadb().mariadb_group("0-1-2").add(EventType::stop));
  dir_.write("bin.000003", mariadb(kFlagInUse).mariadb_group("0-1-3"));
  EXPECT_EQ(served({"", 4}),
            "bin.000001:4 GTID (MariaDB) QUERY XID ROTATE bin.000002:4 GTID (MariaDB) QUERY XID STOP "
            "bin.000003:4 GTID (MariaDB) QUERY XID");
}

TEST_F(BinlogSourceTest, a_server_that_died_while_rotating_leaves_an_empty_next_file) {
  LogBuilder one = mariadb();
  one.gtid_list({}).mariadb_group("0-1-1").rotate("bin.000002");
  dir_.write("bin.000001", one);
  for (size_t size : {size_t{0}, size_t{4}, size_t{50}}) {
    if (size > 0) dir_.write("bin.000002", mariadb().bytes().substr(0, size));
    source_.reset();
    EXPECT_EQ(end(), "bin.000002:4");
    EXPECT_EQ(served({"bin.000002", 4}), "bin.000002:4");
    EXPECT_EQ(source().open({"bin.000002", 5}).error().code, Errc::conflict);
    EXPECT_EQ(source().gtid_pos_at({"bin.000002", 4}), pos("0-1-1"));
    EXPECT_EQ(source().facts().tail.has_value(), size > 0);
  }
}

TEST_F(BinlogSourceTest, positions_that_cannot_be) {
  LogBuilder log = mariadb();
  log.mariadb_group("0-1-1");
  dir_.write("bin.000005", log);
  EXPECT_EQ(source().open({"bin.000004", 4}).error().code, Errc::not_found);
  EXPECT_EQ(source().open({"bin.000006", 4}).error().code, Errc::not_found);
  EXPECT_EQ(source().open({"bin.000005", 3}).error().code, Errc::invalid);
  EXPECT_EQ(source().open({"bin.000005", 5}).error().code, Errc::invalid);
  EXPECT_EQ(source().open({"bin.000005", log.size() + 1}).error().code, Errc::conflict);
  EXPECT_EQ(served({"bin.000005", log.size()}), "bin.000005:" + std::to_string(log.size()));
}

TEST_F(BinlogSourceTest, who_has_half_of_the_last_transaction_gets_nothing_more) {
  LogBuilder log = mariadb();
  log.mariadb_group("0-1-1");
  uint64_t whole = log.size();
  log.mariadb_gtid("0-1-2").query("INSERT");
  dir_.write("bin.000001", log);
  EXPECT_EQ(end(), "bin.000001:" + std::to_string(whole));
  EXPECT_EQ(served({"bin.000001", log.size()}), "bin.000001:" + std::to_string(log.size()));
  EXPECT_EQ(source().facts().tail->text(), dir_.path("bin.000001") + " at offset " + std::to_string(whole) +
                                               ": the transaction that starts here has no end");
}

TEST_F(BinlogSourceTest, damage_in_an_older_file_stops_only_those_who_have_to_pass_it) {
  std::string broken = mariadb().mariadb_group("0-1-1").rotate("bin.000002").bytes();
  broken[broken.size() - 50] ^= 1;
  dir_.write("bin.000001", broken);
  dir_.write("bin.000002", mariadb().mariadb_group("0-1-2"));
  EXPECT_EQ(served({"bin.000001", 4}), "bin.000001:4 GTID (MariaDB) QUERY CORRUPT");
  EXPECT_EQ(served({"bin.000002", 4}), "bin.000002:4 GTID (MariaDB) QUERY XID");
}

TEST_F(BinlogSourceTest, an_older_file_without_content_is_a_lost_log) {
  dir_.write("bin.000001", mariadb().mariadb_group("0-1-1").rotate("bin.000002"));
  dir_.write("bin.000002", "").write("bin.000003", mariadb());
  EXPECT_EQ(served({"bin.000001", 4}), "bin.000001:4 GTID (MariaDB) QUERY XID ROTATE CORRUPT");
  EXPECT_FALSE(source().open({"bin.000002", 100}));
}

TEST_F(BinlogSourceTest, damage_in_the_last_file_cuts_before_its_transaction) {
  LogBuilder log = mariadb();
  log.mariadb_group("0-1-1");
  uint64_t whole = log.size();
  std::string broken = log.mariadb_group("0-1-2").mariadb_group("0-1-3").bytes();
  broken[whole + 60] ^= 1;
  dir_.write("bin.000001", broken);
  EXPECT_EQ(end(), "bin.000001:" + std::to_string(whole));
  EXPECT_EQ(source().facts().tail->kind, Damage::Kind::checksum);
  EXPECT_EQ(source().facts().tail_bytes, broken.size() - whole);
}

TEST_F(BinlogSourceTest, an_unknown_event_that_matters_is_never_passed) {
  LogBuilder log = mariadb();
  log.mariadb_group("0-1-1");
  uint64_t whole = log.size();
  dir_.write("bin.000001", log.add(EventType{99}, "new").mariadb_group("0-1-2"));
  EXPECT_EQ(end(), "bin.000001:" + std::to_string(whole));
  EXPECT_EQ(source().facts().tail->kind, Damage::Kind::unknown);
}

TEST_F(BinlogSourceTest, mysql_gtid_start_takes_the_last_file_that_is_early_enough) {
  dir_.write("bin.000001", mysql("1-5").group(g("6"), 1).rotate("bin.000002"));
  dir_.write("bin.000002", mysql("1-6").group(g("7"), 1).rotate("bin.000003"));
  dir_.write("bin.000003", mysql("1-7").group(g("8"), 1));
  EXPECT_EQ(source().find_start(set("1-8"))->file, "bin.000003");
  EXPECT_EQ(source().find_start(set("1-7"))->file, "bin.000003");
  EXPECT_EQ(source().find_start(set("1-6:8"))->file, "bin.000002");
  EXPECT_EQ(source().find_start(set("1-5"))->file, "bin.000001");
  Error error = source().find_start(set("1-3")).error();
  EXPECT_EQ(error.code, Errc::refused);
  EXPECT_NE(error.what.find(g("4-5")), std::string::npos);
  EXPECT_EQ(source().facts().executed, set("1-8"));
  EXPECT_EQ(source().facts().purged, set("1-5"));
}

TEST_F(BinlogSourceTest, logs_without_gtids_cannot_be_started_by_gtid) {
  LogBuilder log("5.6.24");
  dir_.write("bin.000001", log.format().query("BEGIN").query("INSERT").xid());
  EXPECT_EQ(source().find_start(set("1-3")).error().code, Errc::refused);
  EXPECT_EQ(source().find_start(pos("0-1-1")).error().code, Errc::refused);
}

TEST_F(BinlogSourceTest, mariadb_gtid_start_looks_at_every_domain) {
  dir_.write("bin.000001", mariadb().gtid_list({"0-1-5"}).mariadb_group("0-1-6").rotate("bin.000002"));
  dir_.write("bin.000002", mariadb().gtid_list({"0-1-6"}).mariadb_group("2-1-1").rotate("bin.000003"));
  dir_.write("bin.000003", mariadb().gtid_list({"0-1-6", "2-1-1"}).mariadb_group("0-1-7"));
  EXPECT_EQ(source().find_start(pos("0-1-6,2-1-1"))->file, "bin.000003");
  EXPECT_EQ(source().find_start(pos("0-1-6"))->file, "bin.000002");
  EXPECT_EQ(source().find_start(pos("0-1-5,2-1-1"))->file, "bin.000001");
  EXPECT_EQ(source().find_start(pos("0-1-4")).error().code, Errc::refused);
  EXPECT_EQ(source().find_start(pos("0-1-9,2-1-1")).error().code, Errc::conflict);
  EXPECT_EQ(source().facts().binlog_state, pos("0-1-7,2-1-1"));
}

}  // namespace
}  // namespace tanist::binlog

// Each mapping rule of relay_map.h and relay_run.h, with the relay log that needs it. Positions are the
// primary's.
#include "binlog/relay_source.h"

#include <gtest/gtest.h>

#include "sys/posix_files.h"
#include "testlib/log_builder.h"

namespace tanist::binlog {
namespace {

using testlib::LogBuilder;
using testlib::LogDirectory;

constexpr char kUuid[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
std::string g(int number) { return std::string(kUuid) + ":" + std::to_string(number); }
gtid::GtidSet set(const std::string& numbers) {
  return gtid::GtidSet::parse(numbers.empty() ? "" : std::string(kUuid) + ":" + numbers).value();
}
gtid::MariadbGtidPos pos(std::string_view text) { return gtid::MariadbGtidPos::parse(text).value(); }

LogBuilder mysql() {
  LogBuilder relay("8.0.36");
  relay.own_format().own_previous_gtids("");
  return relay;
}
LogBuilder mariadb() {
  LogBuilder relay("10.11.19-MariaDB");
  relay.own_format();
  return relay;
}

class RelaySourceTest : public ::testing::Test {
 protected:
  void relay(const LogBuilder& log) { dir_.write("relay.00000" + std::to_string(++logs_), log); }
  Result<std::unique_ptr<LogSource>> try_open() {
    return open_relay_source(files_, {{dir_.path()}, "relay", ""}, received_);
  }
  LogSource& source() {
    if (!source_) {
      auto opened = try_open();
      if (!opened) throw std::runtime_error(opened.error().what);
      source_ = std::move(*opened);
    }
    return *source_;
  }
  // What is served from a position, as "file@pos" and event ends: "bin.000001@4 120 150 ...".
  std::string served(const gtid::LogCoordinates& from) {
    auto cursor = source().open(from);
    if (!cursor) return cursor.error().what;
    std::string text;
    for (;;) {
      auto item = (*cursor)->next();
      if (!item) return text + " " + item.error().what;
      if (!*item) return text;
      if (!text.empty()) text += " ";
      text += (*item)->kind == Served::file ? (*item)->at.text() : type_name((*item)->type);
    }
  }
  std::string all() { return served({"", 4}); }
  std::string end() { return source().facts().served_end.text(); }
  std::string first() {
    const ServedFile& file = source().facts().files.front();
    return file.name + ":" + std::to_string(file.first_pos);
  }
  Errc refusal(const gtid::LogCoordinates& from) { return source().open(from).error().code; }

  LogDirectory dir_;
  int logs_ = 0;
  ReceivedGtids received_;
  sys::PosixFiles files_;
  std::unique_ptr<LogSource> source_;
};

TEST_F(RelaySourceTest, own_events_and_stops_are_not_the_primarys) {
  relay(mariadb().own_rotate("relay.000002"));
  relay(mariadb()
            .fake_rotate("bin.000007", 4)
            .format()
            .gtid_list({})
            .mariadb_group("0-1-1")
            .add(EventType::stop));
  EXPECT_EQ(all(), "bin.000007:4 GTID_LIST GTID (MariaDB) QUERY XID");
  EXPECT_EQ(source().facts().server_id, testlib::kPrimaryId);
}

TEST_F(RelaySourceTest, a_position_start_serves_from_there_and_refuses_what_is_before) {
  LogBuilder log = mariadb();
  log.fake_rotate("bin.000007", 5000).format_without_position().mariadb_group("0-1-8");
  relay(log);
  EXPECT_EQ(first(), "bin.000007:5000");
  EXPECT_EQ(end(), "bin.000007:" + std::to_string(log.position()));
  EXPECT_EQ(served({"bin.000007", 5000}), "bin.000007:5000 GTID (MariaDB) QUERY XID");
  EXPECT_EQ(refusal({"bin.000007", 4}), Errc::refused);
  EXPECT_EQ(refusal({"bin.000006", 4}), Errc::refused);
  EXPECT_EQ(refusal({"bin.000008", 4}), Errc::not_found);
  EXPECT_EQ(refusal({"bin.000007", 5001}), Errc::invalid);
  EXPECT_EQ(refusal({"bin.000007", log.position() + 1}), Errc::conflict);
}

TEST_F(RelaySourceTest, relay_logs_rotate_inside_a_transaction) {
  LogBuilder one = mariadb(), two = mariadb();
  one.fake_rotate("bin.000007", 4).format().mariadb_gtid("0-1-1").query("INSERT").own_rotate("relay.000002");
  two.at(one.position()).format_without_position().at(one.position()).query("INSERT").xid();
  relay(one);
  relay(two);
  EXPECT_EQ(all(), "bin.000007:4 GTID (MariaDB) QUERY QUERY XID");
}

TEST_F(RelaySourceTest, a_real_rotate_is_served_and_leads_to_the_next_file) {
  LogBuilder one = mariadb(), two = mariadb();
  one.fake_rotate("bin.000007", 4).format().mariadb_group("0-1-1").rotate("bin.000008");
  two.fake_rotate("bin.000008", 4).format().gtid_list({"0-1-1"}).mariadb_group("0-1-2");
  relay(one);
  relay(two);
  EXPECT_EQ(all(),
            "bin.000007:4 GTID (MariaDB) QUERY XID ROTATE bin.000008:4 GTID_LIST GTID (MariaDB) QUERY XID");
}

TEST_F(RelaySourceTest, a_rotate_at_the_very_end_leads_to_an_empty_file) {
  relay(mariadb().fake_rotate("bin.000007", 4).format().mariadb_group("0-1-1").rotate("bin.000008"));
  EXPECT_EQ(end(), "bin.000008:4");
  EXPECT_EQ(served({"bin.000008", 4}), "bin.000008:4");
  EXPECT_EQ(all(), "bin.000007:4 GTID (MariaDB) QUERY XID ROTATE bin.000008:4");
}

TEST_F(RelaySourceTest, a_reconnect_at_a_position_goes_on_where_it_was) {
  LogBuilder one = mysql(), two = mysql();
  one.fake_rotate("bin.000007", 4).format().gtid("", 1).query("BEGIN");
  two.fake_rotate("bin.000007", one.position()).format_without_position().query("INSERT").xid();
  relay(one);
  relay(two);
  EXPECT_EQ(all(), "bin.000007:4 ANONYMOUS_GTID QUERY QUERY XID");
}

TEST_F(RelaySourceTest, a_reconnect_by_gtid_repeats_and_is_not_counted_twice) {
  LogBuilder one = mysql(), two = mysql();
  one.fake_rotate("bin.000007", 4).format();
  uint64_t head = one.position();
  one.jump("bin.000007", head + 31).group(g(1), 1);
  uint64_t first_end = one.position();
  one.gtid(g(2), 2).query("BEGIN");
  // The second connection starts at the head again, is told that group 1 is skipped, and gets group 2 whole.
  two.fake_rotate("bin.000007", 4)
      .format()
      .jump("bin.000007", head + 31)
      .jump("bin.000007", first_end)
      .group(g(2), 2);
  relay(one);
  relay(two);
  EXPECT_EQ(all(), "bin.000007:" + std::to_string(head + 31) + " GTID QUERY QUERY XID GTID QUERY QUERY XID");
  EXPECT_EQ(end(), "bin.000007:" + std::to_string(two.position()));
  EXPECT_EQ(source().facts().executed, set("1-2"));
}

TEST_F(RelaySourceTest, the_format_of_a_reconnect_does_not_move_the_end_back) {
  LogBuilder one = mysql(), two = mysql();
  one.fake_rotate("bin.000007", 4).format().gtid("", 1).query("CREATE TABLE t (a INT)");
  two.fake_rotate("bin.000007", one.position()).format_without_position();
  relay(one);
  relay(two);
  EXPECT_EQ(end(), "bin.000007:" + std::to_string(one.position()));
}

TEST_F(RelaySourceTest, previous_gtids_are_not_stored_and_no_hole) {
  LogBuilder log = mysql();
  log.fake_rotate("bin.000007", 4).format();
  uint64_t behind = log.position() + 71;
  log.jump("bin.000007", behind).group(g(5), 1);
  relay(log);
  // Served behind them, because a receiver that counts bytes would come to a wrong position.
  EXPECT_EQ(served({"bin.000007", 4}), "bin.000007:" + std::to_string(behind) + " GTID QUERY QUERY XID");
  EXPECT_EQ(first(), "bin.000007:4");
}

TEST_F(RelaySourceTest, groups_skipped_behind_the_head_are_a_hole) {
  LogBuilder log = mysql();
  log.fake_rotate("bin.000007", 4).format();
  uint64_t behind = log.position() + 900;
  log.jump("bin.000007", behind).group(g(9), 4);  // the fourth of its file: three are missing
  relay(log);
  EXPECT_EQ(first(), "bin.000007:" + std::to_string(behind));
  EXPECT_EQ(refusal({"bin.000007", 4}), Errc::refused);
}

TEST_F(RelaySourceTest, mysql56_proves_by_number_that_only_previous_gtids_are_missing) {
  for (int second : {2, 3}) {
    LogDirectory directory;
    LogBuilder one("5.6.24"), two("5.6.24");
    one.own_format().fake_rotate("bin.000007", 4).format();
    one.jump("bin.000007", one.position() + 31).group(g(1)).rotate("bin.000008");
    two.own_format().fake_rotate("bin.000008", 4).format();
    two.jump("bin.000008", two.position() + 71).group(g(second));
    directory.write("relay.000001", one).write("relay.000002", two);
    auto source = open_relay_source(files_, {{directory.path()}, "relay", ""}, {}).value();
    EXPECT_EQ(source->facts().files.front().name, second == 2 ? "bin.000007" : "bin.000008");
  }
}

TEST_F(RelaySourceTest, a_hole_in_the_middle_ends_the_run) {
  LogBuilder log = mysql();
  log.fake_rotate("bin.000007", 4).format().group("", 1).jump("bin.000007", 9000).group("", 7);
  relay(log);
  EXPECT_EQ(first(), "bin.000007:9000");
  EXPECT_NE(source().open({"bin.000007", 4}).error().what.find("to 9000 is not in the relay logs"),
            std::string::npos);
}

TEST_F(RelaySourceTest, files_of_the_primary_that_never_came_end_the_run) {
  relay(mysql().fake_rotate("bin.000007", 4).format().group("", 1));
  relay(mysql().fake_rotate("bin.000009", 4).format().group("", 1));
  EXPECT_EQ(first(), "bin.000009:4");
  EXPECT_EQ(refusal({"bin.000007", 4}), Errc::refused);
}

TEST_F(RelaySourceTest, a_primary_that_crashed_went_on_in_the_next_file) {
  relay(mysql().fake_rotate("bin.000007", 4).format().group("", 1));
  relay(mysql().fake_rotate("bin.000008", 4).format().group("", 1));
  EXPECT_EQ(first(), "bin.000007:4");
}

TEST_F(RelaySourceTest, mariadb_notes_a_jump_under_the_primarys_own_id) {
  LogBuilder one = mariadb(), two = mariadb();
  one.fake_rotate("bin.000007", 4).format().mariadb_group("0-1-1");
  uint64_t start = one.position();
  one.mariadb_gtid("0-1-2");
  // By GTID the group comes again from its start; the receiver drops what it has and says where it goes on.
  two.fake_rotate("bin.000007", 4).format_without_position().fake_gtid_list({"0-1-1"}, start);
  two.jump("bin.000007", one.position(), testlib::kPrimaryId).query("INSERT").xid();
  relay(one);
  relay(two);
  EXPECT_EQ(all(), "bin.000007:4 GTID (MariaDB) QUERY XID GTID (MariaDB) QUERY XID");
}

TEST_F(RelaySourceTest, mariadb_fake_gtid_list_tells_the_state_where_the_run_begins) {
  LogBuilder log = mariadb();
  log.fake_rotate("bin.000007", 4)
      .format()
      .gtid_list({"0-1-2"})
      .fake_gtid_list({"0-1-50"}, 7000)
      .mariadb_group("0-1-51");
  relay(log);
  EXPECT_EQ(first(), "bin.000007:7000");
  EXPECT_EQ(source().facts().first_state, pos("0-1-50"));
  EXPECT_EQ(source().find_start(pos("0-1-50"))->text(), "bin.000007:7000");
  EXPECT_EQ(source().find_start(pos("0-1-49")).error().code, Errc::refused);
  EXPECT_FALSE(source().gtid_pos_at({"bin.000007", 7000}))
      << "a receiver's claim is no proof of the primary's state";
}

TEST_F(RelaySourceTest, mariadb_stores_compressed_events_unpacked) {
  LogBuilder log = mariadb();
  log.fake_rotate("bin.000007", 4).format().mariadb_gtid("0-1-1").table_map();
  uint64_t before = log.position();
  log.at(before + 40 - 300);  // the primary's event had 40 bytes, this one has more
  log.add(EventType::write_rows, std::string(300 - kHeaderSize - kChecksumSize, 'r')).xid();
  relay(log);
  EXPECT_EQ(end(), "bin.000007:" + std::to_string(before + 40 + 31));
  EXPECT_EQ(all(), "bin.000007:4 GTID (MariaDB) TABLE_MAP WRITE_ROWS XID");
  EXPECT_TRUE(source().open({"bin.000007", before}));
  EXPECT_TRUE(source().open({"bin.000007", before + 40}));
}

TEST_F(RelaySourceTest, mariadb_leaves_out_row_annotations) {
  LogBuilder log = mariadb();
  log.fake_rotate("bin.000007", 4)
      .format()
      .mariadb_gtid("0-1-1")
      .at(log.position() + 70)
      .table_map()
      .rows()
      .xid();
  relay(log);
  EXPECT_EQ(all(), "bin.000007:4 GTID (MariaDB) TABLE_MAP WRITE_ROWS XID");
}

TEST_F(RelaySourceTest, half_a_transaction_at_the_end_is_not_served) {
  LogBuilder log = mariadb();
  log.fake_rotate("bin.000007", 4).format().mariadb_group("0-1-1");
  uint64_t whole = log.position();
  log.mariadb_gtid("0-1-2").query("INSERT");
  relay(log);
  EXPECT_EQ(end(), "bin.000007:" + std::to_string(whole));
  EXPECT_EQ(source().facts().binlog_state, pos("0-1-1"));
  ASSERT_TRUE(source().facts().tail);
  EXPECT_EQ(source().facts().tail_bytes, log.position() - whole);
  // A receiver that has this half itself stands behind the end: nothing more comes, and that is no error.
  EXPECT_EQ(served({"bin.000007", log.position()}), "bin.000007:" + std::to_string(log.position()));
}

TEST_F(RelaySourceTest, a_run_never_begins_inside_a_transaction) {
  LogBuilder one = mysql();
  one.fake_rotate("bin.000007", 500).format_without_position().query("INSERT").xid();
  uint64_t start = one.position();
  one.group("", 3);
  relay(one);
  EXPECT_EQ(first(), "bin.000007:" + std::to_string(start));
  EXPECT_EQ(all(), "bin.000007:" + std::to_string(start) + " ANONYMOUS_GTID QUERY QUERY XID");
}

TEST_F(RelaySourceTest, without_gtid_events_what_comes_first_tells_whether_a_transaction_is_open) {
  for (bool open : {true, false}) {
    LogDirectory directory;
    LogBuilder log("5.6.24");
    log.own_format().fake_rotate("bin.000007", 500).format_without_position().query("INSERT");
    if (open) log.xid();
    uint64_t behind = log.position();
    log.query("BEGIN").query("INSERT").xid();
    directory.write("relay.000001", log);
    auto source = open_relay_source(files_, {{directory.path()}, "relay", ""}, {}).value();
    EXPECT_EQ(source->facts().files.front().first_pos, open ? behind : 500);
  }
}

TEST_F(RelaySourceTest, the_name_of_the_first_file_comes_from_the_rotate_that_ends_it) {
  LogBuilder one = mysql();
  one.format_without_position().at(800).group("", 3).rotate("bin.000008");
  relay(one);
  relay(mysql().fake_rotate("bin.000008", 4).format().group("", 1));
  EXPECT_EQ(first(), "bin.000007:800");
}

TEST_F(RelaySourceTest, the_name_of_the_only_file_comes_from_the_read_position) {
  LogBuilder one = mysql();
  one.format_without_position().at(800).group("", 3);
  relay(one);
  EXPECT_EQ(try_open().error().code, Errc::not_found);
  received_.position = {"bin.000007", one.position()};
  EXPECT_EQ(first(), "bin.000007:800");
}

TEST_F(RelaySourceTest, positions_go_beyond_32_bits) {
  uint64_t far = 5'000'000'000;
  LogBuilder log = mysql();
  log.fake_rotate("bin.000007", far).format_without_position().group("", 3);
  relay(log);
  EXPECT_EQ(end(), "bin.000007:" + std::to_string(log.position()));
  EXPECT_GT(log.position(), far);
  EXPECT_EQ(served({"bin.000007", far}), "bin.000007:5000000000 ANONYMOUS_GTID QUERY QUERY XID");
}

TEST_F(RelaySourceTest, damage_in_an_older_relay_log_makes_a_hole) {
  LogBuilder one = mysql(), two = mysql();
  one.fake_rotate("bin.000007", 4).format().group("", 1).group("", 2);
  two.at(one.position()).format_without_position().group("", 3);
  std::string broken = one.bytes();
  broken[broken.size() - 10] ^= 1;
  dir_.write("relay.000001", broken);
  dir_.write("relay.000002", two);
  EXPECT_EQ(first(), "bin.000007:" + std::to_string(one.position()));
}

TEST_F(RelaySourceTest, damage_at_the_end_cuts_and_is_told) {
  LogBuilder one = mysql();
  one.fake_rotate("bin.000007", 4).format().group("", 1);
  uint64_t whole = one.position();
  one.group("", 2);
  std::string broken = one.bytes();
  broken[broken.size() - 10] ^= 1;
  dir_.write("relay.000001", broken);
  EXPECT_EQ(end(), "bin.000007:" + std::to_string(whole));
  EXPECT_EQ(source().facts().tail->kind, Damage::Kind::checksum);
}

TEST_F(RelaySourceTest, relay_logs_without_a_primary_are_not_found) {
  relay(mysql().own_rotate("relay.000002"));
  EXPECT_EQ(try_open().error().code, Errc::not_found);
}

TEST_F(RelaySourceTest, a_gtid_start_is_refused_when_something_would_be_missing) {
  LogBuilder log = mysql();
  log.fake_rotate("bin.000007", 4).format().jump("bin.000007", log.position() + 900);
  uint64_t start = log.position();
  log.group(g(11), 4).group(g(12), 5);
  relay(log);
  EXPECT_EQ(source().find_start(set("1-10"))->pos, start);
  EXPECT_EQ(source().find_start(set("1-12"))->pos, start);
  Error error = source().find_start(set("1-9")).error();
  EXPECT_EQ(error.code, Errc::refused);
  EXPECT_NE(error.what.find(g(10)), std::string::npos) << error.what;
}

TEST_F(RelaySourceTest, what_the_owner_has_received_decides_when_it_is_known) {
  LogBuilder log = mysql();
  log.fake_rotate("bin.000007", 4).format().jump("bin.000007", log.position() + 900).group(g(11), 4);
  relay(log);
  received_.mysql = set("5-11");  // 1 to 4 never existed for this primary's log
  EXPECT_TRUE(source().find_start(set("5-10")));
  EXPECT_FALSE(source().find_start(set("5-9")));
}

TEST_F(RelaySourceTest, a_mariadb_replica_that_is_ahead_is_refused) {
  relay(mariadb().fake_rotate("bin.000007", 4).format().gtid_list({}).mariadb_group("0-1-1"));
  EXPECT_EQ(source().find_start(pos("0-1-5")).error().code, Errc::conflict);
  EXPECT_TRUE(source().find_start(pos("0-1-1")));
  EXPECT_TRUE(source().find_start(pos("")));
  EXPECT_EQ(source().gtid_pos_at(source().facts().served_end), pos("0-1-1"));
}

}  // namespace
}  // namespace tanist::binlog

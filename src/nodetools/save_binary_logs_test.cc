#include "nodetools/save_binary_logs.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <sstream>

#include "binlog/log_file.h"
#include "nodetools/manager_version.h"
#include "nodetools/relay_log_info.h"
#include "sys/posix_entropy.h"
#include "sys/posix_files.h"
#include "sys/posix_processes.h"
#include "sys/reactor.h"
#include "testlib/log_builder.h"

namespace tanist::nodetools {
namespace {

using binlog::Checksum;
using binlog::EventType;
using testlib::LogBuilder;
using testlib::LogDirectory;

class SaveBinaryLogs : public ::testing::Test {
 protected:
  int run(std::vector<std::string> args) {
    out_.str("");
    err_.str("");
    sys::Reactor reactor;
    sys::PosixProcesses processes(reactor);
    NodeWorld world{reactor, files_, processes, entropy_, out_, err_};
    return reactor.run(save_binary_logs(std::move(args), world));
  }
  int save(int64_t pos, std::vector<std::string> more = {}) {
    std::vector<std::string> args{"--command=save",
                                  "--start_file=bin.000001",
                                  "--start_pos=" + std::to_string(pos),
                                  "--binlog_dir=" + dir_.path(),
                                  "--output_file=" + output(),
                                  "--manager_version=0.58"};
    args.insert(args.end(), more.begin(), more.end());
    return run(args);
  }
  std::string output() { return dir_.path("out/saved.binlog"); }
  // The types of the events in the output; its damage, if any, as the last word.
  std::string events() {
    auto log = binlog::LogFile::open(output());
    if (!log || !log->begun()) return "no log";
    std::string text;
    auto reader = log->events(binlog::Verify::checksums);
    while (reader.next()) text += (text.empty() ? "" : " ") + binlog::type_name(reader.event().type());
    return reader.damage() ? text + " " + reader.damage()->what : text;
  }
  static LogBuilder log(const std::string& version = "10.11.19-MariaDB",
                        Checksum checksum = Checksum::crc32) {
    LogBuilder builder(version, checksum);
    builder.format();
    return builder;
  }

  LogDirectory dir_;
  sys::PosixFiles files_;
  sys::PosixEntropy entropy_;
  std::ostringstream out_, err_;
};

constexpr char kHead[] = "FORMAT_DESCRIPTION";
constexpr char kGroup[] = " GTID (MariaDB) QUERY XID";

TEST_F(SaveBinaryLogs, version_line_is_what_the_manager_reads) {
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_EQ(out_.str(), "save_binary_logs version 0.58.\n");
}

TEST_F(SaveBinaryLogs, saves_from_a_position_to_the_end_of_the_series) {
  LogBuilder one = log();
  one.gtid_list({}).mariadb_group("0-1-1");
  uint64_t pos = one.position();
  one.mariadb_group("0-1-2").rotate("bin.000002");
  dir_.write("bin.000001", one).write("bin.000002", log().gtid_list({"0-1-2"}).mariadb_group("0-1-3"));
  EXPECT_EQ(save(static_cast<int64_t>(pos)), kSaved) << err_.str();
  EXPECT_EQ(events(), std::string(kHead) + kGroup + " ROTATE" + kGroup);
  EXPECT_EQ(files_.facts(output())->mode & 0777, 0600u);
}

TEST_F(SaveBinaryLogs, positions_in_the_head_and_negative_ones_mean_the_first_event) {
  dir_.write("bin.000001", log().mariadb_group("0-1-1"));
  for (int64_t pos : {-5, 0, 4, 100}) {
    EXPECT_EQ(save(pos), kSaved);
    EXPECT_EQ(events(), std::string(kHead) + kGroup);
  }
}

TEST_F(SaveBinaryLogs, nothing_behind_the_position_is_code_10_with_a_head) {
  LogBuilder one = log();
  one.mariadb_group("0-1-1");
  dir_.write("bin.000001", one);
  EXPECT_EQ(save(static_cast<int64_t>(one.size())), kNothingToSave);
  EXPECT_EQ(events(), kHead);
}

TEST_F(SaveBinaryLogs, a_position_beyond_the_end_is_code_10_and_loud) {
  dir_.write("bin.000001", log().mariadb_group("0-1-1"));
  EXPECT_EQ(save(99999), kNothingToSave);
  EXPECT_NE(out_.str().find("beyond the end"), std::string::npos);
  dir_.write("bin.000002", log());
  EXPECT_EQ(save(99999), kSaveFailed) << "a closed log cannot grow any more";
}

TEST_F(SaveBinaryLogs, a_position_inside_an_event_is_an_error) {
  LogBuilder one = log();
  one.mariadb_group("0-1-1");
  dir_.write("bin.000001", one);
  EXPECT_EQ(save(static_cast<int64_t>(one.size()) - 5), kSaveFailed);
  EXPECT_NE(err_.str().find("not the boundary of an event"), std::string::npos) << err_.str();
  EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_F(SaveBinaryLogs, a_torn_event_at_the_end_is_cut_and_told) {
  std::string whole = log().mariadb_group("0-1-1").bytes();
  for (size_t cut = 1; cut <= 30; ++cut) {
    dir_.write("bin.000001", whole.substr(0, whole.size() - cut));
    EXPECT_EQ(save(4), kSaved);
    EXPECT_EQ(events(), "FORMAT_DESCRIPTION GTID (MariaDB) QUERY");
    EXPECT_NE(out_.str().find("are left out"), std::string::npos);
    EXPECT_NE(out_.str().find("last transaction is incomplete"), std::string::npos);
  }
}

TEST_F(SaveBinaryLogs, a_flipped_bit_is_an_error_and_what_is_before_it_is_kept) {
  std::string bytes = log().mariadb_group("0-1-1").mariadb_group("0-1-2").bytes();
  bytes[bytes.size() - 10] ^= 4;
  dir_.write("bin.000001", bytes);
  EXPECT_EQ(save(4), kSaveFailed);
  EXPECT_NE(err_.str().find("checksum of XID does not match"), std::string::npos) << err_.str();
  EXPECT_EQ(events(), std::string(kHead) + kGroup + " GTID (MariaDB) QUERY");
}

TEST_F(SaveBinaryLogs, later_files_that_were_never_begun_add_nothing) {
  std::string head = log().bytes();
  for (size_t size : {size_t{0}, size_t{4}, head.size() - 1}) {
    dir_.write("bin.000001", log().mariadb_group("0-1-1")).write("bin.000002", head.substr(0, size));
    EXPECT_EQ(save(4), kSaved);
    EXPECT_EQ(events(), std::string(kHead) + kGroup);
    dir_.write("bin.000003", log());
    EXPECT_EQ(save(4), kSaveFailed) << "in the middle it means that a log was lost";
    std::filesystem::remove(dir_.path("bin.000003"));
  }
}

TEST_F(SaveBinaryLogs, a_first_file_without_content) {
  dir_.write("bin.000001", "");
  EXPECT_EQ(save(4), kSaveFailed);
  dir_.write("bin.000001", log().bytes().substr(0, 4));
  EXPECT_EQ(save(4), kNothingToSave);
}

TEST_F(SaveBinaryLogs, what_an_earlier_run_left_is_not_taken_for_a_result) {
  std::filesystem::create_directory(dir_.path("out"));
  dir_.write("out/saved.binlog", "old");
  std::string bytes = log().mariadb_group("0-1-1").bytes();
  dir_.write("bin.000001", bytes);
  EXPECT_EQ(save(static_cast<int64_t>(bytes.size()) - 5), kSaveFailed);
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path("out")));
  dir_.write("bin.000001", bytes + "x").write("bin.000002", log());
  EXPECT_EQ(save(4), kSaveFailed);
  EXPECT_EQ(events(), std::string(kHead) + kGroup) << "what is before the damage";
}

TEST_F(SaveBinaryLogs, names_go_on_behind_999999) {
  LogBuilder one = log(), two = log();
  dir_.write("bin.999999", one.mariadb_group("0-1-1")).write("bin.1000000", two.mariadb_group("0-1-2"));
  EXPECT_EQ(save(4, {"--start_file=bin.999999"}), kSaved) << err_.str();
  EXPECT_EQ(events(), std::string(kHead) + kGroup + kGroup);
}

TEST_F(SaveBinaryLogs, encrypted_logs_are_an_error_in_test_and_in_save) {
  dir_.write("bin.000001",
             log().add(EventType::mariadb_start_encryption, "\1\1___nonce_nonce").raw(std::string(90, 'x')));
  EXPECT_EQ(save(4), kSaveFailed);
  EXPECT_NE(err_.str().find("encrypted"), std::string::npos);
  EXPECT_EQ(run({"--command=test", "--start_file=bin.000001", "--start_pos=4", "--binlog_dir=" + dir_.path(),
                 "--output_file=" + output()}),
            kSaveFailed);
}

TEST_F(SaveBinaryLogs, a_file_of_another_format_brings_its_description) {
  LogBuilder one = log();
  one.mariadb_group("0-1-1");
  dir_.write("bin.000001", one)
      .write("bin.000002", log("10.11.19-MariaDB", Checksum::none).mariadb_group("0-1-2"));
  EXPECT_EQ(save(4), kSaved);
  EXPECT_EQ(events(), std::string(kHead) + kGroup + " " + kHead + kGroup);
  EXPECT_NE(out_.str().find("another format"), std::string::npos);
}

TEST_F(SaveBinaryLogs, relay_logs_keep_both_heads) {
  LogBuilder relay("10.11.19-MariaDB");
  relay.own_format().fake_rotate("bin.000001", 4).format().mariadb_group("0-1-1").own_rotate("bin.000002");
  dir_.write("bin.000001", relay);
  EXPECT_EQ(save(4), kSaved);
  EXPECT_EQ(events(), "FORMAT_DESCRIPTION ROTATE FORMAT_DESCRIPTION GTID (MariaDB) QUERY XID ROTATE");
}

TEST_F(SaveBinaryLogs, a_gtid_list_stands_only_before_all_events) {
  dir_.write("bin.000001", log().gtid_list({}).mariadb_group("0-1-1"));
  dir_.write("bin.000002",
             log().gtid_list({"0-1-1"}).add(EventType::mariadb_binlog_checkpoint).mariadb_group("0-1-2"));
  EXPECT_EQ(save(4), kSaved);
  EXPECT_EQ(events(), std::string(kHead) + " GTID_LIST" + kGroup + " BINLOG_CHECKPOINT" + kGroup);
}

TEST_F(SaveBinaryLogs, the_primarys_format_comes_in_when_the_first_relay_log_has_none) {
  LogBuilder one("10.11.19-MariaDB"), two("10.11.19-MariaDB");
  dir_.write("bin.000001", one.own_format().own_rotate("bin.000002"));
  dir_.write("bin.000002", two.own_format().fake_rotate("x.000001", 4).format().mariadb_group("0-1-1"));
  EXPECT_EQ(save(4), kSaved);
  EXPECT_EQ(events(), "FORMAT_DESCRIPTION ROTATE ROTATE FORMAT_DESCRIPTION GTID (MariaDB) QUERY XID");
}

TEST_F(SaveBinaryLogs, a_full_disk_is_an_error_and_leaves_no_output) {
  dir_.write("bin.000001", log().query(std::string(100000, 'x')));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 65536;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  int code = save(4);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(code, kSaveFailed);
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path("out")));
}

TEST_F(SaveBinaryLogs, missing_numbers_and_files_are_errors) {
  dir_.write("bin.000001", log()).write("bin.000003", log());
  EXPECT_EQ(save(4), kSaveFailed);
  EXPECT_NE(err_.str().find("bin.000002 is missing"), std::string::npos);
  EXPECT_EQ(save(4, {"--start_file=bin.000009"}), kSaveFailed);
  EXPECT_EQ(save(4, {"--start_file=" + dir_.path("bin.000001")}), kSaveFailed);
}

TEST_F(SaveBinaryLogs, test_proves_that_saving_is_possible) {
  dir_.write("bin.000001", log()).write("bin.000002", log());
  std::vector<std::string> test{"--command=test", "--binlog_prefix=bin", "--start_pos=4",
                                "--binlog_dir=/nowhere," + dir_.path(), "--output_file=" + output()};
  EXPECT_EQ(run(test), kSaved) << err_.str();
  EXPECT_NE(out_.str().find(dir_.path() + ", up to bin.000002"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path("out")));
  test[1] = "--binlog_prefix=other";
  EXPECT_EQ(run(test), kSaveFailed);
}

TEST_F(SaveBinaryLogs, relay_log_info_decides_about_directory_and_name) {
  std::filesystem::create_directories(dir_.path("data/sub"));
  dir_.write("data/sub/relay.000004", log().mariadb_group("0-1-1"));
  dir_.write("data/relay-log.info", "5\n./sub/relay.000009\n120\nbin.000001\n4\n");
  EXPECT_EQ(save(4, {"--start_file=whatever.000004", "--relay_log_info=" + dir_.path("data/relay-log.info"),
                     "--binlog_dir=" + dir_.path("data")}),
            kSaved)
      << err_.str();
  EXPECT_EQ(events(), std::string(kHead) + kGroup);
}

TEST_F(SaveBinaryLogs, required_options_and_refusals) {
  dir_.write("bin.000001", log().mariadb_group("0-1-1"));
  EXPECT_EQ(run({}), kSaveFailed);
  EXPECT_EQ(run({"--command=save", "--start_file=bin.000001", "--output_file=x"}), kSaveFailed);
  EXPECT_EQ(save(4, {"--command=other"}), kSaveFailed);
  EXPECT_EQ(save(4, {"--manager_version=0.53"}), kSaveFailed);
  EXPECT_EQ(save(4, {"--manager_version=0.58.1"}), kSaved);
  EXPECT_EQ(save(4, {"--no-such-option"}), kSaveFailed);
  EXPECT_EQ(save(4, {"--handle_raw_binlog=0"}), kSaveFailed);
  EXPECT_NE(err_.str().find("--oldest_version is missing"), std::string::npos);
  EXPECT_EQ(save(4, {"-START_POS", "4", "+client_bindir=/usr/bin"}), kSaved);
}

// A mysqlbinlog that says how it was called, and what it would print of a log.
class SaveAsText : public SaveBinaryLogs {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(dir_.path("bin"));
    mysqlbinlog("exit 0");
    one_.mariadb_group("0-1-1");
    pos_ = one_.size();
    one_.mariadb_group("0-1-2");
    dir_.write("bin.000001", one_).write("bin.000002", log().mariadb_group("0-1-3"));
  }
  void mysqlbinlog(const std::string& ending) {
    dir_.write("bin/mysqlbinlog",
               "#!/bin/sh\n[ \"$1\" = --version ] && echo 'mysqlbinlog  Ver 3.5 for x' && exit\n"
               "printf '# at 4\\n#x Start: binlog v 4, created x\\nROLLBACK/*!*/;\\nBINLOG FORMAT\\n'\n"
               "echo \"$@\"\n" +
                   ending + "\n");
    std::filesystem::permissions(dir_.path("bin/mysqlbinlog"), std::filesystem::perms::owner_all);
  }
  int save_text(int64_t pos, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--handle_raw_binlog=0", "--oldest_version=10.11.19-MariaDB-log",
                             "--client_bindir=" + dir_.path("bin")});
    return save(pos, std::move(more));
  }
  std::string called(const std::string& file, uint64_t from, uint64_t to, const std::string& more = "") {
    return "--no-defaults --start-position=" + std::to_string(from) +
           " --stop-position=" + std::to_string(to) + " " + more + dir_.path(file) + "\n";
  }
  std::string title(const std::string& file, uint64_t from) {
    return "# Events of " + dir_.path(file) + " from position " + std::to_string(from) + "\n";
  }
  static constexpr char kStart[] = "# at 4\n#x Start: binlog v 4, created x\n";
  static constexpr char kKept[] = "ROLLBACK/*!*/;\nBINLOG FORMAT\n";
  static constexpr char kFiltered[] =
      "# The ROLLBACK that mysqlbinlog adds at the start of a log is left out.\nBINLOG FORMAT\n";

  LogBuilder one_ = log();
  uint64_t pos_ = 0;
};

TEST_F(SaveAsText, each_file_from_its_first_wanted_event_to_its_last_good_one) {
  uint64_t head = log().size(), end = log().mariadb_group("0-1-3").size();
  ASSERT_EQ(save_text(static_cast<int64_t>(pos_)), kSaved) << err_.str();
  EXPECT_EQ(dir_.read("out/saved.binlog"),
            title("bin.000001", pos_) + kStart + kFiltered + called("bin.000001", pos_, one_.size()) +
                title("bin.000002", head) + kStart + kFiltered + called("bin.000002", head, end));
  EXPECT_EQ(files_.facts(output())->mode & 0777, 0600u);
  ASSERT_EQ(save_text(static_cast<int64_t>(pos_), {"--skip_filter=1", "--disable_log_bin=1"}), kSaved)
      << err_.str();
  EXPECT_TRUE(dir_.read("out/saved.binlog")
                  .starts_with(title("bin.000001", pos_) + kStart + kKept +
                               called("bin.000001", pos_, one_.size(), "--disable-log-bin ")));
}

TEST_F(SaveAsText, a_first_file_that_is_consumed_does_not_hide_the_later_ones) {
  ASSERT_EQ(save_text(static_cast<int64_t>(one_.size())), kSaved) << err_.str();
  EXPECT_TRUE(dir_.read("out/saved.binlog").starts_with(title("bin.000002", log().size())));
}

TEST_F(SaveAsText, a_mysqlbinlog_that_fails_leaves_no_file) {
  for (const char* ending : {"echo damaged >&2; exit 1", "kill -9 $$"}) {
    mysqlbinlog(ending);
    EXPECT_EQ(save_text(4), kSaveFailed);
    EXPECT_NE(err_.str().find("mysqlbinlog ended with "), std::string::npos) << err_.str();
    EXPECT_TRUE(std::filesystem::is_empty(dir_.path("out")));
  }
  EXPECT_EQ(save_text(4, {"--client_bindir=/nowhere"}), kSaveFailed);
}

TEST(RelayLogInfo, both_forms_of_the_file) {
  auto place = [](std::string_view text, const std::string& datadir = "") {
    auto found = parse_relay_log_info(text, "/var/lib/mysql/relay-log.info", datadir);
    return found ? found->directory + " " + found->file : found.error().what;
  };
  EXPECT_EQ(place("./relay.000003\n4\n"), "/var/lib/mysql relay.000003");
  EXPECT_EQ(place("7\nrelay.000003\n4\n", "/data"), "/data relay.000003");
  EXPECT_EQ(place("7\n/logs/relay.000003\n4\n", "/data"), "/logs relay.000003");
  EXPECT_EQ(place(""), "/var/lib/mysql/relay-log.info names no relay log, but \"\"");
  EXPECT_EQ(place("7\n"), "/var/lib/mysql/relay-log.info names no relay log, but \"\"");
}

TEST(ManagerVersion, is_compared_as_a_decimal_number) {
  for (auto good : {"", "0.54", "0.58", "0.58.1", "1", "2.0.7"})
    EXPECT_TRUE(check_manager_version(good)) << good;
  for (auto old : {"0.53", "0.100", "x", "0.x"}) EXPECT_FALSE(check_manager_version(old)) << old;
}

}  // namespace
}  // namespace tanist::nodetools

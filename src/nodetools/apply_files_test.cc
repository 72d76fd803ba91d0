#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "nodetools/apply_diff_relay_logs.h"
#include "sys/posix_entropy.h"
#include "sys/posix_files.h"
#include "sys/posix_processes.h"
#include "sys/reactor.h"
#include "testlib/log_builder.h"

namespace tanist::nodetools {
namespace {

namespace fs = std::filesystem;
using testlib::LogBuilder;

// With a mysqlbinlog and a mysql that write down how they were called.
class ApplyFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(dir_.path("bin"));
    program("mysqlbinlog", "mysqlbinlog  Ver 3.5 for x", "echo \"SQL of $*\"");
    program("mysql", "mysql  Ver 15.1 Distrib 10.11.19-MariaDB, for x", kMysql);
    dir_.write("one", log().mariadb_group("0-1-1").mariadb_gtid("0-1-2").query("UPDATE t"));
    dir_.write("two", log().xid().mariadb_group("0-1-3"));
  }
  void program(const std::string& name, const std::string& version, const std::string& body) {
    dir_.write("bin/" + name,
               "#!/bin/sh\n[ \"$1\" = --version ] && echo '" + version + "' && exit\n" + body + "\n");
    fs::permissions(dir_.path("bin/" + name), fs::perms::owner_all);
  }
  static LogBuilder log() {
    LogBuilder builder("10.11.19-MariaDB");
    builder.format();
    return builder;
  }
  int apply(std::vector<std::string> more) {
    std::vector<std::string> args{"--command=apply",
                                  "--target_version=10.11.19-MariaDB",
                                  "--slave_user=mha",
                                  "--slave_pass=se'cret",
                                  "--slave_host=db2",
                                  "--slave_ip=10.0.0.2",
                                  "--workdir=" + dir_.path("work"),
                                  "--timestamp=2026",
                                  "--client_bindir=" + dir_.path("bin")};
    args.insert(args.end(), more.begin(), more.end());
    sys::Reactor reactor;
    sys::PosixProcesses processes(reactor);
    sys::PosixEntropy entropy;
    out_.str("");
    err_.str("");
    NodeWorld world{reactor, files_, processes, entropy, out_, err_};
    return reactor.run(apply_diff_relay_logs(std::move(args), world));
  }
  std::string both() { return "--apply_files=" + dir_.path("one") + "," + dir_.path("two"); }
  std::string work(const std::string& name) { return dir_.path("work/" + name); }
  std::string applied() {
    auto text = files_.read(dir_.path("applied"));
    return text ? *text : "";
  }

  testlib::LogDirectory dir_;
  sys::PosixFiles files_;
  std::ostringstream out_, err_;
  // Its directory is the parent of the one it lies in.
  static constexpr char kMysql[] = R"(here=$(dirname "$0")/..
case "$*" in *--skip-column-names*) exit 0;; esac
echo "$*" >"$here/called"; sed -n 's/^password=//p' "${1#*=}" >"$here/password"
cat >"$here/applied"; cat "$here/failing" >&2 2>/dev/null && exit 3
exit 0)";
};

constexpr char kJoined[] = "total_binlog_for_db2_3306.2026.binlog";
constexpr char kErrors[] = "relay_log_apply_for_db2_3306_2026_err.log";

TEST_F(ApplyFiles, files_are_joined_and_their_text_goes_to_the_client) {
  ASSERT_EQ(apply({both(), "--disable_log_bin=1"}), 0) << err_.str();
  EXPECT_EQ(applied(), "SQL of --no-defaults --start-position=4 --disable-log-bin " + work(kJoined) + "\n");
  EXPECT_NE(out_.str().find("succeeded"), std::string::npos);
  EXPECT_EQ(dir_.read("password"), "\"se'cret\"\n");
  std::string called = dir_.read("called");
  EXPECT_TRUE(called.ends_with(" --max-allowed-packet=1G --binary-mode\n")) << called;
  EXPECT_EQ(called.find("cret"), std::string::npos);
  EXPECT_EQ(files_.facts(work(kJoined))->mode & 0777, 0600u);
  EXPECT_EQ(files_.list(dir_.path("work")), (std::vector<std::string>{kErrors, kJoined}))
      << "neither login nor text is left";
}

TEST_F(ApplyFiles, one_file_is_taken_as_it_is_unless_its_end_is_cut_off) {
  dir_.write("whole", log().mariadb_group("0-1-1"));
  ASSERT_EQ(apply({"--apply_files=" + dir_.path("whole")}), 0) << err_.str();
  EXPECT_EQ(applied(), "SQL of --no-defaults --start-position=4 " + dir_.path("whole") + "\n");
  ASSERT_EQ(apply({"--apply_files=" + dir_.path("one")}), 0) << err_.str();
  EXPECT_EQ(applied(), "SQL of --no-defaults --start-position=4 " + work(kJoined) + "\n");
  EXPECT_NE(out_.str().find("has no end in these logs"), std::string::npos);
}

TEST_F(ApplyFiles, no_apply_ends_with_the_joined_file) {
  ASSERT_EQ(apply({both(), "--no_apply"}), 0) << err_.str();
  EXPECT_TRUE(fs::exists(work(kJoined)));
  EXPECT_EQ(applied(), "");
}

TEST_F(ApplyFiles, what_cannot_be_read_changes_nothing) {
  std::string bytes = dir_.read("one");
  std::string flipped = bytes;
  flipped[bytes.size() - 10] ^= 1;
  for (const std::string& damaged :
       {flipped, bytes.substr(0, bytes.size() - 3), std::string("no log at all")}) {
    dir_.write("one", damaged);
    EXPECT_EQ(apply({both()}), 1);
    EXPECT_NE(err_.str().find(dir_.path("one")), std::string::npos) << err_.str();
  }
  dir_.write("one", bytes);
  EXPECT_EQ(apply({both() + "," + dir_.path("missing")}), 1);
  program("mysqlbinlog", "mysqlbinlog  Ver 3.5 for x", "echo half; echo cannot >&2; exit 1");
  EXPECT_EQ(apply({both()}), 1);
  EXPECT_NE(err_.str().find("ended with code 1"), std::string::npos) << err_.str();
  EXPECT_EQ(applied(), "");
}

TEST_F(ApplyFiles, a_client_that_fails_is_code_22_with_its_words_and_the_text) {
  dir_.write("failing", "ERROR 1062 (23000) at line 7: Duplicate entry\n");
  EXPECT_EQ(apply({both()}), 22);
  EXPECT_NE(out_.str().find("ERROR 1062"), std::string::npos);
  EXPECT_EQ(dir_.read(std::string("work/") + kErrors), "ERROR 1062 (23000) at line 7: Duplicate entry\n");
  EXPECT_EQ(dir_.read(std::string("work/") + kErrors + ".sql"), applied());
  EXPECT_NE(err_.str().find("failed with 3:0"), std::string::npos) << err_.str();
}

TEST_F(ApplyFiles, texts_are_put_one_behind_the_other) {
  dir_.write("a.sql", "one;\n").write("b.sql", "").write("c.sql", "two;\n");
  std::string files =
      "--apply_files=" + dir_.path("a.sql") + "," + dir_.path("b.sql") + "," + dir_.path("c.sql");
  ASSERT_EQ(apply({files, "--handle_raw_binlog=0"}), 0) << err_.str();
  EXPECT_EQ(applied(), "one;\ntwo;\n");
}

TEST_F(ApplyFiles, options_that_are_missing_or_wrong) {
  EXPECT_EQ(apply({}), 1);
  EXPECT_EQ(apply({both(), "--manager_version=0.53"}), 1);
  EXPECT_EQ(apply({both(), "--command=other"}), 1);
  EXPECT_EQ(apply({both(), "--command=find"}), 1);
  EXPECT_NE(err_.str().find("--latest_mlf is missing"), std::string::npos);
  EXPECT_EQ(apply({both(), "--slave_port=0"}), 1);
  EXPECT_EQ(apply({"--version"}), 0);
  EXPECT_EQ(out_.str(), "apply_diff_relay_logs version 0.58.\n");
}

}  // namespace
}  // namespace tanist::nodetools

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "cli/commands.h"
#include "compat/test_outside.h"

namespace tanist::cli {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

// Of every script it says whether it is there.
class Shell : public hooks::Runner {
 public:
  explicit Shell(std::vector<std::string>& asked) : asked_(asked) {}
  sys::Task<hooks::Outcome> run(hooks::Call call) override {
    asked_.push_back(call.script);
    co_return hooks::Outcome{{.code = call.script.find("missing") == std::string::npos ? 0 : 1}, ""};
  }

 private:
  std::vector<std::string>& asked_;
};

class ConfigCheck : public compat::ShellCommandTest {
 protected:
  void SetUp() override {
    least_logged = sys::Level::info;
    static_cast<void>(files.replace(config::kGlobalConf, "[server default]\n"));
    outside.open_hooks = [this](sys::Log&) { return std::make_unique<Shell>(asked); };
  }
  std::optional<int> check(std::vector<std::string> args) {
    printed.clear();
    args.insert(args.begin(), "check");
    return run(config_check, std::move(args));
  }
  void write(const std::string& path, const std::string& of_servers, const std::string& defaults = "") {
    static_cast<void>(files.replace(path, "[server default]\n" + defaults + of_servers));
  }

  static constexpr const char* kTwo = "[server1]\nhostname=db1\n[server2]\nhostname=db2\ncandidate_master=1\n";
  std::vector<std::string> asked;
};

TEST_F(ConfigCheck, says_of_a_sound_file_who_may_become_the_primary) {
  write("/etc/app1.cnf", std::string(kTwo) + "[server3]\nhostname=db3\nport=3307\nno_master=1\n");
  EXPECT_EQ(check({"/etc/app1.cnf"}), 0);
  EXPECT_EQ(printed, "/etc/app1.cnf: cluster app1, 3 servers; may become the primary: db1:3306, db2:3306 (preferred)\n");
}

TEST_F(ConfigCheck, tells_all_that_is_wrong_in_all_files_at_once) {
  write("/etc/app1.cnf", "[server1]\nhostname=db1\nport=none\n[server2]\nhostnam=db2\n");
  write("/etc/app2.cnf", kTwo);
  EXPECT_EQ(check({"/etc/app1.cnf", "/etc/app2.cnf", "/etc/app3.cnf"}), 1);
  EXPECT_THAT(printed, HasSubstr("/etc/app1.cnf:4: "));
  EXPECT_THAT(printed, HasSubstr("/etc/app1.cnf:6: "));
  EXPECT_THAT(printed, HasSubstr("/etc/app3.cnf"));
  EXPECT_THAT(printed, HasSubstr("cluster app2, 2 servers"));
  EXPECT_THAT(printed, Not(HasSubstr("cluster app1")));
}

TEST_F(ConfigCheck, looks_for_each_script_once_and_names_the_line_of_one_that_is_not_there) {
  write("/etc/app1.cnf", kTwo, "shutdown_script=/missing/off --password=s3cret\nreport_script=/usr/bin/mail\n");
  EXPECT_EQ(check({"/etc/app1.cnf"}), 1);
  EXPECT_EQ(printed, "/etc/app1.cnf:2: shutdown_script does not begin with an executable program\n");
  EXPECT_EQ(asked.size(), 2u);
}

TEST_F(ConfigCheck, doubts_that_do_not_stop_it_are_warnings) {
  write("/etc/app1.cnf", std::string(kTwo) + "no_master=1\n");
  EXPECT_EQ(check({"/etc/app1.cnf"}), 0);
  EXPECT_THAT(printed, HasSubstr("/etc/app1.cnf: warning: only db1:3306 may become the primary"));
  write("/etc/app1.cnf", "no_master=1\n" + std::string(kTwo) + "no_master=1\n");
  EXPECT_EQ(check({"/etc/app1.cnf"}), 0);
  EXPECT_THAT(printed, HasSubstr("/etc/app1.cnf:2: warning: "));
}

TEST_F(ConfigCheck, takes_a_directory_and_else_the_places_of_tanist_run) {
  EXPECT_EQ(check({}), 1);
  EXPECT_THAT(printed, HasSubstr("no cluster's file in /etc/tanist/clusters.d or /etc/masterha"));
  static_cast<void>(files.make_directories("/etc/masterha"));
  static_cast<void>(files.make_directories("/etc/other"));
  write("/etc/masterha/app1.cnf", kTwo);
  write("/etc/masterha/app1.conf", "no cluster");
  write("/etc/other/app1.cnf", kTwo);
  EXPECT_EQ(check({}), 0);
  EXPECT_THAT(printed, HasSubstr("/etc/masterha/app1.cnf: cluster app1, 2 servers"));
  EXPECT_EQ(check({"/etc/masterha", "/etc/other"}), 1);
  EXPECT_THAT(printed, HasSubstr("/etc/other/app1.cnf: the cluster app1 is that of /etc/masterha/app1.cnf already"));
}

TEST_F(ConfigCheck, tells_programs_the_same) {
  write("/etc/app1.cnf", std::string(kTwo) + "no_master=1\n");
  write("/etc/app2.cnf", "[server1]\nport=1\n");
  EXPECT_EQ(check({"/etc/app1.cnf", "/etc/app2.cnf", "--json"}), 1);
  const json::value said = json::parse(printed);
  EXPECT_FALSE(said.at("sound").as_bool());
  const json::value& app1 = said.at("files").at(0);
  EXPECT_TRUE(app1.at("sound").as_bool());
  EXPECT_EQ(app1.at("cluster"), "app1");
  EXPECT_EQ(json::serialize(app1.at("servers").at(1)),
            R"({"host":"db2","port":3306,"may_become_primary":false,"preferred":false})");
  EXPECT_EQ(app1.at("warnings").as_array().size(), 1u);
  const json::value& app2 = said.at("files").at(1);
  EXPECT_TRUE(app2.at("cluster").is_null());
  EXPECT_EQ(app2.at("errors").at(0).at("file"), "/etc/app2.cnf");
  EXPECT_EQ(app2.at("errors").at(0).at("line"), 2);
}

TEST_F(ConfigCheck, asks_for_its_word) {
  EXPECT_EQ(run(config_check, {}), 2);
  EXPECT_EQ(run(config_check, {"chek", "/etc/app1.cnf"}), 2);
  EXPECT_EQ(run(config_check, {"check", "--jsn"}), 2);
  EXPECT_EQ(run(config_check, {"--help"}), 0);
}

}  // namespace
}  // namespace tanist::cli

// Each row names the fact of the contract (reference mha-manager.md 2.9) or the weakness (8.E) that it proves.
#include <gtest/gtest.h>

#include "compat/test_world.h"

namespace tanist::compat {
namespace {

constexpr const char* kConf = "/etc/app1.cnf";
constexpr const char* kBefore = "# ours\n[server default]\nuser = ha ; all of them\n\n[server1]\nhostname=db1\n";
constexpr const char* kBackup = "/etc/app1.cnf.20260101000000.bak";

struct ConfHost : testing::Test, TestWorld {
  ConfHost() {
    ::setenv("TZ", "UTC", 1);
    (void)files.replace(kConf, kBefore, 0640);
  }
  std::string conf_host(std::vector<std::string> args) {
    args.push_back("--conf=/etc/app1.cnf");
    return run(masterha_conf_host, args);
  }
  std::string conf() { return files.read(kConf).value(); }
};

struct Row {
  const char* fact;
  std::vector<std::string> args;
  std::string printed;
  std::string added;  // behind the file as it was; "=" if the file must not change
};

TEST_F(ConfHost, contract) {
  const Row rows[] = {
      {"2.9 the default block", {"--command=add", "--hostname=db4"},
       "0 Wrote server_db4 entry to /etc/app1.cnf .\n", "\n[server_db4]\nhostname=db4\n"},
      {"2.9 server is put in front", {"--command=add", "--block=4", "--hostname=db4"},
       "0 Wrote server4 entry to /etc/app1.cnf .\n", "\n[server4]\nhostname=db4\n"},
      {"2.9 params", {"--command=add", "--block=server4", "--hostname=db4", "--params=no_master=1; port=3307;"},
       "0 Wrote server4 entry to /etc/app1.cnf .\n", "\n[server4]\nhostname=db4\nno_master=1\nport=3307\n"},
      {"8.E6 a value may hold '=' and, quoted, ';'",
       {"--command=add", "--block=server4", "--hostname=db4", "--params=password=\"a=b;c\";port=3307"},
       "0 Wrote server4 entry to /etc/app1.cnf .\n", "\n[server4]\nhostname=db4\npassword=\"a=b;c\"\nport=3307\n"},
      {"8.E6 binlog servers", {"--command=add", "--block=binlog1", "--hostname=db4"},
       "0 Wrote binlog1 entry to /etc/app1.cnf .\n", "\n[binlog1]\nhostname=db4\n"},
      {"2.9 the section exists", {"--command=add", "--block=server1", "--hostname=db4"},
       "255 !/etc/app1.cnf: there is a section [server1] in line 5\n", "="},
      {"2.9 names must be known", {"--command=add", "--hostname=db4", "--params=no_mastr=1"},
       "255 !--params: unknown key 'no_mastr'; did you mean 'no_master'?\n", "="},
      {"values must be right", {"--command=add", "--hostname=db4", "--params=port=many"},
       "255 !--params: 'port' must be a port number (1 to 65535), not 'many'\n", "="},
      {"what is no setting is not shown", {"--command=add", "--hostname=db4", "--params=password=x;secret"},
       "255 !--params: a part is not KEY=VALUE\n", "="},
      {"no section by the back door", {"--command=add", "--hostname=db4\n[server9]"},
       "255 !/etc/app1.cnf: 'server_db4\n[server9]' cannot be the name of a section\n", "="},
      {"add needs a host", {"--command=add", "--block=server4"}, "255 !--hostname=HOST must be given\n", "="},
      {"2.9 a missing section is no error", {"--command=remove", "--block=server9"},
       "0 There is no server9 entry in /etc/app1.cnf ; nothing was changed.\n", "="},
      {"defaults are no server", {"--command=remove", "--block=server default"},
       "255 ![server default] is not the section of a server\n", "="},
  };
  for (const Row& row : rows) {
    (void)files.replace(kConf, kBefore);
    EXPECT_EQ(conf_host(row.args), row.printed) << row.fact;
    EXPECT_EQ(conf(), row.added == "=" ? kBefore : kBefore + row.added) << row.fact;
  }
}

TEST_F(ConfHost, removes_by_both_words_and_keeps_what_was_there_as_private_as_it_was) {
  for (const char* word : {"remove", "delete"}) {
    (void)files.replace(kConf, kBefore);
    EXPECT_EQ(conf_host({std::string("--command=") + word, "--block=server1"}),
              "0 Deleted server1 entry from /etc/app1.cnf .\n");
    EXPECT_EQ(conf(), "# ours\n[server default]\nuser = ha ; all of them\n\n");
    EXPECT_EQ(files.read(kBackup).value(), kBefore);
    EXPECT_EQ(files.facts(kBackup)->mode, 0640u);
  }
}

TEST_F(ConfHost, exit_codes_of_the_contract) {
  EXPECT_EQ(conf_host({"--command=swap"}).substr(0, 2), "1 ");
  EXPECT_EQ(run(masterha_conf_host, {"--command=add", "--hostname=db4", "--conf=/none.cnf"}).substr(0, 2), "2 ")
      << "the system's error number";
  EXPECT_EQ(run(masterha_conf_host, {"--command=add", "--hostname=db4"}), "255 !--conf=FILE must be given\n");
  EXPECT_EQ(run(masterha_conf_host, {"--version"}), "0 masterha_conf_host version 0.58.\n");
  const std::string warned = conf_host({"--command=add", "--hostname=db4", "--unknown"});
  EXPECT_NE(warned.find("!warning: "), std::string::npos) << warned;
  EXPECT_EQ(warned.substr(0, 2), "0 ") << "2.0: a warning, and it goes on";
}

}  // namespace
}  // namespace tanist::compat

#include "nodetools/client_program.h"

#include <gtest/gtest.h>

#include "nodetools/mysql_login.h"

namespace tanist::nodetools {
namespace {

TEST(ClientProgram, versions_as_the_flavours_write_them) {
  EXPECT_EQ(program_version("mysqlbinlog  Ver 3.5 for debian-linux-gnu at x86_64"), (Version{3, 5, 0}));
  EXPECT_EQ(program_version("mysqlbinlog  Ver 9.7.0 for Linux on x86_64"), (Version{9, 7, 0}));
  EXPECT_EQ(program_version("mariadb-binlog from 11.4.2-MariaDB, client 3.5 for Linux"), std::nullopt);
}

TEST(ClientProgram, only_old_clients_have_no_binary_mode) {
  EXPECT_FALSE(has_binary_mode("mysql  Ver 14.14 Distrib 5.5.62, for Linux"));
  EXPECT_FALSE(has_binary_mode("mysql  Ver 14.14 Distrib 5.6.2-m5, for Linux"));
  EXPECT_TRUE(has_binary_mode("mysql  Ver 14.14 Distrib 5.6.24, for Linux"));
  EXPECT_TRUE(has_binary_mode("mysql  Ver 15.1 Distrib 10.11.19-MariaDB, for debian-linux-gnu"));
  EXPECT_TRUE(has_binary_mode("mysql  Ver 9.7.0 for Linux on x86_64"));
  EXPECT_TRUE(has_binary_mode("mariadb from 11.4.2-MariaDB, client 15.2 for Linux"));
}

TEST(MysqlLogin, is_an_option_file_in_which_every_character_means_itself) {
  MysqlLogin login;
  login.user = "root";
  login.password = Secret("a\"b\\n #'");
  login.host = "::1";
  login.port = 3306;
  EXPECT_EQ(option_file_text(login)->reveal(),
            "[client]\nuser=\"root\"\npassword=\"a\\\"b\\\\n "
            "#'\"\nhost=\"::1\"\nport=\"3306\"\nprotocol=\"TCP\"\n");
  login.socket = "/run/s";
  login.defaults_file = "/root/my.cnf";
  auto text = option_file_text(login)->reveal();
  EXPECT_TRUE(text.starts_with("!include /root/my.cnf\n[client]\n")) << text;
  EXPECT_TRUE(text.ends_with("socket=\"/run/s\"\nprotocol=\"SOCKET\"\n")) << text;
  login.password = Secret("two\nlines");
  EXPECT_FALSE(option_file_text(login));
}

TEST(MysqlLogin, escapes_for_shells_are_taken_off) {
  EXPECT_EQ(without_shell_escapes("plain"), "plain");
  EXPECT_EQ(without_shell_escapes("a\\&b\\ c\\$d\\'"), "a&b c$d'");
  EXPECT_EQ(without_shell_escapes("a\\b\\"), "a\\b\\") << "not before others";
  EXPECT_EQ(without_shell_escapes("\\\\a\\&b"), "\\\\a\\&b") << "two backslashes at the start: as it is";
  EXPECT_EQ(without_shell_escapes("0"), "0");
}

}  // namespace
}  // namespace tanist::nodetools

#include "config/keys.h"

#include <gtest/gtest.h>

#include <set>

namespace tanist::config {
namespace {

TEST(Keys, are_mhas_42_and_ours_and_none_twice) {
  EXPECT_EQ(mha_keys().size(), 42u);
  std::set<std::string_view> names;
  for (const KeyRow* row : all_keys()) {
    EXPECT_TRUE(names.insert(row->name).second) << row->name;
    EXPECT_EQ(find_key(row->name), row);
    EXPECT_FALSE(row->help.empty()) << row->name;
    EXPECT_FALSE(kind_text(*row).empty()) << row->name;
  }
  EXPECT_EQ(find_key("Port"), nullptr);
  EXPECT_EQ(find_key(""), nullptr);
}

TEST(Keys, every_default_is_a_valid_value) {
  for (const KeyRow* row : all_keys()) {
    ServerConfig server;
    EXPECT_FALSE(assign(server, *row, std::string(row->fallback))) << row->name;
  }
}

TEST(Keys, quotes_come_off_once) {
  const struct {
    std::string_view key, written, stored;
  } kCases[] = {
      {"password", "plain", "plain"},
      {"password", "'a'", "a"},
      {"password", "\"a\"", "a"},
      {"password", "'a\"", "a"},
      {"password", "a'", "a"},
      {"password", "'a", "'a"},
      {"password", "''a''", "'a'"},
      {"password", "\"", ""},
      {"password", "\"\"", ""},
      {"password", "", ""},
      {"password", "it's", "it's"},
      {"password", "a b", "a b"},
      {"report_script", "\"\"", ""},
      {"ssh_options", "\"-o A='b c' -i \"/k\"\"", "-o A=b c -i /k"},
      {"master_binlog_dir", " /a, /b\t,/c ", "/a,/b,/c"},
      {"master_binlog_dir", "\"/a, /b\"", "/a,/b"},
  };
  for (const auto& c : kCases) EXPECT_EQ(stored_value(*find_key(c.key), c.written), c.stored) << c.written;
}

// What the field holds afterwards, or the problem: "!" is fatal, "~" is not.
std::string assigned(std::string_view key, const std::string& value) {
  ServerConfig server;
  std::optional<ValueProblem> problem = assign(server, *find_key(key), value);
  if (problem && problem->fatal) return "! " + problem->what;
  std::string note = problem ? " ~ " + problem->what : "";
  if (key == "port") return std::to_string(server.port) + note;
  if (key == "ping_interval") return std::to_string(server.ping_interval.count()) + note;
  if (key == "no_master") return std::to_string(server.no_master) + note;
  if (key == "ping_type") return std::to_string(static_cast<int>(server.ping_type)) + note;
  if (key == "log_level") return std::to_string(static_cast<int>(server.log_level)) + note;
  if (key == "hook_passwords") return std::to_string(static_cast<int>(server.hook_passwords)) + note;
  if (key == "on_unproven_fence") return std::to_string(static_cast<int>(server.on_unproven_fence)) + note;
  if (key == "password") return server.password.reveal() + note;
  if (key == "notify_on") return std::to_string(server.notify_on.recovery) + std::to_string(server.notify_on.state) + note;
  if (key == "write_test") return std::to_string(server.write_test.count()) + note;
  if (key == "failover_on") {
    std::string words;
    for (GiveUp one : server.failover_on) words += std::to_string(static_cast<int>(one));
    return words + note;
  }
  std::string text;
  for (const std::string& dir : server.master_binlog_dir) text += "<" + dir + ">";
  return text + note;
}

TEST(Keys, values_are_typed_and_checked) {
  const struct {
    std::string_view key, value, result;
  } kCases[] = {
      {"notify_on", "state", "01"},
      {"notify_on", "Recovery, state", "11"},
      {"notify_on", "recovery,,state", "! must be some of recovery, alarm, finding, state, by comma, not 'recovery,,state'"},
      {"port", "3306", "3306"},
      {"port", "65535", "65535"},
      {"port", "65536", "! must be a port number (1 to 65535), not '65536'"},
      {"port", "0", "! must be a port number (1 to 65535), not '0'"},
      {"port", "-1", "! must be a port number (1 to 65535), not '-1'"},
      {"port", "33 06", "! must be a port number (1 to 65535), not '33 06'"},
      {"ping_interval", "1", "1"},
      {"ping_interval", "0", "! must be a positive whole number of seconds, not '0'"},
      {"ping_interval", "1.5", "! must be a positive whole number of seconds, not '1.5'"},
      {"ping_interval", "99999999999999999999",
       "! must be a positive whole number of seconds, not "
       "'99999999999999999999'"},
      {"ping_interval", "", "! must not be empty"},
      {"no_master", "0", "0"},
      {"no_master", "1", "1"},
      {"no_master", "", "0"},
      {"no_master", "yes", "1 ~ should be 0 or 1; 'yes' is taken for 1"},
      {"no_master", "2", "1 ~ should be 0 or 1; '2' is taken for 1"},
      {"no_master", "1 # never", "1 ~ should be 0 or 1; '1 # never' is taken for 1"},
      {"no_master", "no", "! must be 0 or 1, not 'no' (which MHA takes for 1)"},
      {"no_master", "0 # never", "0 ~ should be 0 or 1; '0 # never' is taken for 0"},
      {"no_master", "00", "! must be 0 or 1, not '00' (which MHA takes for 1)"},
      {"ping_type", "select", "0"},
      {"ping_type", "Insert", "2"},
      {"ping_type", "", "! must not be empty"},
      {"ping_type", "PING", "! must be SELECT, CONNECT or INSERT, not 'PING'"},
      {"log_level", "debug", "0"},
      {"log_level", "critical", "4"},
      {"log_level", "loud",
       "! must be debug, info, notice, warning, warn, error, err, critical, crit, alert, emergency or emerg, "
       "not "
       "'loud'"},
      {"on_unproven_fence", "refuse", "1"},
      {"hook_passwords", "ENV", "1"},
      {"hook_passwords", "stdin", "! must be argv, env or none, not 'stdin'"},
      {"on_unproven_fence", "maybe", "! must be promote or refuse, not 'maybe'"},
      {"write_test", "5", "5"},
      {"write_test", "0", "0"},
      {"write_test", "", "0"},
      {"write_test", "-1", "! must be a positive whole number of seconds, not '-1'"},
      {"failover_on", "", ""},
      {"failover_on", "hung_commits, SLOW", "03"},
      {"failover_on", "read_only_disk,full_disk,", "12"},
      {"failover_on", "saturated", "! must be hung_commits, read_only_disk, full_disk or slow, not 'saturated'"},
      {"password", "p'w\"d ;#=$\\", "p'w\"d ;#=$\\"},
      {"master_binlog_dir", "/a,/b", "</a></b>"},
      {"master_binlog_dir", "/a,,", "</a>"},
  };
  for (const auto& c : kCases)
    EXPECT_EQ(assigned(c.key, std::string(c.value)), c.result) << c.key << "=" << c.value;
}

}  // namespace
}  // namespace tanist::config

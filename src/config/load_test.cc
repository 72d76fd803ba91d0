#include "config/load.h"

#include <gtest/gtest.h>

#include <map>

#include "base/text.h"

namespace tanist::config {
namespace {

using sys::Task;

// Files, names and scripts as values.
struct FakeWorld {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> names;  // "*": every other name is 10.0.0.x by its last digit
  ScriptOutput script;
  std::string script_run;
  std::vector<std::string> resolved;

  ConfigWorld world() {
    return {.read = [this](const std::string& path) -> Result<std::string> {
              auto found = files.find(path);
              if (found == files.end()) return fail(Errc::not_found, "No such file or directory", 2);
              if (found->second == "locked") return fail(Errc::io, "Permission denied", 13);
              return found->second;
            },
            .resolve = [this](std::string host) -> Task<Result<std::string>> {
              resolved.push_back(host);
              if (host.starts_with("db")) co_return "10.0.0." + host.substr(2);
              if (host.starts_with("gone")) co_return fail(Errc::not_found, "Name or service not known");
              co_return host;
            },
            .run_script = [this](std::string command) -> Task<Result<ScriptOutput>> {
              script_run = command;
              if (command == "/broken") co_return fail(Errc::io, "cannot start /bin/sh");
              co_return script;
            },
            .login_name = "operator"};
  }
};

Loaded load(FakeWorld& fake) {
  std::optional<Loaded> loaded;
  ConfigWorld world = fake.world();
  LoadRequest request{.conf = "/etc/app1.cnf", .global_conf = "/etc/global.cnf"};
  auto run = [&]() -> Task<void> { loaded.emplace(co_await load_cluster(world, request)); };
  sys::start_detached(run());
  return std::move(*loaded);
}

Loaded load_text(const std::string& text) {
  FakeWorld fake;
  fake.files = {{"/etc/global.cnf", ""}, {"/etc/app1.cnf", text}};
  return load(fake);
}

std::string lines(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text() + "\n";
  return text;
}

// Errors of an application file, without its path.
std::string errors_of(const std::string& text) {
  Loaded loaded = load_text(text);
  if (loaded) return "none";
  std::string errors = lines(loaded.error().errors);
  for (size_t at; (at = errors.find("/etc/app1.cnf:")) != std::string::npos;) errors.erase(at, 14);
  return errors;
}

std::string warnings_of(const std::string& text) {
  Loaded loaded = load_text(text);
  std::string warnings = loaded ? lines(loaded->warnings) : "errors:\n" + loaded.error().text();
  for (size_t at; (at = warnings.find("/etc/app1.cnf:")) != std::string::npos;) warnings.erase(at, 14);
  return warnings;
}

TEST(Load, tells_warnings_beside_the_errors_that_stop_it) {
  Loaded loaded = load_text("[server1]\nhostname=db1\nport=3306\nport=3307\npoort=1\n");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().text(),
            "/etc/app1.cnf:5: unknown key 'poort'; did you mean 'port'?\n"
            "/etc/app1.cnf:4: warning: 'port' was set in line 3 of the same section; this later one counts");
}

TEST(Load, fills_in_the_defaults) {
  Loaded loaded = load_text("[server1]\nhostname=db1\n");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->name, "app1");
  EXPECT_EQ(loaded->path, "/etc/app1.cnf");
  EXPECT_EQ(lines(loaded->warnings), "");
  ASSERT_EQ(loaded->servers.size(), 1u);
  const ServerConfig& server = loaded->first();
  EXPECT_EQ(server.id, ServerId("server1"));
  EXPECT_EQ(server.host_info(), "db1(10.0.0.1:3306)");
  EXPECT_EQ(server.ssh_host, "db1");
  EXPECT_EQ(server.ssh_ip, "10.0.0.1");
  EXPECT_EQ(server.ssh_port, 22);
  EXPECT_EQ(server.ssh_user, "operator");
  EXPECT_EQ(server.ssh_connection_timeout, std::chrono::seconds(5));
  EXPECT_EQ(server.user, "root");
  EXPECT_TRUE(server.password.empty());
  EXPECT_EQ(server.ping_interval, std::chrono::seconds(3));
  EXPECT_EQ(server.ping_type, PingType::select);
  EXPECT_TRUE(server.check_repl_delay && server.check_repl_filter && server.latest_priority);
  EXPECT_TRUE(server.use_gtid_auto_pos && server.handle_raw_binlog);
  EXPECT_FALSE(server.candidate_master || server.no_master || server.ignore_fail || server.multi_tier_slave);
  EXPECT_EQ(server.master_binlog_dir, (std::vector<std::string>{"/var/lib/mysql", "/var/log/mysql"}));
  EXPECT_EQ(server.remote_workdir, "/var/tmp");
  EXPECT_EQ(loaded->manager_workdir(), "/var/tmp");
  EXPECT_EQ(loaded->manager_log(), "");
  EXPECT_EQ(server.detection, Detection::evidence);
  EXPECT_EQ(server.on_unproven_fence, UnprovenFence::promote);
  EXPECT_TRUE(server.fence_over_ssh && server.standin);
}

TEST(Load, the_nearest_level_wins) {
  FakeWorld fake;
  fake.files["/etc/global.cnf"] =
      "[server default]\nuser=g\nrepl_user=g\nremote_workdir=/g\nclient_bindir=/g\nshutdown_script=/g\n"
      "[server9]\nnonsense=1\n[whatever]\n";
  fake.files["/etc/app1.cnf"] =
      "[server default]\nrepl_user=a\nremote_workdir=/a\nclient_bindir=/a\ninit_conf_load_script=\"/load "
      "me\"\n"
      "[server1]\nhostname=db1\nclient_bindir=/s\nshutdown_script=\n[server2]\nhostname=db2\n";
  fake.script.output = "remote_workdir=/i\nclient_bindir=/i\n\npassword='a=b=c'\r\n";
  Loaded loaded = load(fake);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(fake.script_run, "/load me");
  const ServerConfig& server = loaded->servers[0];
  EXPECT_EQ(server.user, "g");
  EXPECT_EQ(server.repl_user, "a");
  EXPECT_EQ(server.remote_workdir, "/i");
  EXPECT_EQ(server.client_bindir, "/s");
  EXPECT_EQ(server.shutdown_script, "");  // set to nothing is set
  EXPECT_EQ(server.password, Secret("a=b=c"));
  EXPECT_EQ(loaded->servers[1].shutdown_script, "/g");
  EXPECT_EQ(server.origins.at("user").text(), "/etc/global.cnf:2");
  EXPECT_EQ(server.origins.at("client_bindir").text(), "/etc/app1.cnf:8");
  EXPECT_EQ(server.origins.at("password").text(), "output of init_conf_load_script:4");
  EXPECT_FALSE(server.origins.contains("ping_type"));
}

TEST(Load, inherited_values_lose_their_quotes_once) {
  FakeWorld fake;
  fake.files["/etc/global.cnf"] = "[server default]\npassword=\"'it\"'\"\n";
  fake.files["/etc/app1.cnf"] = "[server1]\nhostname=db1\n";
  Loaded loaded = load(fake);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->first().password, Secret("'it\"'"));
  EXPECT_EQ(
      lines(loaded->warnings),
      "/etc/global.cnf:2: 'password' still ends with a quote; one pair is removed, MHA removed one at every "
      "level\n");
}

TEST(Load, orders_servers_as_mha_does) {
  auto order = [](const std::string& text) {
    Loaded loaded = load_text(text);
    std::string ids;
    for (const ServerConfig& server : loaded->servers) ids += server.id.text + " ";
    for (const ServerConfig& server : loaded->binlog_servers) ids += server.id.text + " ";
    return ids;
  };
  EXPECT_EQ(order("[server10]\nhostname=db10\n[server2]\nhostname=db2\n[binlog2]\nhostname=db1\n"
                  "[binlog10]\nhostname=db1\n"),
            "server2 server10 binlog10 binlog2 ");
  EXPECT_EQ(order("[server10]\nhostname=db10\n[server2]\nhostname=db2\n[server_x]\nhostname=db3\n"),
            "server10 server2 server_x ");
}

TEST(Load, names_are_resolved_once_and_only_where_needed) {
  FakeWorld fake;
  fake.files["/etc/app1.cnf"] =
      "[server1]\nhostname=db1\n[server2]\nhostname=db2\nip=192.168.0.2\n[server3]\nhostname=db3\nssh_host="
      "db4\n"
      "[server5]\nhostname=db5\nssh_host=db6\nssh_ip=10.1.1.1\n[binlog1]\nhostname=db1\nport=1\n";
  Loaded loaded = load(fake);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(fake.resolved.size(), 4u);  // db1, db3, db4, db5
  EXPECT_EQ(loaded->servers[1].ip, "192.168.0.2");
  EXPECT_EQ(loaded->servers[1].ssh_ip, "192.168.0.2");
  EXPECT_EQ(loaded->servers[2].ip, "10.0.0.3");
  EXPECT_EQ(loaded->servers[2].ssh_ip, "10.0.0.4");
  EXPECT_EQ(loaded->servers[3].ssh_ip, "10.1.1.1");
  EXPECT_EQ(loaded->binlog_servers[0].ip, "10.0.0.1");
  EXPECT_EQ(lines(loaded->warnings),
            "/etc/global.cnf: global configuration file not found; going on without it\n"
            "/etc/app1.cnf:12: 'ssh_ip' is used; MHA ignores it and resolves ssh_host\n");
}

TEST(Load, a_binlog_section_needs_no_hostname) {
  Loaded loaded = load_text("[server1]\nhostname=db1\n[binlog1]\nport=1\n");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->binlog_servers[0].hostname, "");
}

// Addresses are compared as texts: with those that servers and sockets say.
TEST(Load, an_address_has_one_spelling) {
  Loaded loaded = load_text(
      "[server1]\nhostname=db1\nip=2001:DB8:0:0::0001\n[server2]\nhostname=FE80::A\n"
      "[server3]\nhostname=db3\nssh_ip=0:0:0:0:0:0:0:1\n");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->servers[0].ip, "2001:db8::1");
  EXPECT_EQ(loaded->servers[0].ssh_ip, "2001:db8::1");
  EXPECT_EQ(loaded->servers[1].ip, "fe80::a");
  EXPECT_EQ(loaded->servers[2].ssh_ip, "::1");
}

TEST(Load, reports_every_error_at_once) {
  FakeWorld fake;
  fake.files["/etc/global.cnf"] = "[server default]\nusr=x\nbroken line\n";
  fake.files["/etc/app1.cnf"] =
      "user=early\n"
      "[server default]\n"
      "ping_intervall=3\n"
      "ping_type=PING\n"
      "Port=3306\n"
      "init_conf_load_script=/load\n"
      "[server1]\n"
      "hostname=db1\n"
      "port=ten\n"
      "[server2]\n"
      "port=3306\n"
      "[server3]\n"
      "hostname=gone3\n"
      "[server4]\n"
      "hostname=db4\n"
      "ssh_host=gone4\n"
      "[server5]\n"
      "hostname=db4\n"
      "[SERVER6]\n"
      "hostname=db6\n"
      "[binlog1]\n"
      "candidate_mastr=1\n";
  fake.script.output = "passwrd=geheim\nno value here\n";
  Loaded loaded = load(fake);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(
      lines(loaded.error().errors),
      "/etc/global.cnf:2: unknown key 'usr'; did you mean 'user'?\n"
      "/etc/global.cnf:3: syntax error: neither a [section], nor key=value, nor a comment\n"
      "/etc/app1.cnf:1: 'user' stands before the first section\n"
      "/etc/app1.cnf:3: unknown key 'ping_intervall'; did you mean 'ping_interval'?\n"
      "/etc/app1.cnf:4: 'ping_type' must be SELECT, CONNECT or INSERT, not 'PING'\n"
      "/etc/app1.cnf:5: unknown key 'Port'; did you mean 'port'?\n"
      "/etc/app1.cnf:9: 'port' must be a port number (1 to 65535), not 'ten'\n"
      "/etc/app1.cnf:10: [server2] has no hostname\n"
      "/etc/app1.cnf:13: cannot resolve hostname 'gone3': Name or service not known\n"
      "/etc/app1.cnf:16: cannot resolve ssh_host 'gone4': Name or service not known\n"
      "/etc/app1.cnf:17: [server5] is the same server as [server4] (/etc/app1.cnf:14): db4(10.0.0.4:3306)\n"
      "/etc/app1.cnf:19: invalid section name [SERVER6]: must be [server default], or begin with 'server' or "
      "'binlog' and have more\n"
      "/etc/app1.cnf:22: unknown key 'candidate_mastr'; did you mean 'candidate_master'?\n"
      "output of init_conf_load_script:1: unknown key 'passwrd'; did you mean 'password'?\n"
      "output of init_conf_load_script:2: not name=value\n");
  EXPECT_EQ(loaded.error().as_error().code, Errc::invalid);
  EXPECT_EQ(loaded.error().text().find("geheim"), std::string::npos);
}

TEST(Load, each_error_of_an_application_file) {
  const struct {
    std::string_view text, errors;
  } kCases[] = {
      {"", " no [serverN] section\n"},
      {"[server default]\nuser=root\n", " no [serverN] section\n"},
      {"[server1]\n", "1: [server1] has no hostname\n"},
      {"[server1]\nhostname=\n", "1: [server1] has no hostname\n"},
      {"[server default]\nhostname=db1\n[server1]\n", "3: [server1] has no hostname\n"},
      {"[server1]\nhostname=db1\nping_interval=\n", "3: 'ping_interval' must not be empty\n"},
      {"[server1]\nhostname=db1\n[server2]\nhostname=db1\nport=3307\n", "none"},
      {"[server1]\nhostname=db1\n[server2]\nhostname=other\nip=10.0.0.1\n",
       "3: [server2] is the same server as [server1] (1): other(10.0.0.1:3306)\n"},
      {"[server1]\nhostname=db1\n[binlog1]\nhostname=db1\n", "none"},
      // A wrong value of [server default] is one error, not one for every server.
      {"[server default]\nssh_connection_timeout=0\n[server1]\nhostname=db1\n[server2]\nhostname=db2\n",
       "2: 'ssh_connection_timeout' must be a positive whole number of seconds, not '0'\n"},
  };
  for (const auto& c : kCases) EXPECT_EQ(errors_of(std::string(c.text)), c.errors) << c.text;
}

TEST(Load, warns_of_what_does_nothing_or_something_else) {
  const struct {
    std::string_view text, warnings;
  } kCases[] = {
      {"[server default]\ncandidate_master=1\n[server1]\nhostname=db1\n",
       "2: 'candidate_master' has no effect here: it counts in a server's own section only\n"},
      {"[server1]\nhostname=db1\nport=\n", "3: 'port' is empty: as if this line were not there\n"},
      {"[server1]\nhostname=db1\nno_master=1\nno_master=0\n",
       "4: 'no_master' was set in line 3 of the same section; this later one counts\n"},
      {"[server1]\nhostname=db1\n[server2]\nhostname=db2\nmanager_workdir=/x\n",
       "5: 'manager_workdir' has no effect here: the value of [server1], the first server, counts\n"},
      {"[server1]\nhostname=db1\nssh_options=\"-i /k\"\n",
       "3: 'ssh_options' of one server: used for this host; MHA uses the last one for all hosts\n"},
      {"[server1]\nhostname=db1\nignore_fail=yes\n",
       "3: 'ignore_fail' should be 0 or 1; 'yes' is taken for 1\n"},
      {"[server1]\nhostname=db1\nhandle_raw_binlog=0\ndisable_log_bin=0\nclient_bindir=/b\n",
       "3: 'handle_raw_binlog' has no effect: saved logs are binary files\n"
       "5: 'client_bindir' has no effect: a failover starts no client program on the hosts\n"},
  };
  for (const auto& c : kCases) EXPECT_EQ(warnings_of(std::string(c.text)), c.warnings) << c.text;
}

TEST(Load, an_empty_port_is_not_a_port) {
  Loaded loaded = load_text("[server default]\nport=3307\n[server1]\nhostname=db1\nport=\n");
  EXPECT_EQ(loaded->first().port, 3307);
  EXPECT_EQ(load_text("[server1]\nhostname=db1\nport=\n")->first().port, 3306);
}

TEST(Load, knows_what_holds_for_a_server_without_a_section) {
  Loaded loaded = load_text("[server default]\nuser=mha\nport=3307\ndiscover=1\n[server1]\nhostname=db1\nuser=other\n");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_TRUE(loaded->discover());
  EXPECT_EQ(loaded->defaults.user, "mha");
  EXPECT_EQ(loaded->defaults.port, 3307);
  EXPECT_EQ(loaded->defaults.ssh_user, "operator");
  EXPECT_EQ(loaded->defaults.hostname + loaded->defaults.ip + loaded->defaults.ssh_ip, "");
}

TEST(Load, ssh_options_belong_to_a_host_and_reach_those_without) {
  Loaded loaded = load_text(
      "[server default]\nssh_options=-i /default\n[server1]\nhostname=db1\nssh_options='-i /one'\n"
      "[server2]\nhostname=db2\n");
  EXPECT_EQ(loaded->servers[0].ssh_options, "-i /one");
  EXPECT_EQ(loaded->servers[1].ssh_options, "-i /default");
  EXPECT_EQ(loaded->ssh_options, "-i /one");
  loaded = load_text("[server1]\nhostname=db1\nssh_options='-i /one'\n[server2]\nhostname=db2\n");
  EXPECT_EQ(loaded->servers[1].ssh_options, "-i /one");
}

TEST(Load, files_that_cannot_be_read) {
  FakeWorld fake;
  Loaded missing = load(fake);
  EXPECT_EQ(missing.error().text(), "/etc/app1.cnf: cannot be read: No such file or directory");
  EXPECT_EQ(missing.error().number, 2);
  fake.files = {{"/etc/global.cnf", "locked"}, {"/etc/app1.cnf", "[server1]\nhostname=db1\n"}};
  EXPECT_EQ(load(fake).error().text(), "/etc/global.cnf: cannot be read: Permission denied");
}

TEST(Load, a_failing_init_script_is_noticed) {
  FakeWorld fake;
  fake.files["/etc/global.cnf"] = "[server default]\ninit_conf_load_script=/load\n";
  fake.files["/etc/app1.cnf"] = "[server1]\nhostname=db1\n";
  fake.script = {3, "password=x\n"};
  EXPECT_EQ(lines(load(fake)->warnings),
            "/etc/global.cnf:2: init_conf_load_script ended with exit code 3; what it printed is used\n");
  fake.script = {127, "\n"};
  EXPECT_EQ(load(fake).error().text(),
            "/etc/global.cnf:2: init_conf_load_script ended with exit code 127 and printed nothing");
  fake.files["/etc/app1.cnf"] = "[server default]\ninit_conf_load_script=/broken\n[server1]\nhostname=db1\n";
  EXPECT_EQ(load(fake).error().text(), "/etc/app1.cnf:2: init_conf_load_script: cannot start /bin/sh");
  fake.files["/etc/app1.cnf"] = "[server default]\ninit_conf_load_script=\"\"\n[server1]\nhostname=db1\n";
  EXPECT_TRUE(load(fake));
}

TEST(Load, passwords_of_every_printable_character_survive) {
  std::string all;
  for (char c = '!'; c <= '~'; ++c) all += c;
  Loaded loaded =
      load_text("[server1]\nhostname=db1\npassword=\"" + all + "\"\nrepl_password='" + all + "'\n");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->first().password, Secret(all));
  EXPECT_EQ(loaded->first().repl_password, Secret(all));
}

TEST(Cluster, is_named_by_its_file_and_finds_its_servers) {
  EXPECT_EQ(app_name("/etc/mha/app1.cnf"), "app1");
  EXPECT_EQ(app_name("a.b.cnf"), "a.b");
  EXPECT_EQ(app_name("/etc/app1"), "app1");
  EXPECT_EQ(app_name("/etc/.cnf"), "/etc/.cnf");
  EXPECT_EQ(app_name("/etc.d/app"), "app");
  Loaded loaded = load_text("[server1]\nhostname=db1\n[server2]\nhostname=db2\nport=3307\n");
  EXPECT_EQ(loaded->find(ServerId("server2"))->hostname, "db2");
  EXPECT_EQ(loaded->find(ServerId("server3")), nullptr);
  EXPECT_EQ(loaded->find("db2", 3307)->id, ServerId("server2"));
  EXPECT_EQ(loaded->find("db2", 3306), nullptr);
}

}  // namespace
}  // namespace tanist::config

#include "config/keys.h"

#include <algorithm>
#include <iterator>

namespace tanist::config {

namespace {

using S = ServerConfig;
constexpr Scope kInherits = Scope::inherits;
constexpr Scope kServer = Scope::server;

// clang-format off
constexpr KeyRow kMhaKeys[] = {
    // Who a server is.
    {"hostname", kServer, Empty::unset, "", &S::hostname, "name or address of the MySQL host; mandatory"},
    {"ip", kServer, Empty::unset, "", &S::ip,
     "address for MySQL connections; default: what hostname resolves to"},
    {"port", kInherits, Empty::unset, "3306", &S::port, "MySQL port"},
    {"node_label", kServer, Empty::none, "", &S::node_label,
     "shown behind the host in pictures of the topology"},
    // SSH.
    {"ssh_host", kServer, Empty::unset, "", &S::ssh_host, "name shown for SSH; default: hostname"},
    {"ssh_ip", kServer, Empty::unset, "", &S::ssh_ip, "address for SSH; default: what ssh_host resolves to"},
    {"ssh_port", kInherits, Empty::unset, "22", &S::ssh_port, "SSH port"},
    {"ssh_user", kInherits, Empty::unset, "", &S::ssh_user,
     "SSH user; default: the user who runs the command"},
    {"ssh_options", kInherits, Empty::none, "", &S::ssh_options, "further options of every ssh command"},
    {"ssh_connection_timeout", kInherits, Empty::wrong, "5", &S::ssh_connection_timeout,
     "limit of one SSH reachability check"},
    {"skip_init_ssh_check", kServer, Empty::none, "0", &S::skip_init_ssh_check,
     "1: not part of the SSH check between hosts"},
    // Accounts.
    {"user", kInherits, Empty::unset, "root", &S::user, "MySQL administrative user"},
    {"password", kInherits, Empty::none, "", &S::password, "its password"},
    {"repl_user", kInherits, Empty::none, "", &S::repl_user,
     "replication user; default: as the replica's status shows"},
    {"repl_password", kInherits, Empty::none, "", &S::repl_password, "its password"},
    // Part in a failover.
    {"candidate_master", kServer, Empty::none, "0", &S::candidate_master, "1: preferred as the new primary"},
    {"no_master", kServer, Empty::none, "0", &S::no_master, "1: never becomes the primary"},
    {"ignore_fail", kServer, Empty::none, "0", &S::ignore_fail,
     "1: failover goes on although this server is dead or broken"},
    {"skip_reset_slave", kInherits, Empty::none, "0", &S::skip_reset_slave,
     "1: the new primary keeps its old replica settings"},
    {"multi_tier_slave", kInherits, Empty::none, "0", &S::multi_tier_slave,
     "1: may replicate from something else than the primary"},
    {"check_repl_delay", kInherits, Empty::none, "1", &S::check_repl_delay,
     "0: a replica far behind may become the primary"},
    {"check_repl_filter", kInherits, Empty::none, "1", &S::check_repl_filter,
     "0: replication filters are not compared"},
    {"latest_priority", kInherits, Empty::none, "1", &S::latest_priority,
     "0: the newest replicas are not tried first"},
    {"use_gtid_auto_pos", kInherits, Empty::none, "1", &S::use_gtid_auto_pos,
     "0: GTID failover only where auto position is on"},
    // Logs and directories.
    {"disable_log_bin", kInherits, Empty::none, "0", &S::disable_log_bin,
     "1: applying differential logs writes no binary log", "replicas apply by themselves what they miss"},
    {"handle_raw_binlog", kInherits, Empty::none, "1", &S::handle_raw_binlog,
     "0: saved logs are converted to SQL text", "saved logs are binary files"},
    {"master_binlog_dir", kInherits, Empty::unset, "/var/lib/mysql,/var/log/mysql", &S::master_binlog_dir,
     "where binary logs are"},
    {"master_pid_file", kInherits, Empty::none, "", &S::master_pid_file, "passed to shutdown_script"},
    {"remote_workdir", kInherits, Empty::unset, "/var/tmp", &S::remote_workdir,
     "work directory on the MySQL hosts"},
    {"client_bindir", kInherits, Empty::none, "", &S::client_bindir,
     "where mysql and mysqlbinlog are on the host", "a failover starts no client program on the hosts"},
    {"client_libdir", kInherits, Empty::none, "", &S::client_libdir, "where their libraries are",
     "a failover starts no client program on the hosts"},
    // Watching.
    {"ping_interval", kInherits, Empty::wrong, "3", &S::ping_interval,
     "time between two pings of the primary"},
    {"ping_type", kInherits, Empty::wrong, "SELECT", &S::ping_type, "how the primary is pinged"},
    // Scripts.
    {"secondary_check_script", kInherits, Empty::none, "", &S::secondary_check_script,
     "asks other hosts whether the primary is reachable"},
    {"master_ip_failover_script", kInherits, Empty::none, "", &S::master_ip_failover_script,
     "moves the virtual address in a failover"},
    {"master_ip_online_change_script", kInherits, Empty::none, "", &S::master_ip_online_change_script,
     "moves it in an online switch"},
    {"shutdown_script", kInherits, Empty::none, "", &S::shutdown_script, "powers the dead primary off"},
    {"report_script", kInherits, Empty::none, "", &S::report_script, "sends the failover report"},
    {"init_conf_load_script", kInherits, Empty::none, "", &S::init_conf_load_script,
     "prints further name=value lines, passwords for example"},
    // The manager itself.
    {"log_level", kInherits, Empty::unset, "info", &S::log_level, "least severe lines that are logged"},
    {"manager_workdir", kInherits, Empty::unset, "/var/tmp", &S::manager_workdir,
     "state files and saved logs of the manager"},
    {"manager_log", kInherits, Empty::none, "", &S::manager_log, "log file of the manager; default: stderr"},
};

constexpr KeyRow kTanistKeys[] = {
    {"detection", kInherits, Empty::wrong, "evidence", &S::detection,
     "evidence: replicas and hosts are asked too; mha: four failed pings"},
    {"on_unproven_fence", kInherits, Empty::wrong, "promote", &S::on_unproven_fence,
     "what to do if the old primary cannot be proven to be off"},
    {"hook_timeout", kInherits, Empty::wrong, "300", &S::hook_timeout,
     "limit of one run of a script, which is then ended"},
    {"hook_passwords", kInherits, Empty::wrong, "argv", &S::hook_passwords,
     "how scripts get passwords: argv, as with MHA; env, MHA_NEW_MASTER_PASSWORD and so on; none"},
    {"fence_over_ssh", kInherits, Empty::wrong, "1", &S::fence_over_ssh,
     "1: a server that does not answer is ended over SSH"},
    {"standin", kInherits, Empty::wrong, "1", &S::standin,
     "1: replicas fetch what they miss from a stand-in source"},
    {"auto_rejoin", kInherits, Empty::wrong, "0", &S::auto_rejoin,
     "1: `tanist run` makes a replaced primary that returns, and has nothing of its own, a replica"},
    {"care_receiver", kInherits, Empty::wrong, "1", &S::care_receiver,
     "1: `tanist run` starts a receiver again that an error of the moment has stopped"},
    {"care_read_only", kInherits, Empty::wrong, "1", &S::care_read_only,
     "1: `tanist run` sets a replica read-only that takes writes"},
    {"care_source", kInherits, Empty::wrong, "0", &S::care_source,
     "1: `tanist run` points a replica of a replaced or dead primary at the new one, by GTID, where that loses nothing"},
    {"discover", kInherits, Empty::wrong, "0", &S::discover,
     "1: `tanist run` takes a replica that the primary knows and no section names into the cluster; the first server's value counts"},
    {"alarm_lag", kInherits, Empty::wrong, "300", &S::alarm_lag,
     "`tanist run` raises an alarm when a replica is further behind than this"},
    {"notify_command", kInherits, Empty::none, "", &S::notify_command,
     "`tanist run`: told what happens; gets it as JSON on its standard input, and TANIST_KIND and so on"},
    {"notify_mail", kInherits, Empty::none, "", &S::notify_mail,
     "`tanist run`: addresses, by comma, that get it by /usr/sbin/sendmail"},
    {"notify_webhook", kInherits, Empty::none, "", &S::notify_webhook,
     "`tanist run`: a URL that gets it as JSON, by POST (curl)"},
    {"notify_on", kInherits, Empty::wrong, "recovery,alarm,finding", &S::notify_on,
     "what of it; findings are about a primary that fails, states about the cluster"},
    {"write_test", kInherits, Empty::none, "", &S::write_test,
     "a row is written on the primary (infra.chk_masterha) so often; default: never"},
    {"failover_on", kInherits, Empty::none, "", &S::failover_on,
     "a primary that answers is replaced all the same for these; default: only told as alarms"},
    {"grey_patience", kInherits, Empty::wrong, "30", &S::grey_patience,
     "how long that must stand first"},
    {"heartbeat_period", kInherits, Empty::none, "", &S::heartbeat_period,
     "heartbeat that a replica is told to ask for whenever it is given another source; default: its own"},
};
// clang-format on

}  // namespace

std::span<const KeyRow> mha_keys() { return kMhaKeys; }
std::span<const KeyRow> tanist_keys() { return kTanistKeys; }

std::vector<const KeyRow*> all_keys() {
  std::vector<const KeyRow*> rows;
  for (const KeyRow& row : kMhaKeys) rows.push_back(&row);
  for (const KeyRow& row : kTanistKeys) rows.push_back(&row);
  return rows;
}

const KeyRow* find_key(std::string_view name) {
  for (std::span<const KeyRow> table : {mha_keys(), tanist_keys()}) {
    auto found =
        std::find_if(table.begin(), table.end(), [name](const KeyRow& row) { return row.name == name; });
    if (found != table.end()) return &*found;
  }
  return nullptr;
}

}  // namespace tanist::config

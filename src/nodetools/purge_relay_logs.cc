#include "nodetools/purge_relay_logs.h"

#include <algorithm>

#include "base/options.h"
#include "binlog/log_series.h"
#include "gtid/coordinates.h"
#include "nodetools/kept_logs.h"
#include "nodetools/local_host.h"
#include "nodetools/log_output.h"
#include "nodetools/purge_window.h"
#include "nodetools/relay_place.h"
#include "nodetools/replica_facts.h"
#include "sys/log.h"
#include "sys/log_file.h"
#include "sys/resolver.h"

namespace tanist::nodetools {

namespace {

using namespace std::chrono_literals;
constexpr auto kLookEvery = 100ms;
// An applier at the end of its relay log goes on to the new one at once; one that lags deletes a file now and
// then.
constexpr auto kNoProgressFor = 3s;
constexpr auto kPurgeWithin = 60s;

using enum OptionKind;
constexpr OptionRow kRows[] = {
    {"workdir", text, "/var/tmp", "DIR", "where hard links are, on the file system of the relay logs"},
    {"relay_log_info", text, "", "FILE", "relay-log.info, in place of what the server says"},
    {"user", text, "root", "USER", "account on the server"},
    {"password", text, "", "PASSWORD", "its password; better in defaults_file or MYSQL_PWD"},
    {"host", text, "127.0.0.1", "HOST", "the server, which must be on this host"},
    {"port", port, "3306", "PORT", "its port"},
    {"socket", text, "", "FILE", "its socket, in place of host and port"},
    {"defaults_file", text, "", "FILE", "option file for the mysql client"},
    {"disable_relay_log_purge", flag, "", "", "switch relay_log_purge off if it is on"},
    {"use_hardlink", integer, "1", "0|1", "0: keep the files by open descriptors only"}};
constexpr ExitRow kExits[] = {
    {"0", "purged, or relay_log_purge is on and nothing is to be done"},
    {"1", "an error"},
};
constexpr CommandTable kTable{
    .name = "purge_relay_logs",
    .usage = "--user=USER --password=PASSWORD [options]",
    .summary = "Deletes the applied relay logs of a replica that runs with relay_log_purge=0.",
    .rows = kRows,
    .unknown_options = Unknown::error,
    .plus_prefix = true,
    .exits = kExits};

class Purge {
 public:
  Purge(const Options& options, NodeWorld& world) : options_(options), world_(world) {}
  sys::Task<Status> run();

 private:
  MysqlLogin login() const;
  Status check_local_address() const;
  Status check_local_server() const;
  bool is_wanted(const WindowNote& note);
  sys::Task<Status> settle_setting(PurgeWindow& window, WindowNote& note);
  Result<binlog::LogSeries> find_logs();
  Status keep(KeptLogs& kept, const binlog::LogSeries& series);
  sys::Task<Status> purge(const MysqlClient& client, WindowNote& note, const binlog::LogSeries& series);
  sys::Task<Status> open_and_close(const MysqlClient& client, PurgeWindow& window, WindowNote& note,
                                   const binlog::LogSeries& series);
  sys::Task<void> wait_for_deletion(const binlog::LogSeries& series, std::string applier);
  size_t count_left(const binlog::LogSeries& series, const std::string& end);
  void say(const std::string& what) {
    world_.out << sys::log_record(world_.clock.wall_now(), sys::Level::info, what, sys::Log::Where::current())
               << std::flush;
  }

  const Options& options_;
  NodeWorld& world_;
  ReplicaFacts facts_;
  std::string private_directory_;
};

// What is in the defaults file counts more than a default of ours, and less than what was given.
MysqlLogin Purge::login() const {
  auto wanted = [&](std::string_view name) {
    return options_.given(name) || !options_.given("defaults_file");
  };
  MysqlLogin login;
  login.defaults_file = options_.text("defaults_file");
  if (wanted("user")) login.user = options_.text("user");
  login.password = options_.secret("password");
  login.socket = options_.text("socket");
  if (wanted("host")) login.host = options_.text("host");
  // With an address the client goes there, and a socket beside it is nothing to it: perhaps to another server
  // of this host.
  if (!login.socket.empty()) login.host = "localhost";
  if (wanted("port") && login.socket.empty()) login.port = static_cast<uint16_t>(options_.number("port"));
  return login;
}

Status Purge::check_local_address() const {
  std::string host = options_.text("host");
  // Names are judged by what the server says of itself.
  if (is_own_address(host) || !sys::is_numeric_address(host)) return {};
  return fail(Errc::refused,
              host + " is not an address of this host, and relay logs are purged only where they are");
}

Status Purge::check_local_server() const {
  std::string host = options_.text("host");
  bool known =
      is_own_address(host) || host.find("localhost") != std::string::npos || options_.given("socket");
  if (known || is_own_name(host) || is_own_name(facts_.host_name)) return {};
  return fail(Errc::refused,
              host + " runs on " + facts_.host_name + ", not on this host, " + own_host_name());
}

// Another run may be in its window now; so this is only about what needs no lock to be told.
bool Purge::is_wanted(const WindowNote& note) {
  if (!facts_.relay_log_purge || note.is_there() || options_.flag("disable_relay_log_purge")) return true;
  say("relay_log_purge is on: the server deletes its relay logs by itself. Nothing is done.");
  return false;
}

// With the lock: whatever is on now was left by a run that was killed, or is to be switched off.
sys::Task<Status> Purge::settle_setting(PurgeWindow& window, WindowNote& note) {
  if (note.is_there()) say("An earlier run was killed while relay_log_purge was on; it is switched off.");
  Status off = co_await window.switch_off();
  if (!off) co_return off;
  co_return note.remove();
}

Result<binlog::LogSeries> Purge::find_logs() {
  binlog::SeriesRequest request;
  std::string info = options_.text("relay_log_info");
  if (info.empty() && !facts_.relay_logs.empty()) {
    request.directories = {directory_of(facts_.relay_logs)};
    request.prefix = facts_.relay_logs.substr(facts_.relay_logs.rfind('/') + 1);
    return binlog::find_log_series(world_.files, request);
  }
  RelayPlace place;
  place.relay_log_info = info.empty() ? facts_.relay_log_info : info;
  auto found = relay_series(world_.files, place);
  if (!found) return fail(found.error());
  return binlog::find_log_series(world_.files, *found);
}

Status Purge::keep(KeptLogs& kept, const binlog::LogSeries& series) {
  auto left = kept.take_leftovers();
  if (!left) return fail(left.error());
  if (*left > 0) say("Links to " + std::to_string(*left) + " relay logs were left by an earlier run.");
  for (const std::string& name : series.files)
    if (Status one = kept.keep(series.path(name)); !one) return one;
  if (!kept.note().empty()) say(kept.note() + "; the files are kept by open descriptors");
  return {};
}

// Of the logs that were there, those in front of `end`; all, if there is none.
size_t Purge::count_left(const binlog::LogSeries& series, const std::string& end) {
  auto left = [&](const std::string& name) {
    bool in_front = end.empty() || gtid::compare_log_files(name, end) < 0;
    return in_front && world_.files.facts(series.path(name)).has_value();
  };
  return static_cast<size_t>(std::ranges::count_if(series.files, left));
}

// The applier deletes what is before it when it goes on to the next file; it may keep the one it comes from.
sys::Task<void> Purge::wait_for_deletion(const binlog::LogSeries& series, std::string applier) {
  TimePoint end = world_.clock.now() + kPurgeWithin, changed = world_.clock.now();
  size_t before = series.files.size();
  while (facts_.applier_runs && !world_.interrupted) {
    size_t left = count_left(series, applier);
    if (left == 0) break;
    TimePoint now = world_.clock.now();
    if (left != std::exchange(before, left)) changed = now;
    if (now > end || now > changed + kNoProgressFor) break;
    co_await sys::sleep_for(world_.clock, kLookEvery);
  }
}

sys::Task<Status> Purge::open_and_close(const MysqlClient& client, PurgeWindow& window, WindowNote& note,
                                        const binlog::LogSeries& series) {
  auto applier = co_await applier_stands_in(window.session(), facts_.version);
  if (!applier) co_return fail(applier.error());
  Status noted = note.write();
  if (!noted) co_return noted;
  std::string flush = flush_relay_logs(facts_.version);
  Status on = co_await window.switch_on(flush);
  if (on) co_await wait_for_deletion(series, *applier);
  Status off = co_await window.switch_off();
  if (!off) {
    // The session is lost; another one must do it.
    std::string sql = "SET GLOBAL relay_log_purge = 0";
    auto again = co_await client.run(sql);
    if (!again)
      co_return fail(again.error().during("relay_log_purge may have stayed on; run purge_relay_logs again"));
  }
  Status removed = note.remove();
  if (!on) co_return on;
  if (!removed) co_return removed;
  if (world_.interrupted) co_return fail(Errc::cancelled, "told to stop; relay_log_purge is off again");
  size_t gone = series.files.size() - count_left(series, "");
  say(std::to_string(gone) + " of " + std::to_string(series.files.size()) + " relay logs are deleted" +
      (facts_.applier_runs ? "." : "; the applier does not run, and only what it goes past is."));
  co_return Status{};
}

sys::Task<Status> Purge::purge(const MysqlClient& client, WindowNote& note, const binlog::LogSeries& series) {
  auto window = co_await PurgeWindow::open(client);
  if (!window) co_return fail(window.error());
  Status settled = co_await settle_setting(*window, note);
  if (!settled) co_return settled;
  KeptLogs kept(options_.number("use_hardlink") != 0 ? private_directory_ : std::string());
  Status ready = keep(kept, series);
  if (!ready) co_return ready;
  world_.signals_held = true;
  Status done = co_await open_and_close(client, *window, note, series);
  Status closed = co_await window->close();
  world_.signals_held = false;
  size_t freed = co_await kept.release(world_.clock);
  say("The space of " + std::to_string(freed) + " relay logs is free.");
  if (!done) co_return done;
  co_return closed;
}

sys::Task<Status> Purge::run() {
  say("purge_relay_logs starts.");
  Status local = check_local_address();
  if (!local) co_return local;
  std::string workdir = options_.text("workdir");
  Status made = world_.files.make_directories(workdir);
  if (!made) co_return made;
  ClientPlace place;
  MysqlLogin who = login();
  auto client = co_await MysqlClient::open(world_, place, who, workdir);
  if (!client) co_return fail(client.error());
  auto facts = co_await read_replica_facts(*client);
  if (!facts) co_return fail(facts.error());
  facts_ = std::move(*facts);
  local = check_local_server();
  if (!local) co_return local;
  private_directory_ = workdir + "/purge_relay_logs." + facts_.port;
  made = make_private_directory(private_directory_);
  if (!made) co_return made;
  WindowNote note(world_.files, private_directory_ + "/relay_log_purge_is_on", facts_.started);
  if (!is_wanted(note)) co_return Status{};
  auto series = find_logs();
  if (!series) co_return fail(series.error());
  Status done = co_await purge(*client, note, *series);
  if (done) say("purge_relay_logs has ended.");
  co_return done;
}

}  // namespace

sys::Task<int> purge_relay_logs(std::vector<std::string> args, NodeWorld& world) {
  CommandLine line = read_command_line(kTable, args);
  world.out << line.out;
  world.err << line.err;
  if (line.exit_code) co_return *line.exit_code;
  Purge purge(line.options, world);
  Status done = co_await purge.run();
  if (done) co_return 0;
  world.err << "purge_relay_logs: " << done.error().what << "\n";
  co_return 1;
}

}  // namespace tanist::nodetools

#include "nodetools/apply_diff_relay_logs.h"

#include "base/options.h"
#include "base/text.h"
#include "nodetools/apply_check.h"
#include "nodetools/apply_files.h"
#include "nodetools/diff_sender.h"
#include "nodetools/log_output.h"
#include "nodetools/manager_version.h"
#include "nodetools/relay_diff.h"
#include "nodetools/relay_place.h"
#include "sys/temporary_directory.h"

namespace tanist::nodetools {

namespace {

using enum OptionKind;
constexpr OptionRow kRows[] = {
    {"command", text, "", "test|find|generate|generate_and_send|apply", "what to do"},
    {"relay_log_info", text, "", "FILE", "relay-log.info of this host's replica"},
    {"relay_dir", text, "", "DIR", "where the relay logs are, with current_relay_log"},
    {"current_relay_log", text, "", "FILE", "any relay log, in place of relay_log_info"},
    {"datadir", text, "", "DIR", "what relative names in relay-log.info are relative to (default relay_dir)"},
    {"latest_mlf", text, "", "FILE", "log file of the primary that this replica has received up to"},
    {"latest_rmlp", integer, "", "POSITION", "position in it"},
    {"target_mlf", text, "", "FILE", "log file that the lagging replica has received up to"},
    {"target_rmlp", integer, "0", "POSITION", "position in it"},
    {"server_id", integer, "0", "ID", "server id of this host's replica"},
    {"master_server_id", integer, "", "ID", "accepted; not needed"},
    {"diff_file_readtolatest", text, "", "FILE", "what to generate, here and on the target"},
    {"scp_user", text, "root", "USER", "who logs in on the target"},
    {"scp_host", text, "", "HOST", "where the generated file is sent"},
    {"scp_port", port, "22", "PORT", "of its sshd"},
    {"ssh_options", text, "", "OPTIONS", "in place of the usual options of ssh"},
    {"slave_user", text, "root", "USER", "account on the server to apply to"},
    {"slave_pass", text, "", "PASSWORD", "its password; not shown to others on this host"},
    {"slave_host", text, "127.0.0.1", "HOST", "name of the server to apply to"},
    {"slave_ip", text, "", "ADDRESS", "its address (default: what slave_host resolves to)"},
    {"slave_port", port, "3306", "PORT", "its port"},
    {"apply_files", text, "", "FILE,FILE", "what to apply, in this order"},
    {"no_apply", flag, "", "", "stop when the files are joined"},
    {"target_version", text, "", "VERSION", "version of the server to apply to"},
    {"workdir", text, "/var/tmp", "DIR", "where files are written; it is made"},
    {"timestamp", text, "0", "TIME", "part of the names of files"},
    {"handle_raw_binlog", integer, "1", "0|1", "1: logs; 0: SQL text"},
    {"disable_log_bin", integer, "0", "0|1", "1: the server does not log what is applied"},
    {"manager_version", text, "", "VERSION", "refuse managers that are too old"},
    {"client_bindir", text, "", "DIR", "where mysql and mysqlbinlog are"},
    {"client_libdir", text, "", "DIR", "where their libraries are"},
    {"debug", flag, "", "", "accepted"}};
constexpr ExitRow kExits[] = {
    {"0", "done; find: the relay logs hold what is missing"},
    {"1", "an error; find: they do not hold it"},
    {"22", "apply: the server did not take all of it"},
};
constexpr CommandTable kTable{
    .name = "apply_diff_relay_logs",
    .usage = "--command=COMMAND [options]",
    .summary =
        "Makes, sends and applies what a lagging replica misses, from the relay logs of the latest one.",
    .rows = kRows,
    .unknown_options = Unknown::error,
    .plus_prefix = true,
    .exits = kExits};

class Command {
 public:
  Command(const Options& options, NodeWorld& world) : options_(options), world_(world) {}

  sys::Task<Status> run();

 private:
  Status need(std::initializer_list<std::string_view> names) const;
  MysqlLogin login() const;
  bool raw() const { return options_.number("handle_raw_binlog") != 0; }
  SqlTextOptions sql() const {
    return sql_text_options(options_.text("target_version"), options_.number("disable_log_bin") != 0);
  }
  Result<DiffRequest> diff_request() const;
  sys::Task<Status> test();
  Status find();
  sys::Task<Status> generate();
  sys::Task<Status> write_as_text(RelayDiff diff, gtid::LogCoordinates latest, std::string path);
  sys::Task<Status> apply();

  const Options& options_;
  NodeWorld& world_;
};

Status Command::need(std::initializer_list<std::string_view> names) const {
  for (std::string_view name : names) {
    if (!options_.given(name)) return fail(Errc::invalid, "--" + std::string(name) + " is missing");
  }
  return {};
}

MysqlLogin Command::login() const {
  MysqlLogin login;
  login.user = without_shell_escapes(options_.text("slave_user"));
  login.password = Secret(without_shell_escapes(options_.text("slave_pass")));
  login.host = options_.text(options_.given("slave_ip") ? "slave_ip" : "slave_host");
  login.port = static_cast<uint16_t>(options_.number("slave_port"));
  return login;
}

Result<DiffRequest> Command::diff_request() const {
  if (Status given = need({"latest_mlf", "latest_rmlp", "target_mlf", "target_rmlp", "server_id"}); !given)
    return fail(given.error());
  for (std::string_view name : {"latest_rmlp", "target_rmlp", "server_id"})
    if (options_.number(name) <= 0) return fail(Errc::invalid, "--" + std::string(name) + " must be above 0");
  DiffRequest request;
  auto series = relay_series(world_.files, RelayPlace::of(options_));
  if (!series) return fail(series.error());
  request.relay_logs = std::move(*series);
  request.latest = {options_.text("latest_mlf"), static_cast<uint64_t>(options_.number("latest_rmlp"))};
  request.target = {options_.text("target_mlf"), static_cast<uint64_t>(options_.number("target_rmlp"))};
  return request;
}

sys::Task<Status> Command::test() {
  if (Status given = need({"target_version"}); !given) co_return given;
  ApplyCheck check{.relay = RelayPlace::of(options_),
                   .clients = ClientPlace::of(options_),
                   .login = login(),
                   .workdir = options_.text("workdir"),
                   .scp = {}};
  if (options_.given("scp_host")) check.scp = scp_target(options_);
  co_return co_await check_applying(world_, std::move(check));
}

Status Command::find() {
  auto request = diff_request();
  if (!request) return fail(request.error());
  auto diff = find_diff(world_.files, *request);
  if (!diff) return fail(diff.error());
  world_.out << "The relay logs hold all from " << request->target.text() << " to " << request->latest.text()
             << "\n";
  return {};
}

sys::Task<Status> Command::write_as_text(RelayDiff diff, gtid::LogCoordinates latest, std::string path) {
  ClientPlace place = ClientPlace::of(options_);
  auto program = co_await find_mysqlbinlog(world_, place);
  if (!program) co_return fail(program.error());
  auto work = sys::TemporaryDirectory::make(directory_of(path), ".apply_diff_relay_logs-");
  if (!work) co_return fail(work.error());
  std::string log = work->file("log"), text = work->file("text");
  auto written = write_diff(std::move(diff), latest, log);
  if (!written) co_return fail(written.error());
  LogPiece piece{log};
  SqlTextOptions how = sql();
  Status made = co_await write_sql_text(world_, *program, how, piece, text);
  if (!made) co_return made;
  co_return world_.files.rename(text, path);
}

sys::Task<Status> Command::generate() {
  if (Status given = need({"diff_file_readtolatest"}); !given) co_return given;
  bool send = options_.text("command") == "generate_and_send";
  if (send)
    if (Status given = need({"scp_host"}); !given) co_return given;
  if (!raw())
    if (Status given = need({"target_version"}); !given) co_return given;
  auto request = diff_request();
  if (!request) co_return fail(request.error());
  std::string path = options_.text("diff_file_readtolatest");
  if (Status made = world_.files.make_directories(directory_of(path)); !made) co_return made;
  // What an earlier run left must not be taken for the result of one that fails.
  if (Status removed = world_.files.remove(path); !removed) co_return removed;
  auto diff = find_diff(world_.files, *request);
  if (!diff) co_return fail(diff.error());
  if (raw()) {
    auto written = write_diff(std::move(*diff), request->latest, path);
    if (!written) co_return fail(written.error());
    world_.out << (written->has_events ? "Wrote " : "The target has everything; wrote a log without events, ")
               << written->size << " bytes, to " << path << "\n";
  } else {
    Status written = co_await write_as_text(std::move(*diff), request->latest, path);
    if (!written) co_return written;
    world_.out << "Wrote the text to " << path << "\n";
  }
  if (!send) co_return Status{};
  remote::Host host = scp_target(options_);
  Status sent = co_await send_diff(world_, host, path);
  if (sent) world_.out << "Sent to " << host.user << "@" << host.name << ":" << path << "\n";
  co_return sent;
}

sys::Task<Status> Command::apply() {
  if (Status given = need({"target_version", "apply_files"}); !given) co_return given;
  ApplyRequest request{
      .files = split(options_.text("apply_files"), ','),
      .raw = raw(),
      .no_apply = options_.flag("no_apply"),
      .clients = ClientPlace::of(options_),
      .login = login(),
      .sql = sql(),
      .workdir = options_.text("workdir"),
      .target = options_.text("slave_host") + "_" + std::to_string(options_.number("slave_port")),
      .timestamp = options_.text("timestamp")};
  if (!request.raw) request.sql.disable_log_bin = false;  // the texts say it themselves
  Status done = co_await apply_files(world_, std::move(request));
  if (done) world_.out << "Applying log files succeeded.\n";
  co_return done;
}

sys::Task<Status> Command::run() {
  if (Status version = check_manager_version(options_.text("manager_version")); !version) co_return version;
  if (Status made = world_.files.make_directories(options_.text("workdir")); !made) co_return made;
  std::string command = options_.text("command");
  if (command == "test") co_return co_await test();
  if (command == "find") co_return find();
  if (command == "generate" || command == "generate_and_send") co_return co_await generate();
  if (command == "apply") co_return co_await apply();
  world_.out << help_text(kTable);
  co_return fail(Errc::invalid, "--command must be test, find, generate, generate_and_send or apply, not \"" +
                                    command + "\"");
}

}  // namespace

sys::Task<int> apply_diff_relay_logs(std::vector<std::string> args, NodeWorld& world) {
  CommandLine line = read_command_line(kTable, args);
  world.out << line.out;
  world.err << line.err;
  if (line.exit_code) co_return *line.exit_code;
  Command command(line.options, world);
  Status done = co_await command.run();
  if (done) co_return 0;
  world.err << "apply_diff_relay_logs: " << done.error().what << "\n";
  bool refused = done.error().code == Errc::refused && done.error().number == kClientFailed;
  co_return refused ? kApplyRefused : 1;
}

}  // namespace tanist::nodetools

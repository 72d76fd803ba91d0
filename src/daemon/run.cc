#include "daemon/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/options.h"
#include "config/load.h"
#include "daemon/api.h"
#include "daemon/fleet.h"
#include "daemon/notices.h"
#include "daemon/places.h"
#include "store/sqlite_journal.h"

namespace tanist::daemon {

namespace {

constexpr OptionRow kRows[] = {
    {"state_dir", OptionKind::text, store::kStateDir, "DIR", "where tanist.sqlite is: history and memory of all clusters"},
    {"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "defaults for all clusters"},
    {"failover_pause", OptionKind::integer, "60", "MINUTES",
     "how soon after a failover another one of the same cluster may follow unasked; `tanist ack` allows it at once"},
    {"listen", OptionKind::list, "", "ADDRESS:PORT", "answer HTTP there, too; STATE_DIR/tanist.sock always does. Repeatable"},
    {"tls_cert", OptionKind::text, "", "FILE", "certificate (PEM, chain behind it) for --listen"},
    {"tls_key", OptionKind::text, "", "FILE", "its key"},
    {"tokens", OptionKind::text, "", "FILE", "who may do what through --listen: lines of `read TOKEN` and `admin TOKEN`, mode 0600"},
    {"openapi", OptionKind::flag, "", "", "print the description of what can be asked, and end"},
};
constexpr std::string_view kExamples[] = {"tanist run", "tanist run /etc/masterha/app1.cnf --failover_pause=10"};
constexpr ExitRow kExits[] = {
    {"0", "a signal ended it"},
    {"1", "it could not begin: state directory, journal, address, another `tanist run`"},
    {"2", "wrong usage"},
};
// Connections, logs and locks while all is well are 10; scripts and looks in a failover as many again.
constexpr size_t kFilesOfACluster = 20;

struct Begun {
  std::unique_ptr<store::ClusterLock> lock;
  std::shared_ptr<store::Journal> journal;
  std::unique_ptr<store::Memory> memory;
  std::unique_ptr<sys::DirectoryWatch> watch;
};

// Everything that all clusters share. One `tanist run` for each state directory.
Result<Begun> begin(RunWorld& world, const std::string& state_dir) {
  manager::Outside& outside = world.outside;
  Begun begun;
  auto made = outside.files.make_directories(state_dir);
  if (!made) return fail(made.error().during("make the state directory"));
  auto lock = outside.lock_cluster(state_dir, "tanist-run");
  if (!lock) return fail(lock.error());
  const std::string file = state_dir + "/" + store::kJournalFile;
  auto journal = outside.open_journal(file);
  if (!journal) return fail(journal.error());
  Status room = (*journal)->keep_room();
  if (!room) return fail(room.error());
  auto memory = outside.open_memory(file);
  if (!memory) return fail(memory.error());
  auto watch = world.watch_directories();
  if (!watch) return fail(watch.error());
  return Begun{std::move(*lock), std::move(*journal), std::move(*memory), std::move(*watch)};
}

http::ServerOptions http_options(const Options& options) {
  return {.socket_path = options.text("state_dir") + "/" + kSocketFile,
          .listen = options.list("listen"),
          .tls_certificate = options.text("tls_cert"),
          .tls_key = options.text("tls_key"),
          .tokens = options.text("tokens")};
}

std::string status_line(const Fleet& fleet) {
  auto keepers = fleet.keepers();
  const auto sound = std::count_if(keepers.begin(), keepers.end(), [](const Keeper* keeper) {
    return keeper->view().state == KeeperState::watching;
  });
  return fmt::format("{} of {} clusters are writable", sound, keepers.size());
}

}  // namespace

sys::Task<int> run(std::vector<std::string> args, RunWorld& world) {
  const CommandTable table{.name = "tanist run",
                           .usage = "[FILE|DIR]... [options]",
                           .summary = "Keeps clusters writable: every FILE, and every *.cnf in DIR, is one. Without any, "
                                      "those in /etc/tanist/clusters.d and /etc/masterha. Files may come, change and go.",
                           .rows = kRows,
                           .examples = kExamples,
                           .unknown_options = Unknown::error,
                           .extra_words = Unknown::collect,
                           .exits = kExits};
  manager::Outside& outside = world.outside;
  CommandLine line = read_command_line(table, args);
  outside.out(line.out);
  outside.err(line.err);
  if (line.exit_code) co_return *line.exit_code == 0 ? 0 : 2;

  if (line.options.flag("openapi")) {
    outside.out(openapi());
    co_return 0;
  }
  auto begun = begin(world, line.options.text("state_dir"));
  if (!begun) {
    outside.err(begun.error().what + "\n");
    co_return 1;
  }
  outside.hold_signals();
  outside.journal_file = line.options.text("state_dir") + "/" + store::kJournalFile;
  outside.open_journal = [begun_file = outside.journal_file, journal = begun->journal,
                          open = outside.open_journal](const std::string& path) {
    return path == begun_file ? journal : open(path);
  };
  FleetRequest request;
  request.places = line.options.words();
  request.places_may_be_missing = request.places.empty();
  if (request.places.empty()) request.places = default_places();
  request.global_conf = line.options.text("global_conf");
  request.policy.pause_between_failovers = std::chrono::minutes(line.options.number("failover_pause"));
  Fleet fleet(outside, *begun->memory, *begun->watch, world.reload, std::move(request));
  auto log = outside.open_log("", sys::Level::info);
  notify::Post post(outside.clock, world.processes, *log);
  fleet.happenings().listen([&](const Happening& what) { notify_of(what, fleet, outside.host_name, post); });
  Api api(fleet, *begun->journal, *begun->memory, outside.clock);
  auto server = world.open_http(http_options(line.options), *log, [&api](http::Request asked) { return api.handle(std::move(asked)); });
  if (!server) {
    outside.err(server.error().what + "\n");
    co_return 1;
  }
  const size_t clusters = co_await fleet.begin();
  if (clusters * kFilesOfACluster > world.file_limit)
    log->warning(fmt::format("{} clusters may need more files at once than the {} that this process may open. Raise its limit: "
                             "LimitNOFILE= of the unit, or ulimit -Hn.", clusters, world.file_limit));
  sys::TaskGroup serving;
  serving.start((*server)->run());
  world.service.ready();
  std::string said;
  co_await fleet.run([&] {
    world.service.alive();
    std::string now = status_line(fleet);
    if (now != said) world.service.say(now);
    said = std::move(now);
  });
  (*server)->stop();
  co_await serving.wait();
  co_await post.stop();
  co_return 0;
}

}  // namespace tanist::daemon

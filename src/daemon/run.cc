#include "daemon/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/options.h"
#include "config/load.h"
#include "daemon/fleet.h"
#include "store/sqlite_journal.h"

namespace tanist::daemon {

namespace {

constexpr OptionRow kRows[] = {
    {"state_dir", OptionKind::text, "/var/lib/tanist", "DIR", "where tanist.sqlite is: history and memory of all clusters"},
    {"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "defaults for all clusters"},
    {"failover_pause", OptionKind::integer, "60", "MINUTES",
     "how soon after a failover another one of the same cluster may follow unasked; `tanist ack` allows it at once"},
};
constexpr std::string_view kExamples[] = {"tanist run", "tanist run /etc/masterha/app1.cnf --failover_pause=10"};
constexpr ExitRow kExits[] = {
    {"0", "a signal ended it"},
    {"1", "it could not begin: state directory, journal, another `tanist run`"},
    {"2", "wrong usage"},
};
const std::vector<std::string> kPlaces = {"/etc/tanist/clusters.d", "/etc/masterha"};

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
  auto memory = outside.open_memory(file);
  if (!memory) return fail(memory.error());
  auto watch = world.watch_directories();
  if (!watch) return fail(watch.error());
  return Begun{std::move(*lock), std::move(*journal), std::move(*memory), std::move(*watch)};
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

  auto begun = begin(world, line.options.text("state_dir"));
  if (!begun) {
    outside.err(begun.error().what + "\n");
    co_return 1;
  }
  outside.hold_signals();
  outside.open_journal = [journal = begun->journal](const std::string&) { return journal; };
  FleetRequest request;
  request.places = line.options.words();
  request.places_may_be_missing = request.places.empty();
  if (request.places.empty()) request.places = kPlaces;
  request.global_conf = line.options.text("global_conf");
  request.policy.pause_between_failovers = std::chrono::minutes(line.options.number("failover_pause"));
  Fleet fleet(outside, *begun->memory, *begun->watch, world.reload, std::move(request));
  co_await fleet.begin();
  world.service.ready();
  std::string said;
  co_await fleet.run([&] {
    world.service.alive();
    std::string now = status_line(fleet);
    if (now != said) world.service.say(now);
    said = std::move(now);
  });
  co_return 0;
}

}  // namespace tanist::daemon

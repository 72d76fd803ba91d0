#include "compat/locate.h"

#include <algorithm>

namespace tanist::compat {

namespace {

constexpr const char* kServiceDir = "/service";  // daemontools
constexpr std::string_view kServicePrefix = "masterha_";
constexpr const char* kConfDir = "/usr/local/masterha/conf/";

constexpr OptionRow kRows[] = {
    {"conf", OptionKind::text, "", "FILE", "application configuration file"},
    {"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "global configuration file"},
    {"app", OptionKind::text, "", "NAME", "application; its file is /usr/local/masterha/conf/NAME.cnf"},
    {"status_dir|manager_workdir|workdir", OptionKind::text, "", "DIR",
     "directory of the health file; default: configured"},
    {"manager_log|log_output", OptionKind::text, "", "FILE",
     "log file that hints point to; default: configured"},
    {"all", OptionKind::flag, "", "", "every /service/masterha_NAME"},
    {"basedir", OptionKind::text, "", "DIR", "with --all: the health file is in DIR/NAME"},
    {"baselog", OptionKind::text, "", "DIR", "with --all: the log is in DIR/NAME"},
};

struct Wanted {
  std::string conf, app, status_dir, log;
};

sys::Task<Result<Located>> locate(const Options& options, Wanted wanted, World& world) {
  if (wanted.conf.empty() && wanted.app.empty()) co_return fail(Errc::invalid, "--conf=FILE must be given");
  Located located{wanted.app, wanted.status_dir, wanted.log, {}};
  if (wanted.conf.empty() && !wanted.status_dir.empty()) co_return located;

  if (wanted.conf.empty()) wanted.conf = kConfDir + wanted.app + ".cnf";
  config::LoadRequest request{.conf = wanted.conf, .global_conf = options.text("global_conf")};
  config::Loaded cluster = co_await config::load_cluster(world.config, request);
  if (!cluster) co_return fail(cluster.error().as_error());
  if (located.app.empty()) located.app = cluster->name;
  if (located.status_dir.empty()) located.status_dir = cluster->manager_workdir();
  if (located.log.empty()) located.log = cluster->manager_log();
  for (const auto& server : cluster->servers) {
    located.ping_interval = std::max(located.ping_interval.value_or(server.ping_interval), server.ping_interval);
  }
  co_return located;
}

sys::Task<int> run_one(const Options& options, Wanted wanted, World& world, PerManager command) {
  Result<Located> located = co_await locate(options, std::move(wanted), world);
  if (!located) {
    world.err(located.error().what + "\n");
    co_return 1;
  }
  co_return co_await command(options, std::move(*located), world);
}

}  // namespace

sys::Task<int> for_each_manager(CommandTable table, std::vector<std::string> args, World& world,
                                PerManager command) {
  std::vector<OptionRow> rows(std::begin(kRows), std::end(kRows));
  rows.insert(rows.end(), table.rows.begin(), table.rows.end());
  table.rows = rows;
  const CommandLine line = read_command_line(table, args);
  if (std::optional<int> exit_code = begin(line, world)) co_return *exit_code;
  const Options& options = line.options;
  if (!options.flag("all")) {
    Wanted wanted{options.text("conf"), options.text("app"), options.text("status_dir"),
                  options.text("manager_log")};
    co_return co_await run_one(options, std::move(wanted), world, command);
  }
  Result<std::vector<std::string>> services = world.files.list(kServiceDir);
  if (!services) {
    world.err(services.error().what + "\n");
    co_return 1;
  }
  int worst = 0;
  for (const std::string& service : *services) {
    if (!service.starts_with(kServicePrefix)) continue;
    std::string name = service.substr(kServicePrefix.size());
    std::string base = options.text("basedir"), log = options.text("baselog");
    Wanted wanted{"", name, base.empty() ? options.text("status_dir") : base + "/" + name,
                  log.empty() ? options.text("manager_log") : log + "/" + name};
    if (co_await run_one(options, std::move(wanted), world, command) != 0) worst = 1;
  }
  co_return worst;
}

}  // namespace tanist::compat

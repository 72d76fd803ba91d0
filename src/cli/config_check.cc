// `tanist config check`: what `tanist run` would find in its files, all of it at once and without a server.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <limits>
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/verb.h"
#include "config/load.h"
#include "daemon/places.h"
#include "hooks/runner.h"

namespace tanist::cli {

namespace json = boost::json;
using config::Problem;
using config::Problems;
using config::ServerConfig;

namespace {

struct Checked {
  std::string file;
  std::optional<config::ClusterConfig> cluster;  // nothing: it cannot be loaded
  Problems errors, warnings;
  bool sound() const { return errors.empty(); }
};

struct Script {
  std::string_view key;
  std::string ServerConfig::* line;
};
constexpr Script kScripts[] = {
    {"secondary_check_script", &ServerConfig::secondary_check_script},
    {"master_ip_failover_script", &ServerConfig::master_ip_failover_script},
    {"master_ip_online_change_script", &ServerConfig::master_ip_online_change_script},
    {"shutdown_script", &ServerConfig::shutdown_script},
    {"report_script", &ServerConfig::report_script},
    {"notify_command", &ServerConfig::notify_command},
};

// Of what is inherited by many servers once. The line itself is not repeated: it may hold a password.
sys::Task<void> check_scripts(manager::Outside& outside, const config::ClusterConfig& cluster, Problems& errors) {
  auto log = outside.open_log("", cluster.log_level());
  auto runner = outside.open_hooks(*log);
  std::set<std::pair<std::string_view, std::string>> asked;
  for (const ServerConfig& server : cluster.servers) {
    for (const Script& script : kScripts) {
      std::string line = server.*script.line;
      if (line.empty() || !asked.emplace(script.key, line).second) continue;
      const bool there = co_await hooks::is_there(*runner, std::move(line), outside.clock.now() + server.hook_timeout);
      if (there) continue;
      auto where = server.origins.find(std::string(script.key));
      errors.push_back({where == server.origins.end() ? server.section : where->second,
                        fmt::format("{} does not begin with an executable program", script.key)});
    }
  }
}

std::string name(const ServerConfig& server) { return fmt::format("{}:{}", server.hostname, server.port); }

// What only a failover would show.
Problems doubts(const config::ClusterConfig& cluster) {
  std::vector<std::string> able;
  for (const ServerConfig& server : cluster.servers)
    if (!server.no_master) able.push_back(name(server));
  if (able.empty()) return {{{cluster.path, 0}, "no server may become the primary: all have no_master=1"}};
  if (able.size() > 1) return {};
  return {{{cluster.path, 0}, "only " + able.front() + " may become the primary: while it is, nobody can take its place"}};
}

sys::Task<Checked> check_file(manager::Outside& outside, std::string file, std::string global_conf) {
  Checked checked{file, {}, {}, {}};
  config::LoadRequest request{std::move(file), std::move(global_conf)};
  auto loaded = co_await config::load_cluster(outside.config, std::move(request));
  if (!loaded) {
    checked.errors = std::move(loaded.error().errors);
    checked.warnings = std::move(loaded.error().warnings);
    co_return checked;
  }
  checked.warnings = loaded->warnings;
  for (Problem& doubt : doubts(*loaded)) checked.warnings.push_back(std::move(doubt));
  co_await check_scripts(outside, *loaded, checked.errors);
  checked.cluster = std::move(*loaded);
  co_return checked;
}

// A cluster is named after its file; `tanist run` keeps the first of that name.
void check_names(std::vector<Checked>& all) {
  std::map<std::string, std::string> file_of;
  for (Checked& one : all) {
    if (!one.cluster) continue;
    auto [first, is_new] = file_of.emplace(one.cluster->name, one.file);
    if (is_new) continue;
    one.errors.push_back({{one.file, 0}, fmt::format("the cluster {} is that of {} already; a cluster is named after its file",
                                                     one.cluster->name, first->second)});
  }
}

std::string summary(const Checked& one) {
  std::vector<std::string> able;
  for (const ServerConfig& server : one.cluster->servers)
    if (!server.no_master) able.push_back(name(server) + (server.candidate_master ? " (preferred)" : ""));
  return fmt::format("{}: cluster {}, {} server{}; may become the primary: {}", one.file, one.cluster->name,
                     one.cluster->servers.size(), one.cluster->servers.size() == 1 ? "" : "s",
                     able.empty() ? "nobody" : join(able, ", "));
}

// What is wrong in the file of all clusters is told once.
std::string text_of(const std::vector<Checked>& all) {
  std::set<std::string> told;
  std::string text;
  auto tell = [&](const Problem& problem, const std::string& kind) {
    const std::string line = problem.where.text() + ": " + kind + problem.what + "\n";
    if (told.insert(line).second) text += line;
  };
  for (const Checked& one : all) {
    for (const Problem& problem : one.errors) tell(problem, "");
    for (const Problem& problem : one.warnings) tell(problem, "warning: ");
  }
  for (const Checked& one : all)
    if (one.sound()) text += summary(one) + "\n";
  return text;
}

json::array json_of(const Problems& problems) {
  json::array all;
  for (const Problem& problem : problems)
    all.push_back(json::object{{"file", problem.where.file}, {"line", problem.where.line}, {"what", problem.what}});
  return all;
}

json::object json_of(const Checked& one) {
  json::object out{{"file", one.file}, {"sound", one.sound()}, {"errors", json_of(one.errors)}, {"warnings", json_of(one.warnings)},
                   {"cluster", nullptr}, {"servers", json::array()}};
  if (!one.cluster) return out;
  out["cluster"] = one.cluster->name;
  for (const ServerConfig& server : one.cluster->servers) {
    out["servers"].as_array().push_back(json::object{{"host", server.hostname},
                                                     {"port", server.port},
                                                     {"may_become_primary", !server.no_master},
                                                     {"preferred", server.candidate_master && !server.no_master}});
  }
  return out;
}

// The files that are meant; where there are none, that is said. Of one that is not there whoever reads it says so.
std::vector<std::string> files_of(manager::Outside& outside, const std::vector<std::string>& named) {
  std::vector<std::string> files;
  for (const std::string& place : named.empty() ? daemon::default_places() : named) {
    auto found = daemon::files_at(outside.files, place);
    if (!found && !named.empty()) files.push_back(place);
    for (std::string& file : found.value_or(std::vector<std::string>{})) files.push_back(std::move(file));
  }
  if (files.empty())
    outside.err("there is no cluster's file in " + join(named.empty() ? daemon::default_places() : named, " or ") + "\n");
  return files;
}

sys::Task<int> check_files(const Options& options, std::vector<std::string> named, manager::Outside& outside) {
  const std::vector<std::string> files = files_of(outside, named);
  std::vector<Checked> all;
  for (const std::string& file : files) {
    std::string path = file, global_conf = options.text("global_conf");
    auto checked = co_await check_file(outside, std::move(path), std::move(global_conf));
    all.push_back(std::move(checked));
  }
  check_names(all);
  const bool sound = !all.empty() && std::all_of(all.begin(), all.end(), [](const Checked& one) { return one.sound(); });
  json::array each;
  for (const Checked& one : all) each.push_back(json_of(one));
  const json::object whole{{"sound", sound}, {"files", std::move(each)}};
  outside.out(options.flag("json") ? json::serialize(whole) + "\n" : text_of(all));
  co_return sound ? 0 : 1;
}

}  // namespace

sys::Task<int> config_check(std::vector<std::string> args, manager::Outside& outside) {
  static constexpr OptionRow kRows[] = {kGlobal, kJson};
  static constexpr std::string_view kExamples[] = {"tanist config check", "tanist config check /etc/masterha/app1.cnf --json"};
  static constexpr ExitRow kExits[] = {{"0", "every file is sound; there may be warnings"},
                                       {"1", "a file has errors, or there is none"},
                                       {"2", "wrong usage"}};
  const CommandTable table{.name = "tanist config",
                           .usage = "check [FILE|DIR]... [options]",
                           .summary = "Checks configuration files as `tanist run` reads them, and whether scripts are there. No server is "
                                      "asked. Without FILE and DIR those of /etc/tanist/clusters.d and /etc/masterha.",
                           .rows = kRows,
                           .examples = kExamples,
                           .exits = kExits};
  auto options = begin(table, args, {1, std::numeric_limits<size_t>::max(), "what is to be done? It knows one word: check"}, outside);
  if (!options) co_return options.error();
  std::vector<std::string> words = options->words();
  if (words.front() != "check") {
    outside.err("tanist config: it knows one word, check, and not '" + words.front() + "'\n" + help_text(table));
    co_return 2;
  }
  words.erase(words.begin());
  auto code = co_await check_files(*options, std::move(words), outside);
  co_return code;
}

}  // namespace tanist::cli

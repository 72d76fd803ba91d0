#include "config/load.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "config/ini.h"
#include "config/keys.h"
#include "config/sections.h"

namespace tanist::config {

namespace {

constexpr const char* kScriptFile = "output of init_conf_load_script";

// The values that one level of precedence sets: known keys with valid values only.
using Layer = std::map<std::string, Entry, std::less<>>;

struct ServerSection {
  std::string name;
  Origin where;
  Layer layer;
};

// Loads one cluster; goes on after an error wherever more can be found out.
class Loader {
 public:
  Loader(const ConfigWorld& world, LoadRequest request) : world_(world), request_(std::move(request)) {}

  sys::Task<Loaded> load() {
    read_global_file();
    if (read_application_file()) {
      co_await run_init_script();
      build_servers();
      co_await resolve_names();
      check_duplicates();
    }
    if (!found_.errors.empty()) {
      for (Problems* problems : {&found_.errors, &found_.warnings}) sort_by_place(*problems);
      co_return tl::unexpected<ConfigErrors>(std::move(found_));
    }
    sort_by_place(found_.warnings);
    cluster_.warnings = std::move(found_.warnings);
    co_return std::move(cluster_);
  }

 private:
  // Files.
  void read_global_file();
  bool read_application_file();
  void read_sections(const IniFile& ini);
  sys::Task<void> run_init_script();
  Layer read_layer(const std::vector<Entry>& entries, Scope scope);
  void read_entry(const Entry& entry, Scope scope, Layer& layer);

  // Servers.
  void build_servers();
  ServerConfig build_server(const ServerSection& section);
  const Entry* effective(const ServerSection& section, const KeyRow& row) const;
  void settle_ssh_options();
  sys::Task<void> resolve_names();
  void check_duplicates();

  void error(Origin where, std::string what) { found_.errors.push_back({std::move(where), std::move(what)}); }
  void warning(Origin where, std::string what) {
    found_.warnings.push_back({std::move(where), std::move(what)});
  }
  void take(Problems problems, Problems& into) {
    into.insert(into.end(), std::make_move_iterator(problems.begin()),
                std::make_move_iterator(problems.end()));
  }
  void sort_by_place(Problems& problems) const;

  template <class Visit>
  void for_each_server(Visit visit) {
    for (ServerConfig& server : cluster_.servers) visit(server);
    for (ServerConfig& server : cluster_.binlog_servers) visit(server);
  }

  const ConfigWorld& world_;
  LoadRequest request_;
  ConfigErrors found_;
  ClusterConfig cluster_;

  // From the weakest level to the strongest; the section of a server comes last.
  Layer global_, application_, script_;
  std::vector<ServerSection> servers_, binlog_servers_;
};

void Loader::read_global_file() {
  Result<std::string> text = world_.read(request_.global_conf);
  if (!text) {
    Origin file{request_.global_conf, 0};
    if (text.error().code == Errc::not_found) {
      warning(file, "global configuration file not found; going on without it");
    } else {
      error(file, "cannot be read: " + text.error().what);
    }
    return;
  }
  IniFile ini = parse_ini(*text, request_.global_conf);
  take(std::move(ini.errors), found_.errors);
  take(std::move(ini.warnings), found_.warnings);
  for (const Section& section : ini.sections) {
    if (section_kind(section.name) == SectionKind::defaults) {
      global_ = read_layer(section.entries, Scope::inherits);
    }
  }
}

bool Loader::read_application_file() {
  cluster_.path = request_.conf;
  cluster_.name = app_name(request_.conf);
  Result<std::string> text = world_.read(request_.conf);
  if (!text) {
    error({request_.conf, 0}, "cannot be read: " + text.error().what);
    found_.number = text.error().number;
    return false;
  }
  IniFile ini = parse_ini(*text, request_.conf);
  take(std::move(ini.errors), found_.errors);
  take(std::move(ini.warnings), found_.warnings);
  for (const Entry& entry : ini.rootless)
    error(entry.where, "'" + entry.key + "' stands before the first section");
  read_sections(ini);
  return true;
}

void Loader::read_sections(const IniFile& ini) {
  std::map<std::string, ServerSection> by_name;
  std::vector<std::string> servers, binlog_servers;
  for (const Section& section : ini.sections) {
    SectionKind kind = section_kind(section.name);
    if (kind == SectionKind::unknown) {
      error(section.where,
            "invalid section name [" + section.name +
                "]: must be [server default], or begin with 'server' or 'binlog' and have more");
    } else if (kind == SectionKind::defaults) {
      application_ = read_layer(section.entries, Scope::inherits);
    } else {
      (kind == SectionKind::server ? servers : binlog_servers).push_back(section.name);
      by_name[section.name] = {section.name, section.where, read_layer(section.entries, Scope::server)};
    }
  }
  if (servers.empty()) error({request_.conf, 0}, "no [serverN] section");
  sort_server_names(servers);
  std::sort(binlog_servers.begin(), binlog_servers.end());
  for (const std::string& name : servers) servers_.push_back(std::move(by_name[name]));
  for (const std::string& name : binlog_servers) binlog_servers_.push_back(std::move(by_name[name]));
}

// One name=value a line, as names stand in the files; the value is everything behind the first '='. MHA
// ignores the exit status; here it stops the command when nothing was printed, since what was meant to come
// is then missing.
sys::Task<void> Loader::run_init_script() {
  const Entry* command = nullptr;
  for (const Layer* layer : {&application_, &global_}) {
    auto found = layer->find("init_conf_load_script");
    if (found != layer->end() && !command) command = &found->second;
  }
  if (!command || command->value.empty()) co_return;
  Origin where = command->where;
  Result<ScriptOutput> ran = co_await world_.run_script(command->value);
  if (!ran) {
    error(where, "init_conf_load_script: " + ran.error().what);
    co_return;
  }
  if (ran->exit_code != 0) {
    std::string what = "init_conf_load_script ended with exit code " + std::to_string(ran->exit_code);
    if (trim(ran->output).empty()) {
      error(where, what + " and printed nothing");
    } else {
      warning(where, what + "; what it printed is used");
    }
  }
  std::vector<Entry> entries;
  Origin line{kScriptFile, 0};
  for (std::string_view text : split(ran->output, '\n')) {
    ++line.line;
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (trim(text).empty()) continue;
    size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      error(line, "not name=value");
      continue;
    }
    entries.push_back(
        {std::string(trim(text.substr(0, equals))), std::string(text.substr(equals + 1)), line});
  }
  script_ = read_layer(entries, Scope::inherits);
}

Layer Loader::read_layer(const std::vector<Entry>& entries, Scope scope) {
  Layer layer;
  for (const Entry& entry : entries) read_entry(entry, scope, layer);
  return layer;
}

void Loader::read_entry(const Entry& entry, Scope scope, Layer& layer) {
  auto named = [&entry](std::string_view what) { return "'" + entry.key + "' " + std::string(what); };
  const KeyRow* row = find_key(entry.key);
  if (!row) {
    std::vector<std::string_view> known;
    for (const KeyRow* candidate : all_keys()) known.push_back(candidate->name);
    std::optional<std::string_view> near = nearest(entry.key, known);
    return error(entry.where, "unknown key '" + entry.key + "'" +
                                  (near ? "; did you mean '" + std::string(*near) + "'?" : ""));
  }
  if (row->scope == Scope::server && scope != Scope::server) {
    return warning(entry.where, named("has no effect here: it counts in a server's own section only"));
  }
  Entry stored{entry.key, stored_value(*row, entry.value), entry.where};
  if (stored.value.empty() && row->empty == Empty::unset) {
    return warning(entry.where, named("is empty: as if this line were not there"));
  }
  ServerConfig scratch;
  if (std::optional<ValueProblem> problem = assign(scratch, *row, stored.value)) {
    if (problem->fatal) return error(entry.where, named(problem->what));
    warning(entry.where, named(problem->what));
  }
  if (scope != Scope::server && is_secret(*row) &&
      stored.value.find_last_of("'\"") + 1 == stored.value.size() && !stored.value.empty()) {
    warning(entry.where,
            named("still ends with a quote; one pair is removed, MHA removed one at every level"));
  }
  layer[entry.key] = std::move(stored);
}

const Entry* Loader::effective(const ServerSection& section, const KeyRow& row) const {
  for (const Layer* layer : {&section.layer, &script_, &application_, &global_}) {
    auto found = layer->find(row.name);
    if (found != layer->end()) return &found->second;
  }
  return nullptr;
}

void Loader::build_servers() {
  for (const ServerSection& section : servers_) cluster_.servers.push_back(build_server(section));
  for (const ServerSection& section : binlog_servers_)
    cluster_.binlog_servers.push_back(build_server(section));
  settle_ssh_options();

  constexpr std::string_view kOfTheManager[] = {"manager_workdir", "manager_log"};
  for (size_t i = 1; i < servers_.size(); ++i) {
    for (std::string_view key : kOfTheManager) {
      auto found = servers_[i].layer.find(key);
      if (found == servers_[i].layer.end()) continue;
      warning(found->second.where, "'" + std::string(key) + "' has no effect here: the value of [" +
                                       servers_[0].name + "], the first server, counts");
    }
  }
}

ServerConfig Loader::build_server(const ServerSection& section) {
  ServerConfig server;
  server.id = ServerId(section.name);
  server.section = section.where;
  for (const KeyRow* row : all_keys()) {
    const Entry* entry = effective(section, *row);
    std::optional<ValueProblem> problem =
        assign(server, *row, entry ? entry->value : std::string(row->fallback));
    TANIST_CHECK(!problem || !problem->fatal);  // layers hold valid values, and so does the table
    if (entry) server.origins[entry->key] = entry->where;
  }
  if (server.hostname.empty()) error(section.where, "[" + section.name + "] has no hostname");
  if (server.ssh_user.empty()) server.ssh_user = world_.login_name;
  if (server.ssh_host.empty()) server.ssh_host = server.hostname;
  if (!server.ssh_ip.empty()) {
    warning(server.origins["ssh_ip"], "'ssh_ip' is used; MHA ignores it and resolves ssh_host");
  }
  return server;
}

// In MHA the last section that sets ssh_options sets them for every host. Here a host's own (or inherited)
// options are its own, and only a host that has none gets those.
void Loader::settle_ssh_options() {
  const Entry* last = nullptr;
  for (const std::vector<ServerSection>* sections : {&binlog_servers_, &servers_}) {
    for (const ServerSection& section : *sections) {
      auto found = section.layer.find("ssh_options");
      if (found == section.layer.end()) continue;
      last = &found->second;
      warning(last->where,
              "'ssh_options' of one server: used for this host; MHA uses the last one for all hosts");
    }
  }
  for (const Layer* layer : {&script_, &application_, &global_}) {
    auto found = layer->find("ssh_options");
    if (!last && found != layer->end()) last = &found->second;
  }
  if (!last) return;
  cluster_.ssh_options = last->value;
  for_each_server([last](ServerConfig& server) {
    if (server.origins.contains("ssh_options")) return;
    server.ssh_options = last->value;
  });
}

sys::Task<void> Loader::resolve_names() {
  std::set<std::string> wanted;
  for_each_server([&wanted](const ServerConfig& server) {
    if (server.ip.empty()) wanted.insert(server.hostname);
    if (server.ssh_ip.empty() && server.ssh_host != server.hostname) wanted.insert(server.ssh_host);
  });
  wanted.erase("");
  std::vector<std::string> names(wanted.begin(), wanted.end());
  std::vector<sys::Task<Result<std::string>>> asking;
  for (const std::string& name : names) asking.push_back(world_.resolve(name));
  std::vector<Result<std::string>> answers = co_await sys::when_all(std::move(asking));

  auto answer_for = [&](const ServerConfig& server, const std::string& name, const std::string& key) {
    if (name.empty()) return std::string();
    const Result<std::string>& answer =
        answers[static_cast<size_t>(std::lower_bound(names.begin(), names.end(), name) - names.begin())];
    if (answer) return *answer;
    auto where = server.origins.find(key);
    error(where == server.origins.end() ? server.section : where->second,
          "cannot resolve " + key + " '" + name + "': " + answer.error().what);
    return std::string();
  };
  for_each_server([&answer_for](ServerConfig& server) {
    if (server.ip.empty()) server.ip = answer_for(server, server.hostname, "hostname");
    if (!server.ssh_ip.empty()) return;
    bool same = server.ssh_host == server.hostname;
    server.ssh_ip = same ? server.ip : answer_for(server, server.ssh_host, "ssh_host");
  });
}

void Loader::check_duplicates() {
  std::map<std::pair<std::string, uint16_t>, const ServerConfig*> by_address;
  for (const ServerConfig& server : cluster_.servers) {
    if (server.ip.empty()) continue;
    auto [earlier, is_new] = by_address.emplace(std::pair(server.ip, server.port), &server);
    if (is_new) continue;
    error(server.section, "[" + server.id.text + "] is the same server as [" + earlier->second->id.text +
                              "] (" + earlier->second->section.text() + "): " + server.host_info());
  }
}

void Loader::sort_by_place(Problems& problems) const {
  auto rank = [this](const Problem& problem) {
    int file = problem.where.file == request_.global_conf ? 0 : problem.where.file == request_.conf ? 1 : 2;
    return std::pair(file, problem.where.line);
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&rank](const Problem& a, const Problem& b) { return rank(a) < rank(b); });
}

}  // namespace

sys::Task<Loaded> load_cluster(const ConfigWorld& world, LoadRequest request) {
  Loader loader(world, std::move(request));
  co_return co_await loader.load();
}

}  // namespace tanist::config

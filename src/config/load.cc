#include "config/load.h"

#include <algorithm>
#include <map>
#include <set>

#include "config/layers.h"
#include "sys/resolver.h"

namespace tanist::config {

namespace {

// Makes the servers of a cluster out of the layers.
class Loader {
 public:
  Loader(const ConfigWorld& world, LoadRequest request) : world_(world), request_(std::move(request)) {}

  sys::Task<Loaded> load() {
    layers_ = co_await read_layers(world_, request_);
    if (layers_.readable) {
      build_servers();
      settle_ssh_options();
      co_await resolve_names();
      check_duplicates();
    }
    sort_by_place(layers_.found.errors);
    sort_by_place(layers_.found.warnings);
    if (!layers_.found.errors.empty()) co_return tl::unexpected<ConfigErrors>(std::move(layers_.found));
    cluster_.path = request_.conf;
    cluster_.name = app_name(request_.conf);
    cluster_.warnings = std::move(layers_.found.warnings);
    co_return std::move(cluster_);
  }

 private:
  void build_servers();
  ServerConfig build_server(const ServerSection& section);
  void settle_ssh_options();
  sys::Task<void> resolve_names();
  void check_duplicates();
  void sort_by_place(Problems& problems) const;

  void error(Origin where, std::string what) {
    layers_.found.errors.push_back({std::move(where), std::move(what)});
  }
  void warning(Origin where, std::string what) {
    layers_.found.warnings.push_back({std::move(where), std::move(what)});
  }
  template <class Visit>
  void for_each_server(Visit visit) {
    for (ServerConfig& server : cluster_.servers) visit(server);
    for (ServerConfig& server : cluster_.binlog_servers) visit(server);
    visit(cluster_.defaults);
  }

  const ConfigWorld& world_;
  LoadRequest request_;
  Layers layers_;
  ClusterConfig cluster_;
};

void Loader::build_servers() {
  for (const ServerSection& section : layers_.servers) {
    cluster_.servers.push_back(build_server(section));
    if (cluster_.servers.back().hostname.empty()) error(section.where, "[" + section.name + "] has no hostname");
  }
  for (const ServerSection& section : layers_.binlog_servers) {
    cluster_.binlog_servers.push_back(build_server(section));
  }
  cluster_.defaults = build_server({});

  constexpr std::string_view kOfTheManager[] = {"manager_workdir", "manager_log"};
  for (size_t i = 1; i < layers_.servers.size(); ++i) {
    for (std::string_view key : kOfTheManager) {
      auto found = layers_.servers[i].layer.find(key);
      if (found == layers_.servers[i].layer.end()) continue;
      warning(found->second.where, "'" + std::string(key) + "' has no effect here: the value of [" +
                                       layers_.servers[0].name + "], the first server, counts");
    }
  }
}

ServerConfig Loader::build_server(const ServerSection& section) {
  ServerConfig server;
  server.id = ServerId(section.name);
  server.section = section.where;
  for (const KeyRow* row : all_keys()) {
    const Entry* entry = layers_.effective(section, *row);
    std::optional<ValueProblem> problem =
        assign(server, *row, entry ? entry->value : std::string(row->fallback));
    TANIST_CHECK(!problem || !problem->fatal);  // layers hold valid values, and so does the table
    if (entry) server.origins[entry->key] = entry->where;
  }
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
  for (const std::vector<ServerSection>* sections : {&layers_.binlog_servers, &layers_.servers}) {
    for (const ServerSection& section : *sections) {
      auto found = section.layer.find("ssh_options");
      if (found == section.layer.end()) continue;
      last = &found->second;
      warning(last->where,
              "'ssh_options' of one server: used for this host; MHA uses the last one for all hosts");
    }
  }
  for (const Layer* layer : {&layers_.script, &layers_.application, &layers_.global}) {
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
  for_each_server([](ServerConfig& server) {
    server.ip = sys::canonical_address(std::move(server.ip));
    server.ssh_ip = sys::canonical_address(std::move(server.ssh_ip));
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

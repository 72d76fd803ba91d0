#include "config/layers.h"

#include <algorithm>

#include "base/text.h"
#include "config/sections.h"

namespace tanist::config {

namespace {

constexpr const char* kScriptFile = "output of init_conf_load_script";

class LayerReader {
 public:
  LayerReader(const ConfigWorld& world, const LoadRequest& request) : world_(world), request_(request) {}

  sys::Task<Layers> read() {
    read_global_file();
    read_application_file();
    if (layers_.readable) co_await run_init_script();
    co_return std::move(layers_);
  }

 private:
  void read_global_file();
  void read_application_file();
  void read_sections(const IniFile& ini);
  sys::Task<void> run_init_script();
  Layer read_layer(const std::vector<Entry>& entries, Scope scope);
  void read_entry(const Entry& entry, Scope scope, Layer& layer);

  IniFile parse(std::string_view text, const std::string& file) {
    IniFile ini = parse_ini(text, file);
    Problems& errors = layers_.found.errors;
    Problems& warnings = layers_.found.warnings;
    errors.insert(errors.end(), ini.errors.begin(), ini.errors.end());
    warnings.insert(warnings.end(), ini.warnings.begin(), ini.warnings.end());
    return ini;
  }
  void error(Origin where, std::string what) {
    layers_.found.errors.push_back({std::move(where), std::move(what)});
  }
  void warning(Origin where, std::string what) {
    layers_.found.warnings.push_back({std::move(where), std::move(what)});
  }

  const ConfigWorld& world_;
  const LoadRequest& request_;
  Layers layers_;
};

void LayerReader::read_global_file() {
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
  const IniFile ini = parse(*text, request_.global_conf);
  for (const Section& section : ini.sections) {
    if (section_kind(section.name) == SectionKind::defaults) {
      layers_.global = read_layer(section.entries, Scope::inherits);
    }
  }
}

void LayerReader::read_application_file() {
  Result<std::string> text = world_.read(request_.conf);
  if (!text) {
    error({request_.conf, 0}, "cannot be read: " + text.error().what);
    layers_.found.number = text.error().number;
    return;
  }
  const IniFile ini = parse(*text, request_.conf);
  for (const Entry& entry : ini.rootless)
    error(entry.where, "'" + entry.key + "' stands before the first section");
  read_sections(ini);
  layers_.readable = true;
}

void LayerReader::read_sections(const IniFile& ini) {
  std::map<std::string, ServerSection> by_name;
  std::vector<std::string> servers, binlog_servers;
  for (const Section& section : ini.sections) {
    SectionKind kind = section_kind(section.name);
    if (kind == SectionKind::unknown) {
      error(section.where,
            "invalid section name [" + section.name +
                "]: must be [server default], or begin with 'server' or 'binlog' and have more");
    } else if (kind == SectionKind::defaults) {
      layers_.application = read_layer(section.entries, Scope::inherits);
    } else {
      (kind == SectionKind::server ? servers : binlog_servers).push_back(section.name);
      by_name[section.name] = {section.name, section.where, read_layer(section.entries, Scope::server)};
    }
  }
  if (servers.empty()) error({request_.conf, 0}, "no [serverN] section");
  sort_server_names(servers);
  std::sort(binlog_servers.begin(), binlog_servers.end());
  for (const std::string& name : servers) layers_.servers.push_back(std::move(by_name[name]));
  for (const std::string& name : binlog_servers) layers_.binlog_servers.push_back(std::move(by_name[name]));
}

// One name=value a line, as names stand in the files; the value is everything behind the first '='. MHA
// ignores the exit status; here it stops the command when nothing was printed, since what was meant to come
// is then missing.
sys::Task<void> LayerReader::run_init_script() {
  const Entry* command = nullptr;
  for (const Layer* layer : {&layers_.application, &layers_.global}) {
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
  layers_.script = read_layer(entries, Scope::inherits);
}

Layer LayerReader::read_layer(const std::vector<Entry>& entries, Scope scope) {
  Layer layer;
  for (const Entry& entry : entries) read_entry(entry, scope, layer);
  return layer;
}

void LayerReader::read_entry(const Entry& entry, Scope scope, Layer& layer) {
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
  if (!row->unused.empty() && stored.value != row->fallback) {
    warning(entry.where, named("has no effect: " + std::string(row->unused)));
  }
  if (scope != Scope::server && is_secret(*row) &&
      stored.value.find_last_of("'\"") + 1 == stored.value.size() && !stored.value.empty()) {
    warning(entry.where,
            named("still ends with a quote; one pair is removed, MHA removed one at every level"));
  }
  layer[entry.key] = std::move(stored);
}

}  // namespace

const Entry* Layers::effective(const ServerSection& section, const KeyRow& row) const {
  for (const Layer* layer : {&section.layer, &script, &application, &global}) {
    auto entry = layer->find(row.name);
    if (entry != layer->end()) return &entry->second;
  }
  return nullptr;
}

sys::Task<Layers> read_layers(const ConfigWorld& world, const LoadRequest& request) {
  LayerReader reader(world, request);
  co_return co_await reader.read();
}

}  // namespace tanist::config

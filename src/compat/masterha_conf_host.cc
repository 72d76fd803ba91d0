// masterha_conf_host: adds a server's section to an application file, or takes it out (reference mha-manager.md 2.9). MHA
// writes the whole file anew, sorted and without its comments; here no byte changes but those of the section.
#include "base/text.h"
#include "compat/commands.h"
#include "config/edit.h"
#include "config/keys.h"
#include "config/sections.h"

namespace tanist::compat {

namespace {

using config::Setting;

constexpr int kFailed = 255;  // what MHA's tool ends with where no system call failed

constexpr OptionRow kRows[] = {
    {"command", OptionKind::text, "", "add|remove", "what to do (mandatory); delete is remove"},
    {"conf", OptionKind::text, "", "FILE", "application configuration file (mandatory); it must exist"},
    {"block", OptionKind::text, "", "NAME", "section; 'server' is put in front if missing (default server_HOST)"},
    {"hostname", OptionKind::text, "", "HOST", "hostname of the new server (add)"},
    {"params", OptionKind::text, "", "K=V;K=V", "its other settings (add); a value with a ';' stands in quotes"},
};
constexpr ExitRow kExits[] = {
    {"0", "done; also when there was nothing to remove"},
    {"1", "--command is neither add nor remove"},
    {"2", "the file cannot be read or written (the system's error number)"},
    {"255", "any other error; nothing was changed"},
};
constexpr std::string_view kExamples[] = {
    "masterha_conf_host --command=add --conf=/etc/app1.cnf --hostname=db4 --params=\"no_master=1;ignore_fail=1\"",
    "masterha_conf_host --command=remove --conf=/etc/app1.cnf --block=server4",
};

// The first setting of what is left, which it takes off. A value that begins with a quote goes on to the next one of its
// kind, so that it can hold a ';'.
std::string_view take_setting(std::string_view& rest) {
  size_t end = rest.find(';');
  size_t equals = rest.find('=');
  if (equals != std::string_view::npos && equals < end) {
    size_t begin = rest.find_first_not_of(' ', equals + 1);
    bool quoted = begin != std::string_view::npos && (rest[begin] == '"' || rest[begin] == '\'');
    size_t closing = quoted ? rest.find(rest[begin], begin + 1) : std::string_view::npos;
    if (closing != std::string_view::npos) end = rest.find(';', closing);
  }
  std::string_view setting = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return setting;
}

std::optional<std::string> wrong_with(const Setting& setting) {
  const config::KeyRow* row = config::find_key(setting.key);
  if (!row) {
    std::vector<std::string_view> known;
    for (const config::KeyRow* candidate : config::all_keys()) known.push_back(candidate->name);
    std::optional<std::string_view> near = nearest(setting.key, known);
    return "unknown key '" + setting.key + "'" + (near ? "; did you mean '" + std::string(*near) + "'?" : "");
  }
  config::ServerConfig scratch;
  auto problem = config::assign(scratch, *row, config::stored_value(*row, setting.value));
  if (problem && problem->fatal) return "'" + setting.key + "' " + problem->what;
  return std::nullopt;
}

Result<std::vector<Setting>> settings_of(const Options& options) {
  if (options.text("hostname").empty()) return fail(Errc::invalid, "--hostname=HOST must be given");
  std::vector<Setting> settings{{"hostname", options.text("hostname")}};
  const std::string params = options.text("params");
  for (std::string_view rest = params; !rest.empty();) {
    std::string_view one = trim(take_setting(rest));
    if (one.empty()) continue;
    size_t equals = one.find('=');
    if (equals == std::string_view::npos) {
      return fail(Errc::invalid, "--params: a part is not KEY=VALUE");  // it may be half of a password: not shown
    }
    Setting setting{std::string(trim(one.substr(0, equals))), std::string(trim(one.substr(equals + 1)))};
    if (auto wrong = wrong_with(setting)) return fail(Errc::invalid, "--params: " + *wrong);
    settings.push_back(std::move(setting));
  }
  return settings;
}

// MHA would make [serverbinlog1] of binlog1, a managed server of a binary log server; a block of that name is one here.
Result<std::string> block_of(const Options& options) {
  std::string block = options.text("block");
  if (block.empty()) block = "server_" + options.text("hostname");
  if (block == "server_") return fail(Errc::invalid, "--block=NAME must be given");
  if (!block.starts_with("server") && !block.starts_with("binlog")) block = "server" + block;
  auto kind = config::section_kind(block);
  if (kind == config::SectionKind::server || kind == config::SectionKind::binlog_server) return block;
  return fail(Errc::invalid, "[" + block + "] is not the section of a server");
}

int failed(const Error& error, World& world) {
  world.err(error.what + "\n");
  return error.number > 0 && error.number < kFailed ? error.number : kFailed;
}

int add(const Options& options, const std::string& block, World& world) {
  auto settings = settings_of(options);
  if (!settings) return failed(settings.error(), world);
  const std::string conf = options.text("conf");
  auto added = config::add_section_to_file(world.files, conf, block, *settings);
  if (!added) return failed(added.error(), world);
  world.out("Wrote " + block + " entry to " + conf + " .\n");
  return 0;
}

int remove(const Options& options, const std::string& block, World& world) {
  const std::string conf = options.text("conf");
  auto removed = config::remove_section_from_file(world.files, conf, block);
  if (!removed && removed.error().code == Errc::not_found && removed.error().number == 0) {
    world.out("There is no " + block + " entry in " + conf + " ; nothing was changed.\n");
    return 0;
  }
  if (!removed) return failed(removed.error(), world);
  world.out("Deleted " + block + " entry from " + conf + " .\n");
  return 0;
}

struct Verb {
  std::string_view name;
  int (*run)(const Options&, const std::string& block, World&);
};
constexpr Verb kVerbs[] = {{"add", add}, {"remove", remove}, {"delete", remove}};

}  // namespace

sys::Task<int> masterha_conf_host(std::vector<std::string> args, World& world) {
  const CommandTable table{.name = "masterha_conf_host",
                           .usage = "--command=add|remove --conf=FILE [options]",
                           .summary = "Adds a server to an application's configuration file, or takes it out. Everything "
                                      "else in the file stays as it is; what was there before is kept beside it as "
                                      "FILE.STAMP.bak.",
                           .rows = kRows,
                           .examples = kExamples,
                           .exits = kExits};
  const CommandLine line = read_command_line(table, args);
  if (std::optional<int> exit_code = begin(line, world)) co_return *exit_code;
  const Options& options = line.options;
  for (const Verb& verb : kVerbs) {
    if (verb.name != options.text("command")) continue;
    if (options.text("conf").empty()) co_return failed({Errc::invalid, "--conf=FILE must be given"}, world);
    auto block = block_of(options);
    if (!block) co_return failed(block.error(), world);
    co_return verb.run(options, *block, world);
  }
  world.err("--command must be add or remove, not '" + options.text("command") + "'\n");
  world.out(help_text(table));
  co_return 1;
}

}  // namespace tanist::compat

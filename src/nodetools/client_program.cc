#include "nodetools/client_program.h"

#include "base/text.h"
#include "sys/environment.h"

namespace tanist::nodetools {

namespace {

std::string first_line(const std::string& text) { return std::string(trim(text.substr(0, text.find('\n')))); }

std::map<std::string, std::string> environment_for(const ClientPlace& place) {
  if (place.libdir.empty()) return {};
  constexpr std::string_view kVariable = "LD_LIBRARY_PATH=";
  std::string value = place.libdir;
  for (const std::string& entry : sys::environment_of_children())
    if (entry.starts_with(kVariable)) value += ":" + entry.substr(kVariable.size());
  return {{"LD_LIBRARY_PATH", value}};
}

std::optional<Version> number_behind(std::string_view text, std::string_view word) {
  size_t at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view number = trim(text.substr(at + word.size()));
  if (number.empty() || number[0] < '0' || number[0] > '9') return std::nullopt;
  return parse_server_version(number).number;
}

// The first of the names that runs.
sys::Task<Result<ClientProgram>> find_program(NodeWorld& world, ClientPlace place,
                                              std::vector<std::string> names) {
  std::string why;
  for (const std::string& name : names) {
    ClientProgram program;
    program.path = place.bindir.empty() ? name : place.bindir + "/" + name;
    program.environment = environment_for(place);
    sys::ProcessSpec spec = program.spec({"--version"});
    spec.deadline = world.clock.now() + kAnswerWithin;
    auto result = co_await world.processes.run(std::move(spec));
    if (result && result->status.ok()) {
      program.version = first_line(result->output);
      co_return program;
    }
    std::string said = result ? program.path + " --version ended with code " +
                                    std::to_string(result->status.code) + " " + first_line(result->errors)
                              : result.error().what;
    why += (why.empty() ? "" : "; ") + std::string(trim(said));
  }
  co_return fail(Errc::not_found, names[0] + " is needed and does not run: " + why);
}

}  // namespace

sys::ProcessSpec ClientProgram::spec(std::vector<std::string> arguments) const {
  sys::ProcessSpec spec;
  spec.argv = {path};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.extra_env = environment;
  return spec;
}

std::optional<Version> program_version(std::string_view text) { return number_behind(text, "Ver "); }

bool has_binary_mode(std::string_view version_text) {
  auto distribution = number_behind(version_text, "Distrib ");
  return !distribution || *distribution >= Version{5, 6, 3};
}

sys::Task<Result<ClientProgram>> find_mysqlbinlog(NodeWorld& world, ClientPlace place) {
  std::vector<std::string> names{"mysqlbinlog", "mariadb-binlog"};
  auto program = co_await find_program(world, std::move(place), std::move(names));
  if (!program) co_return program;
  auto version = program_version(program->version);
  if (version && *version < Version{3, 2, 0})
    co_return fail(Errc::unsupported, program->path + " is too old: " + program->version);
  co_return program;
}

sys::Task<Result<ClientProgram>> find_mysql(NodeWorld& world, ClientPlace place) {
  std::vector<std::string> names{"mysql", "mariadb"};
  co_return co_await find_program(world, std::move(place), std::move(names));
}

}  // namespace tanist::nodetools

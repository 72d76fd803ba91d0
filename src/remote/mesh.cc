#include "remote/mesh.h"

#include <algorithm>

#include "base/text.h"
#include "remote/options.h"
#include "remote/own_status.h"

namespace tanist::remote {

namespace {

// MHA's words for one end of a hop: root@db1(10.0.0.1:22)
std::string end_of_hop(const Host& host) {
  return host.user + "@" + host.name + "(" + host.address + ":" + std::to_string(host.port) + ")";
}

constexpr std::string_view kMark = "tanist-hop ";
constexpr int kKilled = 128 + 9;  // what `timeout -s KILL` ends with

std::string hop_to(const Host& destination) {
  std::vector<std::string> words{"ssh"};
  auto timeout = std::chrono::ceil<std::chrono::seconds>(destination.connect_timeout);
  for (std::string& word : check_options(timeout, destination.options)) words.push_back(std::move(word));
  words.insert(words.end(), {"-p", std::to_string(destination.port), destination.user + "@" + destination.address,
                             "exit 0"});
  return "exec " + script_of(words);
}

// All hops of one source, one after the other, in one session there: on stderr, behind what a hop's ssh said, a line
// with its number and exit code.
std::string hops_script(const std::vector<Host>& hosts, const std::vector<size_t>& destinations, Duration hop_limit) {
  std::string script;
  for (size_t destination : destinations) {
    script += bounded(hop_to(hosts[destination]), std::chrono::ceil<std::chrono::seconds>(hop_limit)) +
              " </dev/null >/dev/null; echo \"" + std::string(kMark) + std::to_string(destination) + " $?\" >&2\n";
  }
  return script;
}

Status outcome_of(int code, std::string_view said) {
  if (code == 0) return {};
  if (code == kKilled) return fail(Errc::timeout, "no answer in time");
  std::string why = last_line(said);
  return fail(Errc::unreachable, why.empty() ? "ssh ended with code " + std::to_string(code) : why);
}

// What the hops said, as far as they came.
void read_hops(const std::string& said, std::vector<Status>& hops) {
  std::string of_this_hop;
  for (const std::string& line : split(said, '\n')) {
    if (!line.starts_with(kMark)) {
      of_this_hop += line + "\n";
      continue;
    }
    std::vector<std::string> numbers = split(line.substr(kMark.size()), ' ');
    auto hop = parse_uint(numbers.front());
    auto code = parse_uint(numbers.back());
    if (hop && code && *hop < hops.size()) hops[*hop] = outcome_of(static_cast<int>(*code), of_this_hop);
    of_this_hop.clear();
  }
}

sys::Task<MeshSource> check_source(Shell& shell, const sys::Clock& clock, std::vector<Host> hosts,
                                   size_t index, Duration hop_limit) {
  MeshSource source;
  source.host = hosts[index];
  source.hops.resize(hosts.size());
  source.reached = co_await shell.connect(hosts[index], clock.now() + hop_limit);
  if (!source.reached || hosts.size() == 1) co_return source;

  std::vector<size_t> destinations;
  for (size_t round = 1; round < hosts.size(); ++round) destinations.push_back((index + round) % hosts.size());
  std::string said;
  Command command;
  command.argv = {"sh", "-c", hops_script(hosts, destinations, hop_limit)};
  command.deadline = clock.now() + hop_limit * destinations.size();
  command.on_output = [&said](std::string_view text) { said += text; };
  auto result = co_await shell.run(hosts[index], std::move(command));
  Status untold = result ? Status(fail(Errc::timeout, "no answer in time")) : Status(fail(result.error()));
  for (size_t destination : destinations) source.hops[destination] = untold;
  read_hops(said, source.hops);
  co_return source;
}

}  // namespace

bool Mesh::all_passed() const {
  auto passed = [](const Status& status) { return status.has_value(); };
  return std::all_of(sources.begin(), sources.end(), [&](const MeshSource& source) {
    return source.reached && std::all_of(source.hops.begin(), source.hops.end(), passed);
  });
}

sys::Task<Mesh> check_mesh(Shell& shell, const sys::Clock& clock, std::vector<Host> hosts,
                           Duration hop_limit) {
  std::vector<sys::Task<MeshSource>> tasks;
  for (size_t i = 0; i < hosts.size(); ++i) tasks.push_back(check_source(shell, clock, hosts, i, hop_limit));
  Mesh mesh;
  mesh.sources = co_await sys::when_all(std::move(tasks));
  co_return mesh;
}

std::vector<std::string> problems(const Mesh& mesh) {
  std::vector<std::string> sentences;
  for (const LogLine& line : to_log(mesh)) {
    if (line.level == sys::Level::error) sentences.push_back(line.text);
  }
  return sentences;
}

std::vector<LogLine> to_log(const Mesh& mesh) {
  std::vector<LogLine> lines;
  for (size_t from = 0; from < mesh.sources.size(); ++from) {
    const MeshSource& source = mesh.sources[from];
    if (!source.reached) {
      lines.push_back({sys::Level::error, "SSH connection from here to " + end_of_hop(source.host) +
                                              " failed! " + source.reached.error().what});
      continue;
    }
    for (size_t to = 0; to < mesh.sources.size(); ++to) {
      if (to == from) continue;
      std::string hop = "from " + end_of_hop(source.host) + " to " + end_of_hop(mesh.sources[to].host);
      lines.push_back({sys::Level::debug, " Connecting via SSH " + hop + ".."});
      if (source.hops[to]) {
        lines.push_back({sys::Level::debug, "   ok."});
      } else {
        lines.push_back(
            {sys::Level::error, "SSH connection " + hop + " failed! " + source.hops[to].error().what});
      }
    }
  }
  return lines;
}

}  // namespace tanist::remote

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

Command hop_to(const Host& destination, TimePoint deadline) {
  Command command;
  command.argv = {"ssh"};
  auto timeout = std::chrono::ceil<std::chrono::seconds>(destination.connect_timeout);
  for (std::string& word : check_options(timeout, destination.options))
    command.argv.push_back(std::move(word));
  for (const std::string& word : {std::string("-p"), std::to_string(destination.port),
                                  destination.user + "@" + destination.address, std::string("exit 0")}) {
    command.argv.push_back(word);
  }
  command.deadline = deadline;
  return command;
}

Status outcome_of(const Result<sys::ProcessResult>& result) {
  if (!result) return fail(result.error());
  if (result->status.ok()) return {};
  if (result->status.ended_by_us) return fail(Errc::timeout, "no answer in time");
  std::string why = last_line(result->errors);
  if (why.empty()) why = "ssh ended with code " + std::to_string(result->status.code);
  return fail(Errc::unreachable, why);
}

sys::Task<MeshSource> check_source(Shell& shell, const sys::Clock& clock, std::vector<Host> hosts,
                                   size_t index, Duration hop_limit) {
  MeshSource source;
  source.host = hosts[index];
  source.hops.resize(hosts.size());
  source.reached = co_await shell.connect(hosts[index], clock.now() + hop_limit);
  for (size_t round = 1; source.reached && round < hosts.size(); ++round) {
    size_t destination = (index + round) % hosts.size();
    auto result = co_await shell.run(hosts[index], hop_to(hosts[destination], clock.now() + hop_limit));
    source.hops[destination] = outcome_of(result);
  }
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

// Whether every host reaches every other by ssh, as masterha_check_ssh asks (reference mha-manager.md 2.3):
// from here to the source, from there to each destination. All sources at once, each with one session from here in
// which it tries one destination after the other, and all begin with different ones, so that no sshd sees more new
// connections than it lets in (MaxStartups).
#pragma once

#include <string>
#include <vector>

#include "remote/shell.h"
#include "sys/clock.h"
#include "sys/log.h"

namespace tanist::remote {

struct MeshSource {
  Host host;
  Status reached;            // from here; then the hops say what it could reach
  std::vector<Status> hops;  // one for each host, in their order; its own is never tried
};

struct Mesh {
  std::vector<MeshSource> sources;
  bool all_passed() const;
};

struct LogLine {
  sys::Level level;
  std::string text;
};

// Each hop may take `hop_limit`, login included, as long as the source's host has `timeout`; a host that cannot be
// reached costs each source one hop.
sys::Task<Mesh> check_mesh(Shell& shell, const sys::Clock& clock, std::vector<Host> hosts,
                           Duration hop_limit = std::chrono::seconds(15));

// A sentence for each connection that failed, in the order of the hosts.
std::vector<std::string> problems(const Mesh& mesh);
// MHA's lines, source by source. Unlike MHA, a source does not stop at its first failure: all are told.
std::vector<LogLine> to_log(const Mesh& mesh);

}  // namespace tanist::remote

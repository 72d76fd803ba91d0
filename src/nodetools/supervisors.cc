#include "nodetools/supervisors.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "sys/posix_processes.h"
#include "sys/reactor.h"

namespace tanist::nodetools {
namespace {

using namespace std::chrono_literals;

constexpr Duration kCommandLimit = 3s;
constexpr uint64_t kYoungSeconds = 3600;
// Debian's, MySQL's, Percona's and their templates (mysqld@replica01.service).
constexpr const char* kUnitPatterns[] = {"mysql*.service", "mariadb*.service", "percona*.service"};

// "Id=a\nSubState=b\n\nId=c\n…": systemctl show separates units by an empty line.
std::vector<std::pair<std::string, std::string>> units_and_states(const std::string& shown) {
  std::vector<std::pair<std::string, std::string>> units;
  std::string id, state;
  auto finish = [&] {
    if (!id.empty()) units.emplace_back(std::move(id), std::move(state));
    id.clear();
    state.clear();
  };
  for (const std::string& line : split(shown, '\n')) {
    if (line.empty()) finish();
    if (line.starts_with("Id=")) id = line.substr(3);
    if (line.starts_with("SubState=")) state = line.substr(9);
  }
  finish();
  return units;
}

bool is_starting(const std::string& state) {
  return state == "auto-restart" || state == "start" || state == "start-pre" || state == "start-post";
}

sys::Task<int> run_once(sys::Reactor& reactor, std::vector<std::string> argv, Result<std::string>& answer) {
  sys::PosixProcesses processes(reactor);
  const std::string name = argv[0];
  sys::ProcessSpec spec;
  spec.argv = std::move(argv);
  spec.deadline = reactor.now() + kCommandLimit;
  auto done = co_await processes.run(std::move(spec));
  if (!done) {
    answer = fail(done.error());
  } else if (!done->status.ok()) {
    answer = fail(Errc::refused, name + ": " + (done->status.ended_by_us ? "no answer in time" : std::string(trim(done->errors))));
  } else {
    answer = std::move(done->output);
  }
  co_return 0;
}

}  // namespace

RunCommand run_on_this_host() {
  return [](std::vector<std::string> argv) {
    sys::Reactor reactor;
    Result<std::string> answer{std::string()};
    reactor.run(run_once(reactor, std::move(argv), answer));
    return answer;
  };
}

Systemd Systemd::of_this_host() {
  return Systemd(run_on_this_host(), access("/run/systemd/system", F_OK) == 0);
}

std::string Systemd::unit_led_by(const Process& process, const std::optional<Process>& parent) const {
  if (!running_ || process.unit.empty()) return {};
  const Result<std::string> shown = run_({"systemctl", "show", "--property=MainPID", process.unit});
  if (!shown) return {};
  const std::string_view pid = std::string_view(trim(*shown)).substr(std::min<size_t>(shown->size(), 8));  // "MainPID="
  const bool leads = pid == std::to_string(process.pid) || (parent && is_safe_script(*parent) && pid == std::to_string(parent->pid));
  return leads ? process.unit : std::string();
}

Result<std::vector<std::string>> Systemd::units_being_started() const {
  if (!running_) return std::vector<std::string>{};
  std::vector<std::string> argv{"systemctl", "show", "--property=Id,SubState"};
  argv.insert(argv.end(), std::begin(kUnitPatterns), std::end(kUnitPatterns));
  const Result<std::string> shown = run_(std::move(argv));
  if (!shown) return fail(shown.error());
  std::vector<std::string> starting;
  for (auto& [unit, state] : units_and_states(*shown)) {
    if (is_starting(state)) starting.push_back(unit);
  }
  return starting;
}

Status Systemd::stop(const std::string& unit) const {
  const Result<std::string> done = run_({"systemctl", "stop", "--no-block", unit});
  if (!done) return fail(done.error().during("stop " + unit));
  return {};
}

bool is_database(const Process& process) {
  return process.comm == "mysqld" || process.comm == "mariadbd" || process.comm.starts_with("mysqld-");
}

bool is_safe_script(const Process& process) {
  return process.comm == "mysqld_safe" || process.comm == "mariadbd-safe";
}

std::vector<Process> about_to_serve(const ProcFs& proc) {
  const std::vector<Process> all = proc.processes();
  const Result<std::vector<Socket>> sockets = proc.sockets();
  std::set<uint64_t> listening;
  for (const Socket& socket : sockets ? *sockets : std::vector<Socket>{}) {
    if (socket.listening) listening.insert(socket.inode);
  }
  const std::vector<int> listeners = proc.holders(listening);
  auto serves = [&](const Process& process) { return std::binary_search(listeners.begin(), listeners.end(), process.pid); };
  std::vector<Process> found;
  for (const Process& process : all) {
    const bool database = is_database(process), safe = is_safe_script(process);
    if ((!database && !safe) || process.state == 'Z' || !proc.shares_our_network(process.pid)) continue;
    const bool young = proc.age_seconds(process) < kYoungSeconds;
    if (database && young && !serves(process)) found.push_back(process);
    if (!safe) continue;
    const bool has_server = std::any_of(all.begin(), all.end(), [&](const Process& child) {
      return child.parent == process.pid && is_database(child) && child.state != 'Z';
    });
    if (!has_server) found.push_back(process);
  }
  return found;
}

}  // namespace tanist::nodetools

// A World of values for the unit tests of commands: files in memory, a clock that is told, processes that are
// made up.
#pragma once

#include <signal.h>

#include <map>
#include <set>

#include "compat/commands.h"
#include "sys/manual_clock.h"
#include "sys/memory_files.h"

namespace tanist::compat {

class FakeProcesses : public sys::ProcessTable {
 public:
  struct Process {
    sys::ProcessFacts facts;
    std::set<int> dies_of{SIGTERM, SIGKILL};
    bool foreign = false;  // may not be signalled
  };
  Process& add(int pid, int group, WallTime started = {}) {
    return processes[pid] = {{pid, group, started}, {SIGTERM, SIGKILL}, false};
  }

  std::optional<sys::ProcessFacts> find(int pid) override {
    auto found = processes.find(pid);
    return found == processes.end() ? std::nullopt : std::optional(found->second.facts);
  }
  std::vector<int> group_members(int group) override {
    std::vector<int> members;
    for (const auto& [pid, process] : processes) {
      if (process.facts.group == group) members.push_back(pid);
    }
    return members;
  }
  Status signal_process(int pid, int signal) override {
    sent.push_back(std::to_string(signal) + " to " + std::to_string(pid));
    return deliver({pid}, signal);
  }
  Status signal_group(int group, int signal) override {
    sent.push_back(std::to_string(signal) + " to group " + std::to_string(group));
    return deliver(group_members(group), signal);
  }

  std::map<int, Process> processes;
  std::vector<std::string> sent;

 private:
  Status deliver(const std::vector<int>& pids, int signal) {
    if (pids.empty()) return fail(Errc::not_found, "No such process");
    for (int pid : pids) {
      if (processes[pid].foreign) return fail(Errc::refused, "signal process: Operation not permitted");
      if (processes[pid].dies_of.contains(signal)) processes.erase(pid);
    }
    return {};
  }
};

struct TestWorld {
  sys::ManualClock clock;
  sys::MemoryFiles files{clock};
  FakeProcesses processes;
  std::string out, err;
  World world{clock,
              files,
              processes,
              {.read = [this](const std::string& path) { return files.read(path); },
               .resolve = [](std::string host) -> sys::Task<Result<std::string>> {
                 co_return "192.0.2." + host.substr(2);
               },
               .run_script = [](std::string) -> sys::Task<Result<config::ScriptOutput>> {
                 co_return config::ScriptOutput{};
               },
               .login_name = "mha"},
              [this](std::string_view text) { out += text; },
              [this](std::string_view text) { err += text; }};

  // The exit code, in front of what went to stdout and, behind "!", to stderr.
  using Command = sys::Task<int> (*)(std::vector<std::string>, World&);
  std::string run(Command command, std::vector<std::string> args) {
    out.clear();
    err.clear();
    std::optional<int> code;
    auto main = [&]() -> sys::Task<void> { code = co_await command(args, world); };
    sys::start_detached(main());
    clock.run_until_idle();
    return (code ? std::to_string(*code) : "never ended") + " " + out + (err.empty() ? "" : "!" + err);
  }
};

}  // namespace tanist::compat

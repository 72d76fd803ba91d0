#include "shell.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.h"
#include "server.h"

namespace tanist::sim {

using namespace std::chrono_literals;

namespace {

// What manager/witnesses.cc asks a host: exit code and output of its script.
sys::Task<sys::ProcessResult> witness(World& world, int host, std::vector<std::string> argv) {
  auto limit =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::strtod(argv[5].c_str(), nullptr)));
  int target = world.host_of(argv[3]);
  sys::ProcessResult result;
  if (target < 0 || !world.path(host, target, static_cast<uint16_t>(std::stoi(argv[4])))) {
    co_await sys::sleep_for(world.clock, limit);
    result.status.code = 5;
    co_return result;
  }
  co_await sys::sleep_for(world.clock, world.round_trip());
  Source* source = world.listener(target, 3306);
  if (!source) {
    result.status.code = 3;
    result.output = "bash: connect: Connection refused";
  } else if (source->frozen()) {
    result.output = "open\n";
    co_await sys::sleep_for(world.clock, limit);
    result.status.code = 4;
  }
  co_return result;
}

// Ends with its stdin, its host, or its owner.
class StandInChild : public sys::Child {
 public:
  StandInChild(World& world, Nodes& nodes, int from, int host)
      : world_(world), nodes_(nodes), from_(from), host_(host) {}
  ~StandInChild() override { end(); }

  int pid() const override { return 4711; }
  sys::Task<Status> write(std::string text, TimePoint) override {
    auto [line, stand_in] = nodes_.start_stand_in(host_, text);
    line_ = line.substr(0, line.find('\n'));
    stand_in_ = stand_in;
    co_return Status{};
  }
  void close_stdin() override { end(); }
  sys::Task<Result<std::string>> read_line(TimePoint deadline) override {
    co_await sys::sleep_for(world_.clock, 40ms);
    if (!world_.path(from_, host_)) {
      co_await sys::sleep_until(world_.clock, deadline);
      co_return fail(Errc::timeout, "no line in time");
    }
    if (!line_.empty()) co_return std::exchange(line_, {});
    while (stand_in_ && !stand_in_->ended()) {
      StandIn& said = *stand_in_;
      if (next_ < said.report.size()) co_return said.report[next_++];
      said.reported.clear();
      bool more = co_await said.reported.wait_until(deadline);
      if (!more) co_return fail(Errc::timeout, "no line in time");
    }
    co_return fail(Errc::not_found, "end of output");
  }
  std::string errors() const override { return ""; }
  sys::Task<sys::ExitStatus> wait(TimePoint) override {
    co_await sys::sleep_for(world_.clock, 5ms);
    co_return sys::ExitStatus{};
  }

 private:
  void end() {
    if (stand_in_) stand_in_->end();
    stand_in_ = nullptr;
  }

  World& world_;
  Nodes& nodes_;
  int from_;
  int host_;
  std::string line_;
  size_t next_ = 0;  // line of its report
  StandIn* stand_in_ = nullptr;
};

}  // namespace

sys::Task<Status> SimShell::reach(int from, std::string name, TimePoint deadline) {
  co_await sys::sleep_for(world_.clock, world_.round_trip());
  const int host = world_.host_of(name);
  if (host < 0 || !world_.path(from, host)) {
    TimePoint patience = std::min(deadline, world_.clock.now() + 5s);
    co_await sys::sleep_until(world_.clock, patience);
    co_return fail(Errc::timeout, "ssh to " + name + ": Connection timed out");
  }
  if (!world_.hosts[host].sshd) co_return fail(Errc::unreachable, "ssh to " + name + ": Connection refused");
  co_return Status{};
}

sys::Task<Status> SimShell::connect(remote::Host host, TimePoint deadline) {
  auto reached = co_await reach(from_, host.address, deadline);
  co_return reached;
}

sys::Task<Result<sys::ProcessResult>> SimShell::run(remote::Host host, remote::Command command) {
  auto reached = co_await reach(from_, host.address, command.deadline);
  if (!reached) co_return fail(reached.error());
  const int at = world_.host_of(host.address);
  if (command.argv[0] == "exit") co_return sys::ProcessResult{};
  if (command.argv[0] == "bash" && command.argv[3] == "tanist-disks") {
    sys::ProcessResult disks;
    for (size_t i = 4; i < command.argv.size(); ++i) disks.output += world_.hosts[at].disk + "\n";
    co_return disks;
  }
  if (command.argv[0] == "bash") {
    auto saw = co_await witness(world_, at, command.argv);
    co_return saw;
  }
  if (command.argv[0] == "sh") {
    auto tried = co_await hops(at, std::move(command));
    co_return tried;
  }
  world_.act(fmt::format("{}: tanist-node {}", host.name, command.argv.size() > 1 ? command.argv[1] : ""),
             false);
  co_await sys::sleep_for(world_.clock, 20ms);
  if (!world_.path(from_, at)) {
    co_await sys::sleep_until(world_.clock, command.deadline);
    sys::ProcessResult ended;
    ended.status.ended_by_us = true;
    co_return ended;
  }
  co_return nodes_.run(at, command.argv, command.stdin_text);
}

// The script of remote/mesh.cc: a line for each hop, with the address behind "@" and its number behind "tanist-hop".
sys::Task<sys::ProcessResult> SimShell::hops(int at, remote::Command command) {
  auto word_behind = [](const std::string& line, std::string_view mark) {
    const size_t begin = line.find(mark) + mark.size();
    return line.substr(begin, line.find(' ', begin) - begin);
  };
  sys::ProcessResult result;
  for (const std::string& line : split(command.argv[2], '\n')) {
    if (line.empty()) continue;
    auto hop = co_await reach(at, word_behind(line, "@"), command.deadline);
    if (!hop) result.errors += hop.error().what + "\n";
    result.errors += fmt::format("tanist-hop {} {}\n", word_behind(line, "tanist-hop "), hop ? 0 : 255);
  }
  command.on_output(result.errors);
  co_return result;
}

sys::Task<Result<std::unique_ptr<sys::Child>>> SimShell::start(remote::Host host, remote::Command command) {
  auto reached = co_await reach(from_, host.address, command.deadline);
  if (!reached) co_return fail(reached.error());
  world_.act(fmt::format("{}: tanist-node {}", host.name, command.argv[1]), true);
  co_return std::make_unique<StandInChild>(world_, nodes_, from_, world_.host_of(host.address));
}

sys::Task<Status> SimShell::fetch(remote::Host host, std::string, std::string, TimePoint deadline) {
  auto reached = co_await reach(from_, host.address, deadline);
  co_return reached;
}

sys::Task<Status> SimShell::send(remote::Host host, std::string, std::string, unsigned, TimePoint deadline) {
  auto reached = co_await reach(from_, host.address, deadline);
  co_return reached;
}

sys::Task<Result<std::string>> SimShell::node(remote::Host host, std::string, TimePoint deadline) {
  auto reached = co_await reach(from_, host.address, deadline);
  if (!reached) co_return fail(reached.error());
  co_return "/usr/bin/tanist-node";
}

}  // namespace tanist::sim

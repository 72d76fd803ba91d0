// A Shell that a test plays: commands are recorded and answered by a function; hosts can be out of reach;
// files that are fetched or sent are remembered, not moved.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "remote/shell.h"

namespace tanist::remote {

class FakeShell : public Shell {
 public:
  using Script = std::function<Result<sys::ProcessResult>(const Host&, const Command&)>;

  FakeShell() : script_([](const Host&, const Command&) { return sys::ProcessResult{}; }) {}
  explicit FakeShell(Script script) : script_(std::move(script)) {}

  sys::Task<Status> connect(Host host, TimePoint) override { co_return reach(host); }
  sys::Task<Result<sys::ProcessResult>> run(Host host, Command command) override {
    auto reached = reach(host);
    if (!reached) co_return fail(reached.error());
    seen.push_back(host.name + ": " + join(command.argv, " "));
    auto result = script_(host, command);
    if (result && command.on_output) command.on_output(result->output + result->errors);
    co_return result;
  }
  sys::Task<Result<std::unique_ptr<sys::Child>>> start(Host host, Command command) override {
    auto reached = reach(host);
    if (!reached) co_return fail(reached.error());
    seen.push_back(host.name + ": " + join(command.argv, " "));
    if (!start_child) co_return fail(Errc::unsupported, "this fake has no children");
    co_return start_child(host, command);
  }
  sys::Task<Status> fetch(Host host, std::string remote_path, std::string local_path, TimePoint) override {
    auto reached = reach(host);
    if (reached) fetched[local_path] = host.name + ":" + remote_path;
    co_return reached;
  }
  sys::Task<Status> send(Host host, std::string local_path, std::string remote_path, unsigned,
                         TimePoint) override {
    auto reached = reach(host);
    if (reached) sent[host.name + ":" + remote_path] = local_path;
    co_return reached;
  }
  sys::Task<Result<std::string>> node(Host host, std::string workdir, TimePoint) override {
    auto reached = reach(host);
    if (!reached) co_return fail(reached.error());
    co_return workdir + "/tanist-node";
  }

  std::set<std::string> unreachable;           // names of hosts
  std::vector<std::string> seen;               // "db1: uptime"
  std::map<std::string, std::string> fetched;  // local path -> "db1:/remote/path"
  std::map<std::string, std::string> sent;     // "db1:/remote/path" -> local path
  std::function<Result<std::unique_ptr<sys::Child>>(const Host&, const Command&)> start_child;

 private:
  Status reach(const Host& host) const {
    if (!unreachable.contains(host.name)) return {};
    return fail(Errc::unreachable, "ssh to " + host.name + ": No route to host");
  }
  Script script_;
};

}  // namespace tanist::remote

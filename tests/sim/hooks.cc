#include "hooks.h"

#include <fmt/format.h>

#include "base/text.h"
#include "server.h"

namespace tanist::sim {

using namespace std::chrono_literals;

namespace {

std::string argument(const hooks::Call& call, std::string_view name) {
  for (const auto& one : call.arguments) {
    if (one.name == name) return one.value;
  }
  return "";
}

}  // namespace

void SimHooks::move_address(const hooks::Call& call, const std::string& command) {
  if (command == "start") {
    int host = world_.host_of(argument(call, "new_master_ip"));
    world_.address_on.insert(host);
  } else {
    int host = world_.host_of(argument(call, "orig_master_ip"));
    if (world_.path(from_, host) && world_.hosts[host].sshd) world_.address_on.erase(host);
  }
  world_.check_writers();
}

// 10 says that the server was ended and its host left on.
void SimHooks::shut_down(int host, bool only_server) {
  if (!only_server && !scenario_.shutdown_only_stops) return world_.power_off(host);
  Server* server = world_.server_on(host);
  if (server->running()) server->kill(false);
}

void SimHooks::read_report(const hooks::Call& call) {
  reported_.sent = true;
  reported_.new_primary = argument(call, "new_master_host");
  std::string replicas = argument(call, "new_slave_hosts");
  if (!replicas.empty()) reported_.replicas = split(replicas, ',');
  reported_.body = argument(call, "body");
}

sys::Task<hooks::Outcome> SimHooks::run(hooks::Call call) {
  if (call.script.starts_with("test -f ")) {  // is the program there?
    hooks::Outcome there;
    there.status.code = scenario_.online_hook_missing ? 1 : 0;
    co_return there;
  }
  std::string name = call.script.substr(call.script.rfind('/') + 1);
  std::string command = argument(call, "command");
  if (command == "stopssh") command = "stop";
  const std::string what = command.empty() ? name : name + " " + command;
  if (command != "status") world_.act("hook " + what, name != "report");
  auto it = scenario_.hooks.find(what);
  const HookWay way = it == scenario_.hooks.end() ? HookWay::ok : it->second;
  hooks::Outcome outcome;
  if (way == HookWay::hang) {
    co_await sys::sleep_until(world_.clock, call.deadline);
    outcome.status.ended_by_us = true;
    outcome.what = "ended by us";
    co_return outcome;
  }
  co_await sys::sleep_for(world_.clock, std::chrono::milliseconds(world_.random.between(20, 300)));
  if (way == HookWay::exit1) {
    outcome.status.code = 1;
    outcome.what = "return code 1:0";
    co_return outcome;
  }
  if (name == "online" && command == "stop" && scenario_.online_stop_ends_sessions) {
    world_.server_on(world_.host_of(argument(call, "orig_master_ip")))->end_sessions();
  }
  if ((name == "ip" || name == "online") && command != "status") move_address(call, command);
  if (what == "shutdown stop") shut_down(world_.host_of(argument(call, "ip")), way == HookWay::exit10);
  if (name == "report") read_report(call);
  if (way == HookWay::exit10) {
    outcome.status.code = 10;
    outcome.what = "return code 10:0";
  }
  co_return outcome;
}

}  // namespace tanist::sim

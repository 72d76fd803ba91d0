// What the tests of this room share: policies, dead hosts and plans in short form.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "plan/plan.h"
#include "testlib/topo.h"

namespace tanist::plan {

inline Policy replace_db1() {
  Policy policy;
  policy.dead_primary = ServerId("db1");
  return policy;
}

// After the fence: the host answers ssh, the server is gone, its log ends there.
inline DeadHost readable(std::string_view end) {
  DeadHost host;
  host.ssh_reachable = true;
  host.fence_proven = host.server_gone = true;
  host.fence_done = true;
  host.log_end = testlib::log_position(end);
  return host;
}

// After the fence: nothing is heard of the host.
inline DeadHost gone() {
  DeadHost host;
  host.ssh_reachable = false;
  host.fence_done = true;
  return host;
}

inline RelayReach reach(const char* replica, std::string_view first, std::string_view end) {
  return RelayReach{ServerId(replica), testlib::log_position(first), testlib::log_position(end), "", ""};
}

// Of the log of a server with server_id 1.
inline LogCopy copy_on(const char* server, std::string_view first, std::string_view end) {
  return LogCopy{ServerId(server), server, testlib::log_position(first), testlib::log_position(end), 1, ""};
}

inline Plan planned(const Decision& decision) {
  if (auto* refusal = std::get_if<Refusal>(&decision)) {
    ADD_FAILURE() << refusal->rule << ": " << refusal->what;
    return Plan{};
  }
  return std::get<Plan>(decision);
}

// "drain db3, repoint db4 keeping": steps without their sentences.
inline std::string brief(const Plan& plan) {
  std::string text;
  for (const Step& step : plan.steps) {
    text += std::string(text.empty() ? "" : ", ") + std::string(to_string(step.kind));
    if (!step.target.empty()) text += " " + step.target.text;
    if (step.from == DrainFrom::latest_replica) text += " by GTID from " + step.source.text;
    if (step.keep_relay_logs) text += " keeping";
  }
  return text;
}

}  // namespace tanist::plan

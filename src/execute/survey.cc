// Who has received what, and whose logs can be read: asked after the fence, before anybody is chosen.
#include <algorithm>

#include <fmt/format.h>

#include "execute/failover_run.h"
#include "execute/progress.h"

namespace tanist::execute {

using namespace std::chrono_literals;

// The files of the dead primary's log that its replicas still read, the oldest first. Servers below somebody else read
// another log.
std::vector<std::string> FailoverRun::wanted_files() const {
  std::vector<std::string> files;
  for (const topology::Member* member : snapshot_.with_role(topology::Role::replica)) {
    const std::string& file = member->replica()->received.file;
    if (!file.empty()) files.push_back(file);
  }
  auto older = [](const std::string& a, const std::string& b) { return gtid::compare_log_files(a, b) < 0; };
  std::sort(files.begin(), files.end(), older);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

LogPlace FailoverRun::binlog_of(const config::ServerConfig& host, std::string from_file) {
  LogPlace place;
  place.directories = host.master_binlog_dir;
  place.start_file = std::move(from_file);
  return place;
}

// The same answer as the plan will give, as far as the log itself does not matter.
bool FailoverRun::dead_log_may_be_served() const {
  return *dead_host_.ssh_reachable && dead_host_.server_gone && !dead_host_.powered_off && request_.policy.standin &&
         !request_.policy.skip_save_master_binlog;
}

// Where the dead primary's log can be served its receivers are to try again by themselves. Where it cannot, they stop
// before anybody is ranked and before any relay log is served: what each one holds must not change any more (R2, R3).
sys::Task<Status> FailoverRun::survey() {
  world_.log.info("* Phase 3: Master Recovery Phase..");
  world_.log.info("");
  world_.log.info("* Phase 3.1: Getting Latest Slaves Phase..");
  world_.log.info("");
  if (dead_log_may_be_served()) co_await look_at_dead_log();
  if (!dead_host_.log_end) {
    Status stopped = co_await stop_receivers();
    if (!stopped) co_return stopped;
  }
  snapshot_ = co_await world_.observe(2s);
  note_replicas();
  if (dead_host_.log_end) {
    Status whole = co_await check_dead_log_is_whole();
    if (!whole) co_return whole;
  }
  if (dead_host_.log_end || !request_.policy.standin) co_return Status{};
  if (relay_reach_.empty()) co_await look_at_relay_logs();
  Status readable = co_await look_at_binlog_servers();
  co_return readable;
}

// A replica can have received more than a machine that was reset has kept (reference standin-protocol.md 4.2): served from
// there, everybody would end before it.
sys::Task<Status> FailoverRun::check_dead_log_is_whole() {
  auto ids = replicas();
  bool beyond = std::any_of(ids.begin(), ids.end(), [&](const ServerId& id) {
    const gtid::LogCoordinates& received = snapshot_.find(id)->replica()->received;
    return received > plan::dead_log_end_at(dead_host_, received);
  });
  if (!beyond) co_return Status{};
  co_await look_at_relay_logs();
  const std::string why = plan::why_dead_log_is_short(snapshot_, dead_host_, relay_reach_);
  if (why.empty()) co_return Status{};
  world_.log.warning(fmt::format("The log of {} is no source: {}.", dead().host_info(), why));
  dead_host_.log_end.reset();
  dead_host_.log_problem = why;
  Status stopped = co_await stop_receivers();
  if (!stopped) co_return stopped;
  snapshot_ = co_await world_.observe(2s);
  co_return Status{};
}

// A file that is gone costs those that still need it, and nobody else: the next newer one is asked for.
sys::Task<Result<FailoverRun::WantedLog>> FailoverRun::look_at_wanted(const config::ServerConfig& host) {
  Error problem{Errc::not_found, "no replica says which file it reads"};
  for (const std::string& file : wanted_files()) {
    auto reach = co_await look_at_tail(world_, host, binlog_of(host, file), in(kLogLook));
    if (reach) co_return WantedLog{file, std::move(*reach)};
    problem = reach.error();
    world_.log.warning(fmt::format("The log on {} cannot be served from {} on: {}", host.host_info(), file, problem.what));
    if (problem.code != Errc::refused) break;  // not the log's fault: the next file would fare no better
  }
  co_return fail(std::move(problem));
}

sys::Task<void> FailoverRun::look_at_dead_log() {
  auto log = co_await look_at_wanted(dead());
  if (!log) {
    dead_host_.log_problem = log.error().what;
    co_return;
  }
  dead_host_.log_first = gtid::LogCoordinates{log->from, 4};
  dead_host_.log_end = log->reach.end;
  dead_host_.log_ends = log->reach.ends;
  dead_host_.log_problem = log->reach.damage;
  world_.log.info(fmt::format("The log of {} ends at {} (end of its last complete transaction).", dead().host_info(),
                              log->reach.end.text()));
  if (!log->reach.damage.empty()) world_.log.warning("Damage in it: " + log->reach.damage);
}

// A failover that their silence forbids touches nothing. Where the dead primary's host answers, its own log is likely to
// serve everybody.
sys::Task<Status> FailoverRun::ask_binlog_servers_first() {
  if (cluster_.binlog_servers.empty()) co_return Status{};
  if (!dead_host_.ssh_reachable) co_await test_ssh(dead().ssh_connection_timeout);
  if (*dead_host_.ssh_reachable) co_return Status{};
  auto readable = co_await look_at_binlog_servers();
  co_return readable;
}

sys::Task<Status> FailoverRun::look_at_binlog_servers() {
  if (!request_.policy.standin) co_return Status{};
  std::vector<sys::Task<plan::LogCopy>> looks;
  for (const config::ServerConfig& host : cluster_.binlog_servers) looks.push_back(look_at_copy(host));
  dead_host_.copies = co_await sys::when_all(std::move(looks));
  if (auto refusal = plan::check_binlog_servers(dead_host_.copies, request_.policy)) co_return fail(as_error(*refusal));
  co_return Status{};
}

// `host` outlives the task: it is the configuration's.
sys::Task<plan::LogCopy> FailoverRun::look_at_copy(const config::ServerConfig& host) {
  plan::LogCopy copy{host.id, host.hostname, {}, {}, 0, ""};
  for (const plan::LogCopy& before : dead_host_.copies) {
    if (before.server == host.id && before.end.empty()) co_return before;  // nobody waits twice for a silent one
  }
  if (host.hostname.empty()) {
    copy.problem = "it has no hostname";
    co_return copy;
  }
  auto log = co_await look_at_wanted(host);
  if (!log) {
    copy.problem = log.error().what;
    co_return copy;
  }
  copy.first = {log->from, 4};
  copy.end = log->reach.end;
  copy.server_id = log->reach.server_id;
  copy.problem = log->reach.damage;
  world_.log.info(fmt::format("The copy of the log on {} ends at {}.", host.hostname, copy.end.text()));
  co_return copy;
}

sys::Task<void> FailoverRun::look_at_relay_logs() {
  auto look = [](FailoverRun* run, ServerId id) -> sys::Task<plan::RelayReach> {
    const auto* state = run->snapshot_.find(id)->state();
    auto reach = co_await look_at_tail(run->world_, run->config_of(id), relay_log_of(*state), run->in(kLogLook));
    const std::string whose = "The relay logs of " + run->config_of(id).host_info();
    if (!reach) {
      run->world_.log.warning(whose + " cannot be served: " + reach.error().what);
      co_return plan::RelayReach{id, {}, {}, reach.error().what, ""};
    }
    if (!reach->damage.empty()) run->world_.log.warning(whose + " are damaged: " + reach->damage);
    co_return plan::RelayReach{id, reach->first, reach->end, "", reach->damage};
  };
  std::vector<sys::Task<plan::RelayReach>> looks;
  for (const ServerId& id : replicas()) looks.push_back(look(this, id));
  relay_reach_ = co_await sys::when_all(std::move(looks));
}

}  // namespace tanist::execute

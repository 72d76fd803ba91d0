#include "execute/failover.h"

#include <algorithm>

#include <fmt/format.h>

#include <algorithm>

#include "execute/advisory_locks.h"
#include "execute/failover_run.h"
#include "hooks/arguments.h"
#include "base/text.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::StepKind;

namespace {
constexpr Duration kProbeLimit = 2s;
}  // namespace

sys::Task<FailoverResult> run_failover(World world, const config::ClusterConfig& cluster, FailoverRequest request) {
  FailoverRun run(std::move(world), cluster, std::move(request));
  auto result = co_await run.run();
  co_return result;
}

Error as_error(const plan::Refusal& refusal) { return {Errc::refused, plan::text(refusal)}; }

FailoverRun::FailoverRun(World world, const config::ClusterConfig& cluster, FailoverRequest request)
    : world_(std::move(world)),
      cluster_(cluster),
      request_(std::move(request)),
      started_(world_.clock.wall_now()),
      report_(cluster.name, dead().hostname),
      live_fence_(world_, dead()),
      tail_saved_(world_.clock) {
  dead_host_.ssh_reachable = request_.ssh_reachable;
  dead_host_.last_seen_end = request_.last_seen_end;
  dead_host_.semi_sync_may_prove = plan::semi_sync_may_prove(request_.dead_semi_sync);
  for (const auto& config : cluster_.servers) {
    servers_.emplace(config.id, std::make_unique<Server>(world_.clock, world_.mysql, config));
  }
}

// The whole story. Up to phase 2 a failure leaves everything as it was; up to activation it is undone; from there on
// it goes forward, and what could not be done is said.
sys::Task<FailoverResult> FailoverRun::run() {
  world_.log.info("Starting master failover.");
  world_.log.info("");
  Status status = co_await check();
  if (status) status = co_await fence();
  if (status) status = asked_to_stop();
  if (status) co_await start_appliers();
  if (status) status = co_await survey();
  if (status) status = co_await choose();
  if (status) status = co_await start_stand_in();
  if (status) status = asked_to_stop();
  if (status) status = co_await promote();
  if (status) status = co_await run_late_shutdown();
  if (status) status = asked_to_stop();
  if (status) status = still_ours();
  if (status) status = co_await check_still_fenced();
  if (status) status = co_await activate();
  if (!activated_) {
    co_await undo();
  } else {
    // Clients write to the new primary: there is no way back, and nothing that fails stops what comes after it.
    co_await repoint_replicas();
    co_await run_last_shutdown();
    co_await reset_new_primary();
    co_await put_sources_back();
  }
  auto result = co_await finish(std::move(status));
  co_return result;
}

const config::ServerConfig& FailoverRun::config_of(const ServerId& id) const {
  if (const config::ServerConfig* server = cluster_.find(id)) return *server;
  auto is_it = [&](const config::ServerConfig& server) { return server.id == id; };
  return *std::find_if(cluster_.binlog_servers.begin(), cluster_.binlog_servers.end(), is_it);
}

Status FailoverRun::asked_to_stop() const {
  if (!request_.stop_requested()) return {};
  return fail(Errc::cancelled, fmt::format("Stopped by a signal: what was done to the replicas is undone; {} stays fenced",
                                           dead().host_info()));
}

sys::Task<Status> FailoverRun::check() {
  world_.log.info("* Phase 1: Configuration Check Phase..");
  world_.log.info("");
  snapshot_ = co_await world_.observe(kProbeLimit);
  if (auto refusal = plan::check_failover(snapshot_, request_.policy)) co_return fail(as_error(*refusal));
  for (const std::string& list : topology::lists(snapshot_)) world_.log.info(list);
  if (auto refused = request_.guard()) co_return fail(Errc::refused, *refused);
  Status readable = co_await ask_binlog_servers_first();
  if (!readable) co_return readable;
  if (request_.interactive &&
      !request_.ask(fmt::format("Master {} is dead. Proceed? (yes/NO): ", dead().host_info()))) {
    co_return fail(Errc::cancelled, "Stopped by the operator before anything was done");
  }
  Status locked = co_await lock_replicas();
  if (!locked) {
    co_await unlock_replicas();
    co_return locked;
  }
  int mode = topology::mha_gtid_mode(snapshot_);
  world_.log.info(mode == 1 ? "Starting GTID based failover." : "Starting Non-GTID based failover.");
  world_.log.info("");
  world_.log.info("** Phase 1: Configuration Check Phase completed.");
  world_.log.info("");
  co_return Status{};
}

// A primary that answers, or says no with an error packet, is alive: nothing is done to it (R9).
sys::Task<Status> FailoverRun::check_still_dead() {
  if (!request_.check_still_dead || request_.policy.given_up) co_return Status{};
  auto sign = co_await sign_of_life(request_.last_question);
  if (sign.empty()) co_return Status{};
  co_return fail(Errc::conflict, fmt::format("{} {}: nothing was changed, the failover is cancelled",
                                             dead().host_info(), sign));
}

// The fence is some time ago, and nothing may hold a server down that somebody starts by hand. While a stand-in listens
// on its address it cannot be there.
sys::Task<Status> FailoverRun::check_still_fenced() {
  const bool must_be_gone = request_.check_still_dead || dead_host_.fence_proven;
  const bool address_is_ours = at_dead_address_ && !stand_in_->ended();
  if (!must_be_gone || address_is_ours) co_return Status{};
  if (live_fence_.closed() && !dead_host_.server_gone) {
    auto closed = co_await live_fence_.check_closed();
    co_return closed;
  }
  auto sign = co_await sign_of_life(250ms);
  if (sign.empty()) co_return Status{};
  co_return fail(Errc::conflict,
                 fmt::format("{} {} although it was fenced: nobody is promoted, two servers would take writes. Stop it, "
                             "or let it be the primary again",
                             dead().host_info(), sign));
}

// How the dead primary shows that it lives, as a predicate; empty: it does not.
sys::Task<std::string> FailoverRun::sign_of_life(Duration limit) {
  mysql::Endpoint endpoint{dead().ip, dead().port};
  mysql::Credentials who{dead().user, dead().password};
  auto session = co_await world_.mysql.connect(endpoint, who, in(limit));
  asked_for_life_ = world_.clock.now();
  if (session) co_return "answers again";
  const mysql::Failure& failure = session.error();
  if (failure.contact != mysql::Contact::error_packet || !detect::means_alive(failure.number)) co_return "";
  co_return fmt::format("is alive, it answers with error {} ({})", failure.number, failure.what);
}

std::vector<ServerId> FailoverRun::replicas() const {
  std::vector<ServerId> ids;
  for (const auto& member : snapshot_.members) {
    bool ours = member.role == topology::Role::replica || member.role == topology::Role::failed_replica;
    if (ours && member.replica() && member.facts.id != request_.policy.dead_primary) ids.push_back(member.facts.id);
  }
  return ids;
}

sys::Task<Status> FailoverRun::lock_replicas() {
  std::vector<Server*> locked;
  for (const ServerId& id : replicas()) locked.push_back(&server(id));
  auto taken = co_await take_failover_locks(world_.clock, std::move(locked), 1);
  co_return taken;
}

sys::Task<void> FailoverRun::unlock_replicas() {
  std::vector<Server*> all;
  for (const auto& entry : servers_) all.push_back(entry.second.get());
  co_await release_locks(world_.clock, std::move(all), kFailoverLock);
}

// Whoever does not follow the new primary although it was to.
std::vector<std::string> FailoverRun::not_recovered() const {
  auto lost = [&](const ReplicaProgress& progress) {
    if (!progress.drain || (progress.repointed && !*progress.repointed)) return true;
    return !progress.repointed && !request_.policy.skip_change_master;
  };
  std::vector<std::string> left;
  for (const auto& member : snapshot_.members) {
    const ServerId& id = member.facts.id;
    if (id == request_.policy.dead_primary || (plan_ && id == plan_->new_primary)) continue;
    auto it = progress_.find(id);
    bool gone = member.role == topology::Role::dead || member.role == topology::Role::refusing;
    if (gone || (it != progress_.end() && lost(*it->second))) left.push_back(member.facts.text());
  }
  return left;
}

// What a person does next: the command is the one that starts a failover by hand, with the words that let it pass the
// error flag of this one.
std::string FailoverRun::after_an_undo() const {
  return fmt::format("The old primary {} is {} and was not replaced; mend the cause above, then run: tanist failover {} "
                     "--dead={} --ignore_last_failover",
                     dead().host_info(),
                     dead_host_.server_gone ? "stopped" : request_.policy.given_up ? "up" : "down", cluster_.path, dead().hostname);
}

sys::Task<FailoverResult> FailoverRun::finish(Status status) {
  co_await background_.wait();
  co_await unlock_replicas();
  FailoverResult result;
  result.phase2_reached = phase2_reached_;
  if (activated_) result.new_primary = plan_->new_primary;
  result.recovered = report_.recovered_hostnames();

  if (!activated_) {
    result.exit_code = 1;
    result.why = status ? "the failover did not come to activation" : status.error().what;
    if (lost_ && recorder_) {
      result.why += ". Nothing more is done, and nothing is undone: it is left to whoever holds the lock, or comes next "
                    "(see `tanist history`)";
    }
    world_.log.error(result.why);
    if (phase2_reached_) {
      report_.line(result.why);
      report_.line("Got Error so couldn't continue failover from here.");
      if (!lost_) report_.line(after_an_undo());
    }
  } else {
    const std::vector<std::string> left = not_recovered();
    if (!left.empty()) unfinished_.push_back("not recovered: " + join(left, ", "));
    result.exit_code = unfinished_.empty() ? 0 : 10;
    const std::string to = config_of(plan_->new_primary).host_info();
    if (result.exit_code == 0) {
      report_.line(fmt::format("Master failover to {} completed successfully.", to));
    } else {
      result.why = join(unfinished_, "; ");
      for (const std::string& sentence : unfinished_) report_.line(sentence);
      report_.line(fmt::format("Master failover to {} done, but recovery on slave partially failed.", to));
    }
  }
  for (const std::string& loss : losses_) report_.line(loss);
  result.subject = report_.subject(result.exit_code == 0);
  result.body = report_.body();
  // Unfinished, so that somebody finds it who may go on or back.
  if (recorder_ && !lost_) recorder_->finish(result.exit_code, result.why);
  if (phase2_reached_) co_await send_report(result);
  co_return result;
}

Recovered FailoverRun::how_far() const {
  Recovered recovered;
  const auto& before = progress_.at(plan_->new_primary)->before;
  recovered.by_gtid = gtid_based() || before.positioning != topology::Positioning::file_position;
  recovered.gtids = promoted_->version.is_mysql() ? promoted_->executed_gtids : promoted_->mariadb_slave_pos;
  recovered.joins_at = promoted_->binlog_end.text();
  // Fed by another replica it stands in that one's log.
  const auto is_native = [&](const plan::Step& step) {
    return step.target == plan_->new_primary && step.from == plan::DrainFrom::latest_replica;
  };
  const bool from_old = std::none_of(plan_->steps.begin(), plan_->steps.end(), is_native);
  if (promoted_->replica() && from_old) recovered.end = promoted_->replica()->executed.text();
  return recovered;
}

sys::Task<void> FailoverRun::send_report(const FailoverResult& result) {
  world_.log.info("");
  world_.log.info("----- Failover Report -----\n\n" + result.subject + "\n\n" + result.body);
  if (dead().report_script.empty()) co_return;
  hooks::Report report;
  report.orig_hostname = dead().hostname;
  report.new_hostname = report_.new_hostname();
  report.new_replicas = result.recovered;
  report.conf = cluster_.path;
  report.subject = result.subject;
  report.body = result.body;
  hooks::Call call{dead().report_script, hooks::report(report), in(dead().hook_timeout)};
  world_.log.info("Sending mail..");
  auto outcome = co_await world_.hooks.run(std::move(call));
  if (!outcome.ok()) world_.log.error("Failed to send the report: " + outcome.what);
}

}  // namespace tanist::execute

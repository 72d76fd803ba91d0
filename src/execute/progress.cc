#include "execute/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "gtid/mariadb_gtid.h"
#include "gtid/mysql_gtid_set.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using topology::Positioning;
using topology::ReceiverState;

namespace {

// How long nothing may move before a wait gives up.
constexpr Duration kReceiveStall = 30s;
constexpr Duration kApplyStall = 300s;
constexpr Duration kLongestStatement = 6h;  // and while one is applied; a stand-in lives no longer either
constexpr Duration kNetTimeout = 60s;       // replica_net_timeout, by default
constexpr Duration kLongestRetry = 300s;
constexpr Duration kShortestPause = 5ms;
constexpr Duration kLongestPause = 100ms;

bool covers_gtids(const topology::ServerState& state, const std::string& wanted, bool applied) {
  if (wanted.empty()) return false;
  const auto& replica = *state.replica();
  if (state.version.is_mariadb()) {
    auto goal = gtid::MariadbGtidPos::parse(wanted);
    auto have = gtid::MariadbGtidPos::parse(applied ? state.mariadb_slave_pos : replica.receiver_gtid);
    return goal && have && !goal->empty() && have->covers(*goal);
  }
  auto goal = gtid::GtidSet::parse(wanted);
  auto have = gtid::GtidSet::parse(state.executed_gtids);
  if (!goal || !have || goal->empty()) return false;
  // MySQL 5.6 counts a half transaction as fetched.
  auto fetched = gtid::GtidSet::parse(replica.retrieved_gtids);
  if (!applied && fetched && state.version.at_least(5, 7)) have->add(*fetched);
  return have->contains(*goal);
}

// MySQL with GTIDs: everything it ever fetched is executed. Its executed position alone lags behind the truth with
// parallel appliers (reference standin-protocol.md 9).
bool executed_all_retrieved(const topology::ServerState& state) {
  if (!state.version.is_mysql() || state.gtid_mode != "ON") return false;
  auto retrieved = gtid::GtidSet::parse(state.replica()->retrieved_gtids);
  auto executed = gtid::GtidSet::parse(state.executed_gtids);
  return retrieved && executed && !retrieved->empty() && executed->contains(*retrieved);
}

// What it has fetched in whole and not applied.
bool lacks_fetched_gtids(const topology::ServerState& state) {
  return state.version.at_least(5, 7) && state.gtid_mode == "ON" && state.version.is_mysql() &&
         !state.replica()->retrieved_gtids.empty() && !executed_all_retrieved(state);
}

bool may_be_applying(const topology::ReplicaStatus& status) {
  return status.applier_running && status.applier_errno == 0 && status.delay_seconds == 0;
}

std::string text_of(const Goal& goal) { return goal.end.empty() ? goal.gtids : goal.end.text(); }

tl::unexpected<Error> gave_up(const Server& replica) {
  return fail(Errc::cancelled, "waiting for " + replica.host_info() + " was given up: the failover is undone");
}

std::string where(const topology::ServerState& state) {
  const auto& replica = *state.replica();
  return fmt::format("received {}, executed {}", replica.received.text(), replica.executed.text());
}

std::string receiver_trouble(const topology::ReplicaStatus& replica) {
  if (replica.receiver_errno == 0) return "";
  return fmt::format(". Its receiver: {} {}", replica.receiver_errno, replica.receiver_error);
}

}  // namespace

// A latest replica may hold half a transaction, whose rest nobody has: its relay logs say where the last whole one ends.
// Those of a replica that is behind say nothing of that.
Goal goal_of(const plan::Plan& plan, const plan::DeadHost& dead_host,
             const std::vector<plan::RelayReach>& relay_reach, const StandIn* stand_in) {
  if (stand_in) return {stand_in->reach().end, stand_in->reach().end_gtids, true};
  if (dead_host.log_end) return {*dead_host.log_end, "", true};
  for (const plan::RelayReach& reach : relay_reach) {
    bool is_latest = std::find(plan.latest.begin(), plan.latest.end(), reach.replica) != plan.latest.end();
    if (reach.damage.empty() ? reach.end > plan.latest_received : reach.end != plan.latest_received) continue;
    if (is_latest && reach.problem.empty()) return {reach.end, "", true};
  }
  return {plan.latest_received, "", false};
}

Result<Goal> goal_of_source(const topology::ServerState& source) {
  if (!source.version.is_mariadb()) {
    if (source.executed_gtids.empty()) return fail(Errc::conflict, "it has executed no transaction with a GTID");
    return Goal{{}, source.executed_gtids, true};
  }
  auto all = gtid::MariadbGtidPos::parse(source.mariadb_binlog_pos);
  auto applied = gtid::MariadbGtidPos::parse(source.mariadb_slave_pos);
  if (!all || !applied) return fail(Errc::conflict, "its GTID position cannot be read");
  for (const auto& [domain, gtid] : applied->domains()) all->raise(gtid);
  if (all->empty()) return fail(Errc::conflict, "it has applied no transaction with a GTID");
  return Goal{{}, all->text(), true};
}

bool has_received(const topology::ServerState& state, const Goal& goal) {
  const bool by_place = !goal.end.empty() && state.replica()->received >= goal.end;
  return by_place || covers_gtids(state, goal.gtids, false) || covers_gtids(state, goal.gtids, true);
}

bool applier_is_idle(const topology::ReplicaStatus& status) {
  // "Slave has read all relay log", "Has read all relay log", "Replica has read all relay log" (reference A2).
  return status.applier_activity.find("as read all relay log") != std::string::npos;
}

bool has_applied(const topology::ServerState& state, const Goal& goal) {
  const auto& replica = *state.replica();
  if (covers_gtids(state, goal.gtids, true)) return true;
  if (goal.end.empty() || !has_received(state, goal)) return false;
  if (replica.executed >= goal.end || replica.fully_applied() || executed_all_retrieved(state)) return true;
  // The latest replica may have received half a transaction that nobody has the rest of: idle is all it can be.
  return !goal.exact && state.parallel_workers == 0 && applier_is_idle(replica);
}

// With parallel appliers the coordinator calls itself idle while they work: there it counts whether all that is missing
// is there in whole. One that applies late on purpose waits for the clock.
bool is_applying(const topology::ServerState& state, const Goal& goal) {
  if (!may_be_applying(*state.replica())) return false;
  if (state.parallel_workers == 0) return !applier_is_idle(*state.replica());
  return goal.exact && has_received(state, goal) && !has_applied(state, goal);
}

Duration receive_stall(const topology::ServerState& state) {
  Duration retry = std::min<Duration>(std::chrono::seconds(state.replica()->connect_retry_seconds), kLongestRetry);
  // One that could not be started again may hold a connection to a machine that has forgotten it.
  if (!receiver_may_restart(state)) retry += kNetTimeout;
  return std::max(kReceiveStall, retry + 10s);
}

sys::Task<Result<topology::ServerState>> wait_until_progress(World& world, Server& replica, Goal goal, Until until,
                                                             const bool& give_up) {
  TimePoint last_move = world.clock.now();
  TimePoint last_said = last_move;
  std::string last_place;
  Duration pause = kShortestPause;
  for (;;) {
    if (give_up) co_return gave_up(replica);
    auto state = co_await replica.state(world.clock.now() + 10s);
    if (!state) co_return fail(state.error());
    const auto* status = state->replica();
    if (!status) co_return fail(Errc::conflict, replica.host_info() + " is no replica any more");
    if (until == Until::received ? has_received(*state, goal) : has_applied(*state, goal)) co_return std::move(*state);

    if (until == Until::applied && !status->applier_running) {
      co_return fail(Errc::refused, fmt::format("the applier of {} stopped: {} {}", replica.host_info(),
                                                status->applier_errno, status->applier_error));
    }
    if (until == Until::received && status->receiver == ReceiverState::stopped) {
      co_return fail(Errc::refused, fmt::format("the receiver of {} stopped: {} {}", replica.host_info(),
                                                status->receiver_errno, status->receiver_error));
    }
    TimePoint now = world.clock.now();
    const Duration stall = until == Until::received     ? receive_stall(*state)
                           : is_applying(*state, goal) ? kLongestStatement
                                                       : kApplyStall;
    std::string place = where(*state) + state->executed_gtids + state->mariadb_slave_pos;
    if (place != last_place) {
      last_place = place;
      last_move = now;
      pause = kShortestPause;
    } else if (now - last_move > stall) {
      co_return fail(Errc::timeout,
                     fmt::format("{} did not get further for {} s: {}, wanted {}{}", replica.host_info(),
                                 std::chrono::duration_cast<std::chrono::seconds>(stall).count(), where(*state),
                                 text_of(goal), receiver_trouble(*status)));
    }
    if (now - last_said > 2s) {
      last_said = now;
      const bool still = now - last_move > kApplyStall;
      world.log.info(fmt::format("{}: {}, to {}{}", replica.host_info(), where(*state), text_of(goal),
                                 still ? "; its applier is at one statement: " + status->applier_activity : ""));
    }
    co_await sys::sleep_for(world.clock, pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

sys::Task<Status> wait_own_relay_applied(World& world, Server& replica, const bool& give_up) {
  TimePoint last_move = world.clock.now();
  gtid::LogCoordinates last_executed;
  for (;;) {
    if (give_up) co_return gave_up(replica);
    auto state = co_await replica.state(world.clock.now() + 10s);
    if (!state) co_return fail(state.error());
    const auto* status = state->replica();
    if (!status) co_return fail(Errc::conflict, replica.host_info() + " is no replica any more");
    if (status->fully_applied() || executed_all_retrieved(*state)) co_return Status{};
    if (!status->applier_running) {
      // What it cannot read nobody can: it is given that again from elsewhere.
      if (plan::is_relay_read_failure(status->applier_errno)) co_return Status{};
      co_return fail(Errc::refused, fmt::format("the applier of {} stopped: {} {}", replica.host_info(),
                                                status->applier_errno, status->applier_error));
    }
    TimePoint now = world.clock.now();
    if (status->executed != last_executed) {
      last_executed = status->executed;
      last_move = now;
    }
    // Parallel appliers report their position up to 300 ms late (replica_checkpoint_period).
    const bool at_work = !applier_is_idle(*status) || (state->parallel_workers > 0 && lacks_fetched_gtids(*state));
    if (!at_work && now - last_move > 500ms) co_return Status{};
    if (now - last_move > (at_work && may_be_applying(*status) ? kLongestStatement : kApplyStall)) {
      co_return fail(Errc::timeout, fmt::format("the applier of {} does not get further: {}", replica.host_info(),
                                                where(*state)));
    }
    co_await sys::sleep_for(world.clock, 20ms);
  }
}

sys::Task<Status> wait_replicating(World& world, Server& replica, std::string source_address, Duration limit) {
  const TimePoint deadline = world.clock.now() + limit;
  for (;;) {
    auto state = co_await replica.state(world.clock.now() + 10s);
    if (!state) co_return fail(state.error());
    const auto* status = state->replica();
    if (!status) co_return fail(Errc::conflict, replica.host_info() + " is no replica any more");
    if (status->receiver == ReceiverState::running && status->applier_running) co_return Status{};
    if (status->applier_errno != 0) {
      co_return fail(Errc::refused, fmt::format("the applier of {} stopped: {} {}", replica.host_info(),
                                                status->applier_errno, status->applier_error));
    }
    if (status->receiver == ReceiverState::stopped && status->receiver_errno != 0) {
      co_return fail(Errc::refused, fmt::format("the receiver of {} stopped: {} {}", replica.host_info(),
                                                status->receiver_errno, status->receiver_error));
    }
    if (world.clock.now() > deadline) {
      co_return fail(Errc::timeout, fmt::format("{} does not replicate from {}: {} {}", replica.host_info(),
                                                source_address, status->receiver_errno, status->receiver_error));
    }
    co_await sys::sleep_for(world.clock, 20ms);
  }
}

bool receiver_may_restart(const topology::ServerState& state) {
  const auto& replica = *state.replica();
  return state.version.is_mysql() || replica.positioning == Positioning::file_position || replica.applier_running;
}

bool keeps_events_only_by_position(const topology::ServerState& state) {
  const auto* replica = state.replica();
  return state.version.is_mariadb() && replica->positioning != Positioning::file_position &&
         replica->receiver == ReceiverState::stopped && !replica->applier_running && !replica->fully_applied();
}

mysql::ChangeSource keep_received(const topology::ReplicaStatus& replica) {
  mysql::ChangeSource change;
  change.gtid = mysql::GtidUse::none;
  change.from = replica.received;
  change.keep_relay = replica.relay;
  return change;
}

mysql::ChangeSource stand_in_source(const StandIn& stand_in, bool with_account, const topology::Member& replica) {
  mysql::ChangeSource change;
  change.host = stand_in.reach().address;
  change.port = stand_in.reach().port;
  if (with_account) {
    change.user = stand_in.credentials().user;
    change.password = stand_in.credentials().password;
  }
  change.gtid = mysql::GtidUse::none;
  change.connect_retry_seconds = 1;
  change.delay_seconds = 0;
  // It stays as encrypted as it was. The certificate is not that of this address.
  if (replica.replica()->ssl_verify) change.ssl_verify = false;
  return change;
}

mysql::ChangeSource native_source(const config::ServerConfig& source, const topology::Member& replica) {
  mysql::ChangeSource change;
  change.host = source.hostname;
  change.port = source.port;
  if (!source.repl_user.empty()) change.user = source.repl_user;
  if (!source.repl_password.empty()) change.password = source.repl_password;
  change.gtid = replica.state()->version.is_mariadb() ? mysql::GtidUse::slave_pos : mysql::GtidUse::auto_position;
  change.connect_retry_seconds = 1;
  change.delay_seconds = 0;
  return change;
}

mysql::ChangeSource original_source(const topology::ReplicaStatus& replica) {
  mysql::ChangeSource change;
  change.host = replica.source_host;
  change.port = replica.source_port;
  change.user = replica.source_user;
  change.connect_retry_seconds = replica.connect_retry_seconds;
  change.delay_seconds = replica.delay_seconds;
  change.ssl = replica.ssl;
  change.ssl_verify = replica.ssl_verify;
  switch (replica.positioning) {
    case Positioning::file_position: change.gtid = mysql::GtidUse::none; break;
    case Positioning::auto_position: change.gtid = mysql::GtidUse::auto_position; break;
    case Positioning::mariadb_current_pos: change.gtid = mysql::GtidUse::current_pos; break;
    case Positioning::mariadb_slave_pos: change.gtid = mysql::GtidUse::slave_pos; break;
  }
  return change;
}

LogPlace relay_log_of(const topology::ServerState& state) {
  LogPlace place;
  place.relay = true;
  size_t slash = state.relay_log_basename.rfind('/');
  place.directories = {slash == std::string::npos ? state.datadir : state.relay_log_basename.substr(0, slash)};
  place.basename = slash == std::string::npos ? state.relay_log_basename : state.relay_log_basename.substr(slash + 1);
  place.received_at = state.replica()->received;
  place.received = state.version.is_mariadb() ? state.replica()->receiver_gtid : state.replica()->retrieved_gtids;
  return place;
}

std::vector<StandInUser> one_time_user(sys::Entropy& entropy) {
  return {{"tanist_" + entropy.hex(4), Secret(entropy.hex(16))}};
}

std::optional<Secret> known_password(const config::ClusterConfig& cluster, const std::string& user) {
  for (const auto& server : cluster.servers) {
    if (server.repl_user == user && !server.repl_password.empty()) return server.repl_password;
  }
  return std::nullopt;
}

std::vector<StandInUser> replication_users(const topology::Snapshot& snapshot, const config::ClusterConfig& cluster) {
  std::vector<StandInUser> users;
  for (const auto& member : snapshot.members) {
    if (!member.replica()) continue;
    StandInUser user{member.replica()->source_user, known_password(cluster, member.replica()->source_user)};
    auto same = [&](const StandInUser& other) { return other.name == user.name; };
    if (std::any_of(users.begin(), users.end(), same)) continue;
    users.push_back(std::move(user));
  }
  return users;
}

}  // namespace tanist::execute

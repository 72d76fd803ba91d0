#include "execute/follow.h"

#include <fmt/format.h>

#include "sys/resolver.h"

namespace tanist::execute {

using namespace std::chrono_literals;

namespace {

// A delayed replica catches up at once, from its own relay logs; its delay is set again with the next CHANGE.
sys::Task<Status> apply_without_delay(World& world, Server& replica, const bool& give_up) {
  auto stopped = co_await replica.stop_replica(world.clock.now() + 70s);
  if (!stopped) co_return stopped;
  auto state = co_await replica.state(world.clock.now() + 5s);
  if (!state) co_return fail(state.error());
  if (!state->replica()) co_return fail(Errc::conflict, replica.host_info() + " is no replica any more");
  mysql::ChangeSource change = keep_received(*state->replica());
  change.delay_seconds = 0;
  auto changed = co_await replica.change_source(std::move(change), world.clock.now() + 10s);
  if (!changed) co_return changed;
  auto started = co_await replica.start_applier(world.clock.now() + 10s);
  if (!started) co_return started;
  auto applied = co_await wait_own_relay_applied(world, replica, give_up);
  co_return applied;
}

}  // namespace

mysql::ChangeSource new_source(const config::ServerConfig& next, const topology::ReplicaStatus& before) {
  mysql::ChangeSource change = original_source(before);
  const bool by_address = sys::canonical_address(before.source_host) == before.source_ip;
  change.host = by_address ? next.ip : next.hostname;
  change.port = next.port;
  change.user = next.repl_user.empty() ? before.source_user : next.repl_user;
  if (!next.repl_password.empty()) change.password = next.repl_password;
  return change;
}

std::optional<uint32_t> wanted_heartbeat(const config::ServerConfig& replica) {
  if (replica.heartbeat_period.count() == 0) return std::nullopt;
  return static_cast<uint32_t>(replica.heartbeat_period.count());
}

sys::Task<Status> follow(World& world, Server& replica, FollowOrder order, const bool& give_up,
                         bool& changed) {
  const bool by_position = order.before.positioning == topology::Positioning::file_position;
  // Events of the new primary may follow a whole transaction of the old one in a relay log, never half of
  // one: the halves would be applied as one (reference standin-protocol.md 6.2).
  const bool ends_whole = order.goal.exact && !order.goal.end.empty() && order.now.received == order.goal.end;
  const bool keeps_relay = order.keep_relay_logs && by_position && ends_whole;

  // A replica that is to keep its relay logs goes on applying them later; everybody else is at the same
  // transaction as the new primary before it is moved. By GTID a dropped event is fetched again.
  Status applied;
  if (order.keep_relay_logs && by_position && !keeps_relay) {
    applied = co_await apply_without_delay(world, replica, give_up);
  } else if (!order.keep_relay_logs && (order.wait_applied || by_position)) {
    auto state = co_await wait_until_progress(world, replica, order.goal, Until::applied, give_up);
    if (!state) applied = fail(state.error());
  }
  if (!applied) co_return applied;
  auto stopped = co_await replica.stop_replica(world.clock.now() + 70s);
  if (!stopped) co_return stopped;
  auto state = co_await replica.state(world.clock.now() + 5s);
  if (!state) co_return fail(state.error());

  const gtid::LogCoordinates& stands = keeps_relay ? state->replica()->received : state->replica()->executed;
  if (by_position && order.source_ends_there && order.goal.exact && order.goal.end < stands) {
    co_return fail(Errc::conflict, fmt::format("it has gone on to {} in a log that ended at {} when the new primary began: somebody "
                                               "has written there since. It is left where it is", stands.text(), order.goal.end.text()));
  }

  mysql::ChangeSource change = new_source(order.next, order.before);
  change.heartbeat_seconds = wanted_heartbeat(replica.config());
  if (order.auto_position && order.found.version.is_mysql()) change.gtid = mysql::GtidUse::auto_position;
  if (change.gtid == mysql::GtidUse::none) change.from = order.from;
  if (keeps_relay) change.keep_relay = state->replica()->relay;
  auto pointed = co_await replica.change_source(std::move(change), world.clock.now() + 10s);
  if (!pointed) co_return pointed;
  changed = true;
  if (!order.found.relay_log_purge) {
    auto kept = co_await replica.execute("SET GLOBAL relay_log_purge = 0", world.clock.now() + 5s);
    if (!kept) world.log.warning(kept.error().what);
  }
  auto started = co_await replica.start_replica(world.clock.now() + 10s);
  if (!started) co_return started;
  auto running =
      co_await wait_replicating(world, replica, order.next.ip, order.found.gtid_mode == "ON" ? 600s : 10s);
  co_return running;
}

}  // namespace tanist::execute

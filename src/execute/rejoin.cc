#include "execute/rejoin.h"

#include <fmt/format.h>

#include "execute/clients.h"
#include "execute/follow.h"

namespace tanist::execute {

using namespace std::chrono_literals;

namespace {

constexpr size_t kMostEvents = 10000;

// What it asks its source for: by GTID all that it lacks, else from where the source began to be alone.
mysql::ChangeSource change_to(Server& returned, const config::ServerConfig& primary, const Replaced& replaced,
                              const topology::ReplicaStatus* model) {
  const topology::ReplicaStatus none;
  mysql::ChangeSource change = new_source(primary, model ? *model : none);
  change.heartbeat_seconds = wanted_heartbeat(returned.config());
  if (!model) change.host = primary.hostname;
  change.delay_seconds.reset();
  if (!replaced.others.by_gtid) {
    change.gtid = mysql::GtidUse::none;
    if (auto place = gtid::LogCoordinates::parse(replaced.others.joins_at)) change.from = *place;
  } else {
    change.gtid = returned.dialect().version().is_mysql() ? mysql::GtidUse::auto_position : mysql::GtidUse::slave_pos;
    change.from.reset();
  }
  return change;
}

std::string slave_pos_of(const topology::ServerState& returned) {
  return mysql::Dialect::set_slave_pos(returned.mariadb_binlog_pos);
}

}  // namespace

sys::Task<Status> close_to_clients(World& world, Server& returned) {
  auto closed = co_await returned.set_read_only(true, world.clock.now() + 5s);
  if (!closed) co_return closed;
  if (returned.dialect().has_super_read_only()) {
    closed = co_await returned.execute(mysql::Dialect::set_super_read_only(true), world.clock.now() + 5s);
    if (!closed) co_return closed;
  }
  auto ended = co_await end_clients(world, returned);
  co_return ended;
}

sys::Task<Result<plan::ReturnVerdict>> look_at_returned(World& world, const topology::Snapshot& cluster, Server& returned,
                                                        Server& primary, Replaced replaced) {
  plan::ReturnFacts facts;
  facts.name = returned.host_info();
  facts.primary_name = primary.host_info();
  facts.by_gtid = replaced.others.by_gtid;
  facts.recovered_to = replaced.others.end;
  facts.recovered_gtids = replaced.others.gtids;
  facts.same_successor = replaced.same_successor;
  // First the one that came back: what the primary has executed meanwhile is no difference.
  auto now = co_await returned.state(world.clock.now() + 5s);
  if (!now) co_return fail(now.error());
  auto serving = co_await primary.state(world.clock.now() + 5s);
  if (!serving) co_return fail(serving.error());
  facts.returned = std::move(*now);
  facts.primary = std::move(*serving);
  facts.follows_member = facts.returned.replica() && topology::is_member(*facts.returned.replica(), cluster);
  auto place = gtid::LogCoordinates::parse(replaced.others.end);
  if (place) {
    auto events = co_await returned.events_behind(*place, kMostEvents, world.clock.now() + 10s);
    if (events) {
      facts.beyond = std::move(*events);
    } else {
      facts.unread = events.error().what;
    }
  }
  co_return plan::judge_return(facts);
}

sys::Task<Status> rejoin(World& world, Server& returned, Server& primary, Replaced replaced,
                         const topology::ReplicaStatus* model) {
  mysql::ChangeSource change = change_to(returned, primary.config(), replaced, model);
  if (!change.password) {
    co_return fail(Errc::invalid, fmt::format("no repl_password is configured for {}. Type on {}, with the password: {}",
                                              primary.host_info(), returned.host_info(),
                                              rejoin_by_hand(returned, primary.config(), replaced, model)));
  }
  auto state = co_await returned.state(world.clock.now() + 5s);
  if (!state) co_return fail(state.error());
  Status done;
  if (change.gtid == mysql::GtidUse::slave_pos) {
    done = co_await returned.execute(slave_pos_of(*state), world.clock.now() + 5s);
  }
  if (done) done = co_await returned.change_source(std::move(change), world.clock.now() + 10s);
  if (done) done = co_await returned.start_replica(world.clock.now() + 10s);
  if (done) done = co_await wait_replicating(world, returned, primary.config().ip, 10s);
  co_return done;
}

std::string rejoin_by_hand(Server& returned, const config::ServerConfig& primary, const Replaced& replaced,
                           const topology::ReplicaStatus* model) {
  const mysql::Dialect& dialect = returned.dialect();
  return dialect.change_source_masked(change_to(returned, primary, replaced, model)) + "; " + dialect.start_replica();
}

}  // namespace tanist::execute

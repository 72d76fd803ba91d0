#include "execute/rejoin.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "execute/clients.h"
#include "execute/follow.h"
#include "execute/recorder.h"

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

// More of a file was there than was asked for.
bool is_whole(const std::vector<topology::LoggedEvent>& events) {
  std::map<std::string, size_t> per_file;
  for (const topology::LoggedEvent& event : events) ++per_file[event.file];
  return std::all_of(per_file.begin(), per_file.end(), [](const auto& file) { return file.second < kMostEvents; });
}

Status unmoved(const topology::ServerState& now, const topology::ServerState& seen, const std::string& name) {
  const bool same = now.binlog_end == seen.binlog_end && now.executed_gtids == seen.executed_gtids &&
                    now.mariadb_binlog_pos == seen.mariadb_binlog_pos;
  if (now.read_only && same) return {};
  return fail(Errc::conflict, name + (now.read_only ? " has written more since it was looked at" : " takes writes"));
}

// Its log goes, and with it the GTIDs of what only it had. A log that is empty says nothing of what is in the tables: the
// GTIDs of that follow at once, and a server that died in between is judged by B19.
sys::Task<Status> reset_logs(World& world, Server& returned, topology::ServerState seen, std::string gtids) {
  auto now = co_await returned.state(world.clock.now() + 5s);
  if (!now) co_return fail(now.error());
  Status done = unmoved(*now, seen, returned.host_info());
  if (!done) co_return done;
  done = co_await returned.execute(returned.dialect().reset_logs(), world.clock.now() + 30s);
  if (!done) co_return done;
  std::string set = returned.dialect().version().is_mysql() ? mysql::Dialect::set_purged_gtids(gtids)
                                                            : mysql::Dialect::set_slave_pos(gtids);
  done = co_await returned.execute(std::move(set), world.clock.now() + 10s);
  co_return done;
}

// `seen`: nothing if its log was reset since.
sys::Task<Status> follow_primary(World& world, Server& returned, Server& primary, mysql::ChangeSource change,
                                 std::optional<topology::ServerState> seen) {
  auto state = co_await returned.state(world.clock.now() + 5s);
  if (!state) co_return fail(state.error());
  Status done = seen ? unmoved(*state, *seen, returned.host_info()) : Status{};
  if (!done) co_return done;
  // A log that was reset says nothing, and the position was set then.
  if (change.gtid == mysql::GtidUse::slave_pos && !state->mariadb_binlog_pos.empty()) {
    std::string set = mysql::Dialect::set_slave_pos(state->mariadb_binlog_pos);
    done = co_await returned.execute(std::move(set), world.clock.now() + 5s);
  }
  if (done) done = co_await returned.change_source(std::move(change), world.clock.now() + 10s);
  if (done) done = co_await returned.start_replica(world.clock.now() + 10s);
  if (done) done = co_await wait_replicating(world, returned, primary.config().ip, 10s);
  co_return done;
}

std::string plan_of(const Server& returned, const Server& primary, const RejoinRequest& request) {
  std::string text = request.cause + "\n";
  if (request.discard) text += fmt::format("{}: {}\n", request.discard->rule, request.discard->sentence);
  return text + fmt::format("{} becomes a replica of {}", returned.host_info(), primary.host_info());
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

sys::Task<Result<Returned>> look_at_returned(World& world, const topology::Snapshot& cluster, Server& returned,
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
      facts.beyond_is_all = is_whole(*events);
      facts.beyond = std::move(*events);
    } else {
      facts.unread = events.error().what;
    }
  }
  plan::ReturnVerdict verdict = plan::judge_return(facts);
  co_return Returned{std::move(facts), std::move(verdict)};
}

sys::Task<Status> rejoin(World& world, Server& returned, Server& primary, topology::ServerState seen, RejoinRequest request) {
  const topology::ReplicaStatus* model = request.model ? &*request.model : nullptr;
  mysql::ChangeSource change = change_to(returned, primary.config(), request.replaced, model);
  if (!change.password) {
    co_return fail(Errc::invalid, fmt::format("no repl_password is configured for {}. Type on {}, with the password: {}",
                                              primary.host_info(), returned.host_info(),
                                              rejoin_by_hand(returned, primary.config(), request.replaced, model)));
  }
  auto begun = world.journal.begin(request.cluster, store::kRejoinKind, plan_of(returned, primary, request), world.clock.wall_now());
  if (!begun) co_return fail(begun.error());
  Recorder recorder(world, *begun);
  const ServerId id = returned.config().id;
  Status done = request.still_ours();
  std::optional<topology::ServerState> as_seen = std::move(seen);
  if (done && request.discard && request.discard->how == plan::Discard::reset_logs) {
    auto act = reset_logs(world, returned, *std::exchange(as_seen, std::nullopt), request.discard->gtids);
    done = co_await recorder.step(plan::StepKind::reset_logs, id, "forget the transactions that only it has", std::move(act));
  }
  if (done) done = request.still_ours();
  if (done) {
    const std::string what = "replicate from " + primary.host_info();
    auto act = follow_primary(world, returned, primary, std::move(change), std::move(as_seen));
    done = co_await recorder.step(plan::StepKind::repoint, id, what, std::move(act));
  }
  recorder.finish(done ? 0 : 1, done ? returned.host_info() + " is a replica" : done.error().what);
  co_return done;
}

std::string rejoin_by_hand(Server& returned, const config::ServerConfig& primary, const Replaced& replaced,
                           const topology::ReplicaStatus* model) {
  const mysql::Dialect& dialect = returned.dialect();
  return dialect.change_source_masked(change_to(returned, primary, replaced, model)) + "; " + dialect.start_replica();
}

}  // namespace tanist::execute

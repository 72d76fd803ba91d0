#include "execute/care.h"

#include <fmt/format.h>

#include "execute/follow.h"
#include "execute/recorder.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::CareAct;
using plan::StepKind;
using topology::ReceiverState;

namespace {

Status changed_meanwhile(const Server& replica) {
  return fail(Errc::conflict, replica.host_info() + " is not as it was looked at any more");
}

sys::Task<Status> start_receiver(World& world, Server& replica) {
  auto state = co_await replica.state(world.clock.now() + 5s);
  if (!state) co_return fail(state.error());
  const topology::ReplicaStatus* status = state->replica();
  const bool so = status && status->receiver == ReceiverState::stopped && plan::is_of_the_moment(status->receiver_errno) &&
                  status->applier_running;
  if (!so) co_return changed_meanwhile(replica);
  auto started = co_await replica.start_receiver(world.clock.now() + 5s);
  co_return started;
}

// Whoever has left replication, or has become the only one who takes writes, is about to be the primary.
sys::Task<Status> close_replica(World& world, Server& replica, Server& primary) {
  auto state = co_await replica.state(world.clock.now() + 5s);
  if (!state) co_return fail(state.error());
  auto writable = co_await primary.state(world.clock.now() + 5s);
  if (!writable) co_return fail(writable.error());
  if (!state->replica() || state->read_only || writable->read_only) co_return changed_meanwhile(replica);
  auto closed = co_await replica.set_read_only(true, world.clock.now() + 5s);
  co_return closed;
}

// What discovery knows beyond the server's own words.
sys::Task<Result<topology::ServerState>> state_of(World& world, Server& replica, std::string source_ip) {
  auto state = co_await replica.state(world.clock.now() + 5s);
  if (state && state->replica()) state->channels.front().source_ip = std::move(source_ip);
  co_return state;
}

sys::Task<Status> still_to_be_pointed(World& world, Server& replica, Server& primary, std::string source_ip,
                                      std::vector<plan::OldPrimary> replaced) {
  auto state = co_await state_of(world, replica, std::move(source_ip));
  if (!state) co_return fail(state.error());
  auto there = co_await primary.state(world.clock.now() + 5s);
  if (!there) co_return fail(there.error());
  const auto why = plan::why_not_pointed(*state, *there, replaced);
  if (why) co_return fail(Errc::conflict, replica.host_info() + ": " + *why);
  co_return Status{};
}

// Its receiver stops first: what it has then is all that it can have. MariaDB keeps what was received only while the applier
// runs (R2), so nothing else stops before it is known that nothing is lost.
sys::Task<Status> follow_primary(World& world, Server& replica, Server& primary, std::string source_ip,
                                 std::vector<plan::OldPrimary> replaced) {
  auto before = co_await state_of(world, replica, source_ip);
  if (!before) co_return fail(before.error());
  if (!before->replica()) co_return changed_meanwhile(replica);
  Status done = co_await replica.stop_receiver(world.clock.now() + 30s);
  if (done) done = co_await still_to_be_pointed(world, replica, primary, source_ip, std::move(replaced));
  if (!done) {
    Status back = co_await replica.start_receiver(world.clock.now() + 10s);
    if (!back) world.log.warning(back.error().what);
    co_return done;
  }
  done = co_await replica.stop_replica(world.clock.now() + 30s);
  if (done) {
    mysql::ChangeSource change = new_source(primary.config(), *before->replica());
    done = co_await replica.change_source(std::move(change), world.clock.now() + 10s);
  }
  Status started = co_await replica.start_replica(world.clock.now() + 10s);  // also if it was not changed
  if (done) done = started;
  if (done) done = co_await wait_replicating(world, replica, primary.config().ip, 10s);
  co_return done;
}

}  // namespace

sys::Task<Status> take_care(World& world, const config::ClusterConfig& cluster, CareRequest request) {
  const plan::CareVerdict& verdict = request.verdict;
  const config::ServerConfig* target = cluster.find(verdict.server);
  const config::ServerConfig* source = cluster.find(request.primary);
  if (!target || !source) co_return fail(Errc::not_found, "no server is called " + verdict.server.text);
  Server replica(world.clock, world.mysql, *target), primary(world.clock, world.mysql, *source);
  auto begun = world.journal.begin(cluster.name, store::kCareKind, verdict.rule + ": " + verdict.sentence, world.clock.wall_now());
  if (!begun) co_return fail(begun.error());
  Recorder recorder(world, *begun);
  Status done = request.still_ours();
  if (done && verdict.act == CareAct::start_receiver) {
    auto act = start_receiver(world, replica);
    done = co_await recorder.step(StepKind::start_receiver, target->id, "start the receiver again", std::move(act));
  } else if (done && verdict.act == CareAct::set_read_only) {
    auto act = close_replica(world, replica, primary);
    done = co_await recorder.step(StepKind::set_read_only, target->id, "take no writes of clients", std::move(act));
  } else if (done && verdict.act == CareAct::follow_primary) {
    const std::string what = "replicate from " + primary.host_info();
    auto act = follow_primary(world, replica, primary, std::move(request.source_ip), std::move(request.replaced));
    done = co_await recorder.step(StepKind::repoint, target->id, what, std::move(act));
  }
  recorder.finish(done ? 0 : 1, done ? verdict.sentence : done.error().what);
  co_return done;
}

}  // namespace tanist::execute

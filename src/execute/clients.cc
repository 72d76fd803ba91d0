#include "execute/clients.h"

#include <fmt/format.h>

#include "plan/activity.h"

namespace tanist::execute {

namespace {
constexpr Duration kLimit = std::chrono::seconds(5);
constexpr int kNoSuchThread = 1094;  // it went by itself
}  // namespace

sys::Task<Status> end_clients(World& world, Server& server, Whom whom, uint64_t ours) {
  auto activity = co_await server.activity(world.clock.now() + kLimit);
  if (!activity) co_return fail(activity.error());
  size_t ended = 0;
  Status done;
  for (const topology::Connection& connection : activity->connections) {
    if (!plan::is_client(connection) || connection.command == "Killed" || connection.id == ours) continue;
    if (whom == Whom::not_readers && plan::is_reading(connection)) continue;
    Status gone = co_await server.execute(mysql::Dialect::end_connection(connection.id), world.clock.now() + kLimit);
    if (gone) ++ended;
    if (!gone && gone.error().number != kNoSuchThread) done = gone;
    if (!gone && gone.error().code != Errc::refused) break;  // the server is gone, not the client
  }
  if (ended > 0 || whom == Whom::not_readers) world.log.info(fmt::format("Ended {} connection(s) to {}.", ended, server.host_info()));
  co_return done;
}

}  // namespace tanist::execute

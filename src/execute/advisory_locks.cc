#include "execute/advisory_locks.h"

#include <fmt/format.h>

namespace tanist::execute {

using namespace std::chrono_literals;

sys::Task<Status> take_lock(sys::Clock& clock, Server& server, std::string name, unsigned wait_seconds,
                            std::string who) {
  auto taken =
      co_await server.lock(name, wait_seconds, clock.now() + 3s + std::chrono::seconds(wait_seconds));
  if (!taken) co_return fail(taken.error());
  if (*taken) co_return Status{};
  co_return fail(Errc::conflict, fmt::format("the advisory lock {} on {} is held by somebody else: {}", name,
                                             server.host_info(), who));
}

sys::Task<Status> take_failover_locks(sys::Clock& clock, std::vector<Server*> servers,
                                      unsigned wait_seconds) {
  std::vector<sys::Task<Status>> locks;
  for (Server* server : servers) {
    locks.push_back(take_lock(clock, *server, kFailoverLock, wait_seconds,
                              "is another failover or purge_relay_logs running?"));
  }
  auto results = co_await sys::when_all(std::move(locks));
  for (const Status& result : results) {
    if (!result) co_return result;
  }
  co_return Status{};
}

sys::Task<void> release_locks(sys::Clock& clock, std::vector<Server*> servers, std::string name) {
  auto release_one = [](sys::Clock* of, Server* server, std::string lock) -> sys::Task<void> {
    static_cast<void>(co_await server->unlock(std::move(lock), of->now() + 1s));
  };
  std::vector<sys::Task<void>> releases;
  for (Server* server : servers) releases.push_back(release_one(&clock, server, name));
  co_await sys::when_all(std::move(releases));
}

}  // namespace tanist::execute

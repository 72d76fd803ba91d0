// What a person asks of a keeper for a primary that was replaced.
#include "daemon/keeper.h"

namespace tanist::daemon {

using namespace std::chrono_literals;

namespace {
constexpr Duration kRejoinLimit = 2min;  // a server that ends its clients, resets its log and connects
}  // namespace

sys::Task<Result<std::string>> Keeper::rejoin(std::string host, std::optional<uint16_t> port, RejoinWord word) {
  auto memory = memory_.recall(file_.name);
  if (!memory) co_return fail(memory.error());
  auto deposed = find_deposed(*memory, file_, host, port);
  if (!deposed) co_return fail(deposed.error());
  if (!watched_ || view_.state != KeeperState::watching)
    co_return fail(Errc::conflict, "the primary of " + file_.name + " is not being watched at this moment");
  auto done = co_await guard_->rejoin(deposed->server, word, outside_.clock.now() + kRejoinLimit);
  co_return done;
}

}  // namespace tanist::daemon

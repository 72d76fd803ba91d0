#include "notify/post.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace tanist::notify {

using namespace std::chrono_literals;

namespace {

constexpr Duration kOneTry = 15s;
constexpr std::array<Duration, 5> kPauses = {5s, 30s, 2min, 10min, 30min};
constexpr size_t kLongestQueue = 200;

// The last words of the program are the reason, if it had any.
std::string reason(const sys::ProcessResult& result) {
  std::string why = result.status.ended_by_us ? "it took longer than 15 s" : fmt::format("it ended with {}", result.status.code);
  if (result.status.signal != 0) why = fmt::format("signal {} ended it", result.status.signal);
  const std::string said(trim(result.errors));
  const size_t line = said.rfind('\n');
  if (!said.empty()) why += ": " + said.substr(line == said.npos ? 0 : line + 1);
  return why;
}

}  // namespace

Post::Post(sys::Clock& clock, sys::Processes& processes, sys::Log& log)
    : clock_(clock), processes_(processes), log_(log), stopping_(clock) {}

void Post::send(const Way& way, Notice notice) {
  Lane& lane = lanes_[notice.cluster + '\n' + name_of(way.kind) + '\n' + way.where.reveal()];
  lane.way = way;
  if (lane.waiting.size() == kLongestQueue) {
    lane.waiting.pop_front();
    ++lane.dropped;
  }
  lane.waiting.push_back(std::move(notice));
  if (std::exchange(lane.busy, true)) return;
  sending_.start(empty(&lane));
}

sys::Task<void> Post::stop() {
  stopping_.set();
  co_await sending_.wait();
}

sys::Task<void> Post::empty(Lane* lane) {
  while (!lane->waiting.empty()) {
    const Notice notice = lane->waiting.front();
    lane->waiting.pop_front();
    if (lane->dropped > 0)
      log_.warning(fmt::format("{} of {}: {} older notices were dropped, more than {} waited.", name_of(lane->way.kind),
                               notice.cluster, std::exchange(lane->dropped, 0), kLongestQueue));
    const bool sent = co_await deliver(*lane, notice);
    if (sent || !stopping_.is_set()) continue;
    lane->waiting.clear();  // the end is not delayed for each of them
  }
  lane->busy = false;
}

sys::Task<bool> Post::deliver(const Lane& lane, const Notice& notice) {
  const std::string what = fmt::format("{} of {} ({})", name_of(lane.way.kind), notice.cluster, subject(notice));
  for (size_t attempt = 0;; ++attempt) {
    const bool last = attempt == kPauses.size() || stopping_.is_set();
    Status sent = co_await try_once(lane.way, notice);
    if (sent) co_return true;
    if (last) {
      log_.error(fmt::format("{} is given up after {} tries: {}.", what, attempt + 1, sent.error().what));
      co_return false;
    }
    if (attempt == 0) log_.warning(fmt::format("{} did not get through, and is tried again: {}.", what, sent.error().what));
    static_cast<void>(co_await stopping_.wait_until(clock_.now() + kPauses[attempt]));
  }
}

sys::Task<Status> Post::try_once(Way way, Notice notice) {
  sys::ProcessSpec spec = process_of(way, notice);
  spec.deadline = clock_.now() + kOneTry;
  auto result = co_await processes_.run(std::move(spec));
  if (!result) co_return fail(result.error());
  if (!result->status.ok()) co_return fail(Errc::io, reason(*result));
  co_return Status{};
}

}  // namespace tanist::notify

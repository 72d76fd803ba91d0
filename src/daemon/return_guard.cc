#include "daemon/return_guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "daemon/effective.h"

namespace tanist::daemon {

using namespace std::chrono_literals;

namespace {

constexpr Duration kPause = 1s;
constexpr Duration kAnswerLimit = 1s;

Result<std::string> answer_of(const Result<Rejoined>& done) {
  if (!done) return fail(done.error());
  if (!done->member) return fail(Errc::refused, done->sentence);
  return done->sentence;
}

}  // namespace

ReturnGuard::ReturnGuard(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file,
                         std::function<bool()> paused, std::function<Status()> still_ours)
    : cluster_(cluster),
      memory_(memory),
      file_(file),
      paused_(std::move(paused)),
      rejoiner_(cluster, file, std::move(still_ours)) {}

sys::Task<void> ReturnGuard::run(ServerId primary, sys::Event& stop, std::function<void()> changed) {
  sys::Clock& clock = cluster_.outside().clock;
  while (!stop.is_set()) {
    co_await answer_asked(primary, changed);
    auto memory = memory_.recall(file_.name);
    for (const store::Deposed& deposed : memory ? memory->deposed : std::vector<store::Deposed>{}) {
      bool member = co_await look_at(deposed, primary);
      if (stop.is_set()) break;
      if (member) welcome(deposed, changed);
    }
    if (!stop.is_set() && asked_.empty()) static_cast<void>(co_await stop.wait_until(clock.now() + kPause));
  }
  for (const auto& asked : std::exchange(asked_, {})) {
    asked->answer = fail(Errc::conflict, "the cluster has something more important to do: ask again");
    asked->answered.set();
  }
}

void ReturnGuard::welcome(const store::Deposed& deposed, std::function<void()>& changed) {
  Status forgotten = memory_.forgive(file_.name, deposed.server);
  if (!forgotten) cluster_.log().error(forgotten.error().what);
  known_.erase(deposed.server);
  if (forgotten) changed();
}

sys::Task<Result<std::string>> ReturnGuard::rejoin(store::Address server, RejoinWord word, TimePoint deadline) {
  auto asked = std::make_shared<Asked>(cluster_.outside().clock);
  asked->server = std::move(server);
  asked->word = word;
  asked_.push_back(asked);
  const bool answered = co_await asked->answered.wait_until(deadline);
  if (answered) co_return asked->answer;
  std::erase(asked_, asked);
  co_return fail(Errc::timeout, "nothing was answered in time; the log says how it goes on");
}

sys::Task<void> ReturnGuard::answer_asked(ServerId primary, std::function<void()>& changed) {
  while (!asked_.empty()) {
    auto asked = asked_.front();
    asked_.pop_front();
    auto memory = memory_.recall(file_.name);
    const std::vector<store::Deposed> out = memory ? memory->deposed : std::vector<store::Deposed>{};
    auto found = std::find_if(out.begin(), out.end(), [&](const auto& one) { return one.server == asked->server; });
    if (found == out.end()) {
      asked->answer = fail(Errc::not_found, asked->server.host + " is no primary of " + file_.name + " that was replaced");
    } else {
      auto done = co_await serve(*found, primary, asked->word);
      if (done && done->member) welcome(*found, changed);
      asked->answer = answer_of(done);
    }
    asked->answered.set();
  }
}

sys::Task<Result<Rejoined>> ReturnGuard::serve(const store::Deposed& deposed, ServerId primary, RejoinWord word) {
  const config::ServerConfig* config = find_server(file_, deposed.server);
  if (!config) co_return fail(Errc::not_found, file_.path + " does not name " + deposed.server.host);
  Known& known = known_[deposed.server];
  auto world = cluster_.world();
  if (!known.server) known.server = std::make_unique<execute::Server>(world.clock, world.mysql, *config);
  auto snapshot = co_await cluster_.observe(kAnswerLimit);
  auto done = co_await rejoiner_.rejoin(*known.server, deposed, primary, snapshot, word);
  if (done) say(known, done->sentence);
  co_return done;
}

// Whether it is a part of the cluster again.
sys::Task<bool> ReturnGuard::look_at(const store::Deposed& deposed, ServerId primary) {
  const config::ServerConfig* config = find_server(file_, deposed.server);
  if (!config) co_return true;  // the file does not name it any more: nothing of ours
  Known& known = known_[deposed.server];
  auto world = cluster_.world();
  if (!known.server) known.server = std::make_unique<execute::Server>(world.clock, world.mysql, *config);
  auto state = co_await known.server->state(world.clock.now() + kAnswerLimit);
  if (!state) {
    if (known.answered) world.log.info(fmt::format("{} is silent again.", config->host_info()));
    known.answered = false;
    co_return false;
  }
  const bool writable = !state->read_only;
  if (known.answered && !writable && state->channels.empty()) co_return false;  // as it was left
  // A person may have made it the primary again: then the servers follow it, and it is left in peace.
  auto snapshot = co_await cluster_.observe(kAnswerLimit);
  if (is_followed(*config, snapshot)) {
    world.log.warning(fmt::format("{} was replaced as primary, and has replicas of this cluster again.", config->host_info()));
    co_return true;
  }
  if (paused_()) {
    say(known, fmt::format("{} was replaced as primary and is back{}. Nothing is done because {} is paused.", config->host_info(),
                           writable ? " and TAKES WRITES; it would be set read-only" : "", file_.name));
    co_return false;
  }
  if (!known.answered) world.log.warning(fmt::format("{} was replaced as primary and is back.", config->host_info()));
  Status closed;
  if (writable) closed = co_await rejoiner_.close(*known.server);
  if (!closed) co_return false;
  known.answered = true;
  auto settled = co_await rejoiner_.settle(*known.server, deposed, primary, snapshot, RejoinWord::none);
  known.answered = settled.has_value();  // else asked again
  say(known, settled ? settled->sentence : settled.error().what);
  co_return settled && settled->member;
}

void ReturnGuard::say(Known& known, const std::string& sentence) {
  if (known.said == sentence) return;
  known.said = sentence;
  cluster_.log().warning(sentence);
}

}  // namespace tanist::daemon

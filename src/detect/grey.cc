#include "detect/grey.h"

#include <algorithm>

#include "detect/grey_rules.h"

namespace tanist::detect {

using topology::Connection;

namespace {

constexpr int kBegins = 2, kEnds = 3;  // looks in a row
constexpr size_t kPings = 20, kLastPings = 10;

// The same statement as before: its clock has gone on as ours did, and was not set back by another one.
bool goes_on(const WaitingCommit& before, const Connection& now, TimePoint seen, TimePoint at) {
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(at - seen).count();
  return before.who.id == now.id && now.seconds + 2 >= before.who.seconds + static_cast<uint64_t>(passed);
}

bool is_connected(const Connection& connection) {
  return connection.user != "system user" && connection.user != "event_scheduler" && connection.command != "Daemon";
}

}  // namespace

std::string_view to_string(GreyKind kind) {
  switch (kind) {
    case GreyKind::hung_commits:
      return "hung commits";
    case GreyKind::unacknowledged:
      return "not acknowledged";
    case GreyKind::unprotected:
      return "not protected";
    case GreyKind::saturated:
      return "saturated";
    case GreyKind::read_only_disk:
      return "read-only disk";
    case GreyKind::full_disk:
      return "full disk";
    case GreyKind::nearly_full_disk:
      return "nearly full disk";
    case GreyKind::closed:
      return "read-only server";
    case GreyKind::write_error:
      return "write test failed";
    case GreyKind::slow:
      return "slow";
  }
  return "?";
}

GreyMemory::GreyMemory(std::string primary, Duration write_test) : write_test_(write_test) {
  facts_.primary = std::move(primary);
}

void GreyMemory::answered(Duration took) {
  pings_.push_back(took);
  if (pings_.size() > kPings) pings_.pop_front();
  if (pings_.size() < kPings) return;
  facts_.fastest_ping = *std::min_element(pings_.end() - kLastPings, pings_.end());
  std::vector<Duration> sorted(pings_.begin(), pings_.end());
  std::nth_element(sorted.begin(), sorted.begin() + kPings / 2, sorted.end());
  const Duration median = sorted[kPings / 2];
  facts_.usual_ping = facts_.usual_ping == Duration{} ? median : std::min(facts_.usual_ping, median);
}

void GreyMemory::take(GreyLook look) {
  facts_.now = look.at;
  const bool log_stands = look.state && facts_.state && look.state->log_bin && facts_.state->log_bin &&
                          look.state->binlog_end == facts_.state->binlog_end;
  if (look.connections) note_connections(*look.connections, look.at, log_stands);
  if (look.connections) facts_.refused.reset();
  if (look.refused) {
    facts_.refused = look.refused;
    connections_at_ = look.at;
  }
  if (look.state) {
    facts_.state = std::move(look.state);
    state_at_ = look.at;
  }
  if (look.disks) {
    facts_.disks = std::move(*look.disks);
    disks_at_ = look.at;
  }
  if (look.write_test) {
    facts_.write_test = std::move(look.write_test);
    write_test_at_ = look.at;
  }
  forget_what_is_old();
  judge();
}

// Clients that give up soon and come again hang as well as one that waits on: then the log shows that nothing gets on.
void GreyMemory::note_connections(const std::vector<Connection>& connections, TimePoint at, bool log_stands) {
  std::vector<WaitingCommit> waiting;
  for (const Connection& one : connections) {
    if (!is_stuck_write(one)) continue;
    auto before = std::find_if(facts_.waiting.begin(), facts_.waiting.end(), [&](const WaitingCommit& known) {
      return goes_on(known, one, connections_at_, at);
    });
    waiting.push_back({one, before == facts_.waiting.end() ? at : before->since});
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const WaitingCommit& a, const WaitingCommit& b) { return a.since < b.since; });
  const bool goes_on_waiting = !waiting.empty() && (log_stands || waiting.front().since < at);
  if (waiting.empty()) {
    facts_.stuck_since.reset();
  } else if (!facts_.stuck_since || !goes_on_waiting) {
    facts_.stuck_since = waiting.front().since;
  }
  facts_.waiting = std::move(waiting);
  facts_.connected = static_cast<uint64_t>(std::count_if(connections.begin(), connections.end(), is_connected));
  connections_at_ = at;
}

void GreyMemory::forget_what_is_old() {
  const auto is_old = [&](TimePoint at, Duration age) { return facts_.now - at > age; };
  if (is_old(connections_at_, kGreyFactAge)) {
    facts_.waiting.clear();
    facts_.stuck_since.reset();
    facts_.connected.reset();
    facts_.refused.reset();
  }
  if (is_old(state_at_, kGreyFactAge)) facts_.state.reset();
  if (is_old(disks_at_, 3 * kDiskLookEvery)) facts_.disks.clear();
  if (is_old(write_test_at_, 3 * std::max<Duration>(write_test_, kGreyLookEvery))) facts_.write_test.reset();
}

void GreyMemory::judge() {
  for (const GreyRule& rule : grey_rules()) {
    Run& run = runs_[std::string(rule.id)];
    if (!rule.holds(facts_)) {
      run.seen = 0;
      if (++run.missed >= kEnds || !run.stands) run = Run{};
      continue;
    }
    if (run.seen == 0 && !run.stands) run.condition.since = facts_.now;
    run.missed = 0;
    run.stands = run.stands || ++run.seen >= kBegins;
    run.condition.rule = rule.id;
    run.condition.kind = rule.kind;
    run.condition.sentence = rule.sentence(facts_);
    run.condition.evidence = rule.evidence(facts_);
    run.condition.confirmed = facts_.now;
  }
}

std::vector<Condition> GreyMemory::standing() const {
  std::vector<Condition> all;
  for (const auto& [id, run] : runs_) {
    if (run.stands) all.push_back(run.condition);
  }
  return all;
}

std::vector<GreyRow> grey_table() {
  std::vector<GreyRow> rows;
  for (const GreyRule& rule : grey_rules()) rows.push_back({rule.id, rule.kind, rule.when});
  return rows;
}

}  // namespace tanist::detect

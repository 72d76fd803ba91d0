#include "manager/grey_watch.h"

#include <algorithm>

#include "execute/from_config.h"
#include "manager/disks.h"
#include "manager/ping.h"
#include "manager/spread.h"

namespace tanist::manager {

using config::GiveUp;
using detect::GreyKind;

namespace {

constexpr struct {
  GreyKind kind;
  GiveUp word;
} kMayBeGivenUp[] = {{GreyKind::hung_commits, GiveUp::hung_commits},
                     {GreyKind::read_only_disk, GiveUp::read_only_disk},
                     {GreyKind::full_disk, GiveUp::full_disk},
                     {GreyKind::slow, GiveUp::slow}};

bool is_named(GreyKind kind, const std::vector<GiveUp>& policy) {
  return std::any_of(std::begin(kMayBeGivenUp), std::end(kMayBeGivenUp), [&](const auto& row) {
    return row.kind == kind && std::find(policy.begin(), policy.end(), row.word) != policy.end();
  });
}

}  // namespace

GreyWatch::GreyWatch(execute::World& world, const config::ServerConfig& primary)
    : world_(world),
      primary_(primary),
      memory_(primary.host_info(), primary.write_test),
      reader_(world.clock, world.mysql, primary) {}

sys::Task<void> GreyWatch::look(std::optional<topology::ServerState> state, Duration limit) {
  const TimePoint deadline = world_.clock.now() + limit;
  detect::GreyLook look;
  std::vector<sys::Task<void>> questions;
  questions.push_back(look_at_connections(look, deadline));
  const bool disks_due = world_.clock.now() - disks_at_ >= detect::kDiskLookEvery;
  if (state && disks_due) questions.push_back(look_at_disks(look, *state, deadline));
  co_await sys::when_all(std::move(questions));
  const bool row_due = world_.clock.now() - written_at_ >= primary_.write_test;
  if (primary_.write_test.count() > 0 && row_due) {
    // In the same time: whoever waits for this look waits no longer for it.
    if (!still_writing(look.connections)) co_await write_a_row(look, deadline);
    look.write_test = look.write_test.value_or(detect::WriteTest{});
    look.write_test->hanging_since = hanging_since_;
  }
  look.at = world_.clock.now();
  look.state = std::move(state);
  memory_.take(std::move(look));
}

sys::Task<void> GreyWatch::look_at_connections(detect::GreyLook& look, TimePoint deadline) {
  auto seen = co_await reader_.connections(deadline);
  if (seen) {
    look.connections = std::move(*seen);
  } else if (seen.error().number != 0 && seen.error().code == Errc::refused) {
    look.refused = seen.error().number;
  }
}

sys::Task<void> GreyWatch::look_at_disks(detect::GreyLook& look, const topology::ServerState& state, TimePoint deadline) {
  const bool first = disks_at_ == TimePoint{};
  disks_at_ = world_.clock.now() - (first ? moment_of(primary_.host_info(), detect::kDiskLookEvery) : Duration::zero());
  const std::vector<std::string> folders = folders_of(state);
  if (folders.empty()) co_return;
  remote::Command command;
  command.argv = disk_command(folders);
  command.deadline = deadline;
  auto result = co_await world_.shell.run(execute::remote_host(primary_), std::move(command));
  if (!result || result->status.ended_by_us) co_return;
  auto disks = read_disks(folders, result->output);
  if (!disks.empty()) look.disks = std::move(disks);
}

// The connection of a row that got no answer is there as long as the server has not done with it.
bool GreyWatch::still_writing(const std::optional<std::vector<topology::Connection>>& connections) const {
  if (hanging_writer_ == 0 || !connections) return false;
  return std::any_of(connections->begin(), connections->end(),
                     [&](const topology::Connection& one) { return one.id == hanging_writer_; });
}

sys::Task<void> GreyWatch::write_a_row(detect::GreyLook& look, TimePoint deadline) {
  const TimePoint began = written_at_ = world_.clock.now();
  hanging_writer_ = 0;
  mysql::Failure failure;
  if (!writer_) {
    mysql::Endpoint endpoint{primary_.ip, primary_.port};
    mysql::Credentials who{primary_.user, primary_.password};
    auto session = co_await world_.mysql.connect(endpoint, who, deadline);
    if (!session) co_return;  // of that the pings and the process list tell
    writer_ = std::move(*session);
  }
  look.write_test.emplace();
  for (const std::string& statement : insert_ping_statements()) {
    auto done = co_await writer_->query(statement, deadline);
    if (done) continue;
    if (done.error().contact == mysql::Contact::error_packet) {
      look.write_test->error = done.error().number;
      look.write_test->what = done.error().what;
      break;
    }
    const bool hangs = done.error().contact == mysql::Contact::timeout;
    if (hangs) hanging_writer_ = writer_->connection_id();
    if (hangs && !hanging_since_) hanging_since_ = began;
    writer_.reset();
    if (!hangs) look.write_test.reset();
    co_return;
  }
  hanging_since_.reset();
}

std::optional<detect::Finding> GreyWatch::given_up(TimePoint now) const {
  for (const detect::Condition& condition : memory_.standing()) {
    const bool stands = condition.confirmed == memory_.facts().now && now - condition.confirmed <= detect::kGreyFactAge &&
                        now - condition.since >= primary_.grey_patience;
    if (!stands || !is_named(condition.kind, primary_.failover_on)) continue;
    return detect::Finding{condition.rule, detect::Kind::given_up,
                           condition.sentence + " It is given up because of failover_on.", condition.evidence};
  }
  return std::nullopt;
}

}  // namespace tanist::manager

#include "compat/status_file.h"

#include <limits>

#include "base/text.h"

namespace tanist::compat {

namespace {

struct StateRow {
  ManagerState state;
  std::string_view name;
};
constexpr StateRow kStates[] = {
    {ManagerState::ping_ok, "PING_OK"},
    {ManagerState::not_running, "NOT_RUNNING"},
    {ManagerState::partially_running, "PARTIALLY_RUNNING"},
    {ManagerState::initializing_monitor, "INITIALIZING_MONITOR"},
    {ManagerState::ping_failing, "PING_FAILING"},
    {ManagerState::ping_failed, "PING_FAILED"},
    {ManagerState::retrying_monitor, "RETRYING_MONITOR"},
    {ManagerState::config_error, "CONFIG_ERROR"},
    {ManagerState::timestamp_old, "TIMESTAMP_OLD"},
    {ManagerState::failover_running, "FAILOVER_RUNNING"},
    {ManagerState::failover_error, "FAILOVER_ERROR"},
};
constexpr std::string_view kPrimaryField = "master:";

}  // namespace

std::string token(ManagerState state) {
  for (const StateRow& row : kStates) {
    if (row.state == state) return std::to_string(static_cast<int>(state)) + ":" + std::string(row.name);
  }
  TANIST_CHECK(false);
  return {};
}

std::optional<ManagerState> parse_token(std::string_view text) {
  for (const StateRow& row : kStates) {
    if (token(row.state) == text) return row.state;
  }
  return std::nullopt;
}

std::string Health::text() const {
  std::string line = std::to_string(pid) + "\t" + token(state);
  return primary.empty() ? line : line + "\t" + std::string(kPrimaryField) + primary;
}

Result<Health> parse_health(std::string_view text) {
  std::vector<std::string> fields = split(trim(text), '\t');
  if (trim(text).empty()) return fail(Errc::corrupt, "is empty");
  std::optional<uint64_t> pid = parse_uint(fields[0]);
  if (!pid || *pid == 0 || *pid > std::numeric_limits<int>::max()) {
    return fail(Errc::corrupt, "does not begin with a process id");
  }
  std::optional<ManagerState> state = fields.size() > 1 ? parse_token(fields[1]) : std::nullopt;
  if (!state) return fail(Errc::corrupt, "has no state that is known");
  Health health{static_cast<int>(*pid), *state, ""};
  if (fields.size() > 2 && fields[2].starts_with(kPrimaryField)) {
    health.primary = fields[2].substr(kPrimaryField.size());
  }
  return health;
}

std::string health_path(const std::string& work_dir, const std::string& app) {
  return work_dir + "/" + app + ".master_status.health";
}

Status StatusFile::write(ManagerState state, const std::string& primary) {
  last_written_ = Health{pid_, state, primary}.text();
  return files_.replace(path_, last_written_, 0644);
}

Status StatusFile::touch() {
  TANIST_CHECK(!last_written_.empty());  // a good ping is written before it is touched
  if (!files_.facts(path_)) return files_.replace(path_, last_written_, 0644);
  return files_.touch(path_);
}

Status StatusFile::remove() { return files_.remove(path_); }

}  // namespace tanist::compat

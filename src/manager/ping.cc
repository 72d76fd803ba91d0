#include "manager/ping.h"

#include <fmt/format.h>

#include "execute/advisory_locks.h"

namespace tanist::manager {

namespace {

// The heartbeat row of ping_type=INSERT (reference 5.2): same schema and statement order as MHA's, so that both may
// watch one server in turn.
constexpr const char* kInsertPing[] = {
    "CREATE DATABASE IF NOT EXISTS infra",
    "CREATE TABLE IF NOT EXISTS infra.chk_masterha (`key` TINYINT NOT NULL PRIMARY KEY, `val` INT UNSIGNED NOT NULL "
    "DEFAULT '0')",
    "INSERT INTO infra.chk_masterha VALUES (1, UNIX_TIMESTAMP()) ON DUPLICATE KEY UPDATE val = UNIX_TIMESTAMP()",
};

std::string seconds(Duration duration) {
  return std::to_string(std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(duration).count()));
}

}  // namespace

std::vector<std::string> insert_ping_statements() { return {std::begin(kInsertPing), std::end(kInsertPing)}; }

std::string insert_ping_sql() {
  std::string all;
  for (const char* statement : kInsertPing) all += std::string(statement) + "; ";
  return all;
}

Pinger::Pinger(sys::Clock& clock, mysql::Connector& connector, const config::ServerConfig& primary)
    : clock_(clock),
      connector_(connector),
      endpoint_{primary.ip, primary.port},
      credentials_{primary.user, primary.password},
      type_(primary.ping_type),
      interval_(primary.ping_interval) {}

sys::Task<mysql::Answer<Pinger::Pong>> Pinger::connect(TimePoint& deadline) {
  auto session = co_await connector_.connect(endpoint_, credentials_, deadline);
  if (!session) co_return tl::unexpected(session.error());
  session_ = std::move(*session);

  // The server itself ends a connection that its manager forgot: twice the interval without a question.
  std::string set_timeout = "SET SESSION wait_timeout = " + seconds(2 * interval_ + std::chrono::seconds(1));
  auto set = co_await session_->query(set_timeout, deadline);
  if (!set) co_return tl::unexpected(set.error());

  const bool patient = !connected_once_ && type_ != config::PingType::connect;
  const Duration patience = patient ? 4 * interval_ : Duration{};
  std::string take_lock =
      fmt::format("SELECT GET_LOCK('{}', {})", execute::kMonitorLock, patient ? seconds(patience) : "0");
  auto lock = co_await session_->query(take_lock, deadline + patience);
  if (!lock) co_return tl::unexpected(lock.error());
  connected_once_ = true;
  if (patient) deadline = std::max(deadline, clock_.now() + interval_);
  bool taken = !lock->empty() && lock->rows[0][0] == "1";
  co_return Pong{!taken};
}

sys::Task<mysql::Answer<mysql::Rows>> Pinger::ask(TimePoint deadline) {
  if (type_ != config::PingType::insert) {
    auto answer = co_await session_->query("SELECT 1 AS Value", deadline);
    co_return answer;
  }
  mysql::Answer<mysql::Rows> last = mysql::Rows{};
  for (const char* statement : kInsertPing) {
    last = co_await session_->query(statement, deadline);
    if (!last) break;
  }
  co_return last;
}

sys::Task<mysql::Answer<Pinger::Pong>> Pinger::ping(TimePoint deadline) {
  Pong pong;
  if (type_ == config::PingType::connect) drop();
  if (!session_) {
    auto connected = co_await connect(deadline);
    if (!connected) {
      drop();
      co_return connected;
    }
    pong = *connected;
  }
  auto answer = co_await ask(deadline);
  if (!answer) {
    if (answer.error().contact != mysql::Contact::error_packet) drop();
    co_return tl::unexpected(answer.error());
  }
  co_return pong;
}

sys::Task<bool> Pinger::lost_before(TimePoint next) {
  if (!session_) {
    co_await sys::sleep_until(clock_, next);
    co_return false;
  }
  bool lost = co_await session_->closed_before(next);
  if (lost) drop();
  co_return lost;
}

}  // namespace tanist::manager

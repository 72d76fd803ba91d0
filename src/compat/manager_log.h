// What a manager's log says about failovers: MHA's and Tanist's end one with the same report (reference mha-manager.md
// 6.13). Pure; fed with the log as it grows, in pieces of any size.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tanist::compat {

// A server as logs name it: "db1", or "db1(10.0.0.1:3306)" with address and port.
struct LoggedServer {
  std::string hostname;
  std::string port;  // empty where the log does not say it

  bool operator==(const LoggedServer&) const = default;
};
LoggedServer parse_logged_server(std::string_view text);

// "----- Failover Report -----" with its subject.
struct LoggedFailover {
  LoggedServer replaced;
  LoggedServer promoted;  // hostname empty: nobody was activated
  bool operator==(const LoggedFailover&) const = default;
};

class ManagerLog {
 public:
  void feed(std::string_view text);

  const std::optional<LoggedFailover>& last_failover() const { return last_; }
  // The last thing of note it said is that it was told to end.
  bool told_to_stop() const { return told_to_stop_; }
  // A manager is started: what an earlier one was told is over.
  void begins_anew() { told_to_stop_ = false; }

 private:
  void line(std::string_view text);

  std::string unfinished_;  // line
  enum class At { log, subject, body } at_ = At::log;
  std::optional<LoggedFailover> last_;
  bool told_to_stop_ = false;
};

}  // namespace tanist::compat

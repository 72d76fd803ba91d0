#include "plan/activity.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::plan {

namespace {

constexpr size_t kMostDetails = 10;
constexpr std::string_view kServersOwn[] = {"system user", "event_scheduler", "unauthenticated user",
                                            "mysql.session"};
constexpr std::string_view kNoStatement[] = {"Sleep", "Connect", "Daemon", "Killed"};
// WITH may begin a DELETE: that locks rows, which its transaction tells.
constexpr std::string_view kReads[] = {"select", "show",   "explain", "describe", "desc",
                                       "with",   "values", "table",   "help"};

template <class Range>
bool contains(const Range& range, std::string_view word) {
  return std::find(std::begin(range), std::end(range), word) != std::end(range);
}

// "/* from the report server */ (SELECT" begins with SELECT; of "/*!50003 CREATE" the server runs what is
// inside.
std::string_view without_preface(std::string_view text) {
  for (;;) {
    text = trim(text);
    if (text.starts_with("/*!")) {
      text.remove_prefix(std::min(text.find_first_not_of("0123456789", 3), text.size()));
    } else if (text.starts_with("/*")) {
      size_t end = text.find("*/", 2);
      text.remove_prefix(end == text.npos ? text.size() : end + 2);
    } else if (text.starts_with("--") || text.starts_with("#")) {
      text.remove_prefix(std::min(text.find('\n'), text.size()));
    } else if (text.starts_with("(")) {
      text.remove_prefix(1);
    } else {
      return text;
    }
  }
}

std::string shown_statement(const Connection& connection) {
  const std::string lowered = lower(connection.statement);
  size_t secret = std::min(lowered.find("identified"), lowered.find("password"));
  if (secret == lowered.npos) return connection.statement;
  return connection.statement.substr(0, secret) + "xxx";
}

std::string text(const Connection& connection) {
  std::string line = "Id: " + std::to_string(connection.id) + ", User: " + connection.user +
                     ", Host: " + connection.host +
                     ", db: " + (connection.database.empty() ? "NULL" : connection.database) +
                     ", Command: " + connection.command + ", Time: " + std::to_string(connection.seconds);
  if (!connection.state.empty()) line += ", State: " + connection.state;
  if (!connection.statement.empty()) line += ", Info: " + shown_statement(connection);
  if (connection.transaction && connection.transaction->writes()) {
    const auto& open = *connection.transaction;
    line += ", in a transaction since " + std::to_string(open.seconds) +
            " s: " + std::to_string(open.rows_modified) + " row(s) changed, " +
            std::to_string(open.rows_locked) + " locked";
  }
  return line;
}

}  // namespace

bool is_client(const Connection& connection) {
  if (contains(kServersOwn, connection.user)) return false;
  return !connection.command.starts_with("Binlog Dump") && connection.command != "Daemon" &&
         connection.command != "Connect";
}

bool is_read(const std::string& statement) {
  std::string_view text = without_preface(statement);
  size_t end = std::find_if(text.begin(), text.end(),
                            [](char c) { return c < 'A' || (c > 'Z' && c < 'a') || c > 'z'; }) -
               text.begin();
  return contains(kReads, lower(text.substr(0, end)));
}

std::optional<uint64_t> writing_for(const Connection& connection) {
  if (!is_client(connection)) return std::nullopt;
  const bool by_word = !contains(kNoStatement, connection.command) && !connection.statement.empty() &&
                       !is_read(connection.statement);
  const bool by_rows = connection.transaction && connection.transaction->writes();
  if (!by_word && !by_rows) return std::nullopt;
  uint64_t seconds = by_word ? connection.seconds : 0;
  return by_rows ? std::max(seconds, connection.transaction->seconds) : seconds;
}

bool is_reading(const Connection& connection) {
  return busy_for(connection) && !writing_for(connection) && !connection.statement.empty();
}

std::optional<uint64_t> busy_for(const Connection& connection) {
  if (!is_client(connection) || contains(kNoStatement, connection.command)) return std::nullopt;
  return connection.seconds;
}

std::vector<std::string> details(const std::vector<const Connection*>& connections) {
  std::vector<std::string> lines;
  for (const Connection* connection : connections) {
    if (lines.size() == kMostDetails) break;
    lines.push_back(text(*connection));
  }
  return lines;
}

}  // namespace tanist::plan

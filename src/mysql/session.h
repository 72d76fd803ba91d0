// A connection to one server, as values and deadlines. Production: MariaDB Connector/C (connector.h; it talks to every
// MySQL and MariaDB). Simulation: a value that answers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"
#include "sys/task.h"

namespace tanist::mysql {

struct Endpoint {
  std::string address;  // numeric, IPv6 without brackets
  uint16_t port = 3306;
  bool operator==(const Endpoint&) const = default;
};

struct Credentials {
  std::string user;
  Secret password;
};

// How a server was heard, or not: the raw material of detection. The order is from most alive to most silent.
enum class Contact {
  answered,      // logged in, or a query was answered
  error_packet,  // it said no with an error number: a busy server is alive (R9)
  lost,          // it closed or reset the connection
  refused,       // the host is there, nobody listens on the port
  no_greeting,   // the connection was accepted and nothing was said: hung
  timeout,       // nothing came back from the host, or a query got no answer in time
  no_route,      // the network says there is no such host
};
std::string_view to_string(Contact contact);

struct Failure {
  Contact contact = Contact::timeout;
  int number = 0;    // MySQL error number of an error packet, errno or client error otherwise
  std::string what;
};

struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;

  bool empty() const { return rows.empty(); }
  // The cell of the named column (any case) in that row; nullopt if SQL NULL or no such column.
  std::optional<std::string> get(size_t row, std::string_view column) const;
};

template <class T>
using Answer = tl::expected<T, Failure>;

class Session {
 public:
  virtual ~Session() = default;  // closes without waiting
  // One statement. After a Failure that is not error_packet the session is dead.
  virtual sys::Task<Answer<Rows>> query(std::string sql, TimePoint deadline) = 0;
  // Waits idle: true as soon as the server closes the connection, false at `until`. How a killed server is noticed
  // within a millisecond without asking it. Not while a query runs.
  virtual sys::Task<bool> closed_before(TimePoint until) = 0;
  virtual const std::string& server_version() const = 0;  // as in the greeting
  virtual uint64_t connection_id() const = 0;
};

class Connector {
 public:
  virtual ~Connector() = default;
  virtual sys::Task<Answer<std::unique_ptr<Session>>> connect(Endpoint server, Credentials who,
                                                              TimePoint deadline) = 0;
};

}  // namespace tanist::mysql

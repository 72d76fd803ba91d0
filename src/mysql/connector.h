// Real connections, by MariaDB Connector/C: it speaks to every MySQL and MariaDB. Each call of the library is made in a
// thread of its own and ends at its deadline (line.h says why and how); the loop only awaits it.
//
// The library is linked dynamically: caching_sha2_password is one of its plugins, a file of the package libmariadb3,
// and a statically linked library could not load it.
#pragma once

#include <string>

#include "mysql/session.h"

namespace tanist::sys {
class Reactor;
}

namespace tanist::mysql {

enum class Tls {
  off,
  preferred,  // encrypted where the server can, with any certificate
  required,   // no connection without encryption, any certificate
  verified,   // and the certificate must be of ca_file and of that host
};

struct ConnectorOptions {
  Tls tls = Tls::preferred;
  std::string ca_file;
  unsigned session_wait_timeout_seconds = 86400;
};

class MariadbConnector : public Connector {
 public:
  explicit MariadbConnector(sys::Reactor& reactor, ConnectorOptions options = {});
  sys::Task<Answer<std::unique_ptr<Session>>> connect(Endpoint server, Credentials who, TimePoint deadline) override;

 private:
  sys::Reactor& reactor_;
  ConnectorOptions options_;
};

}  // namespace tanist::mysql

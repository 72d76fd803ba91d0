#include "mysql/connector.h"

#include "mysql/mariadb_session.h"
#include "sys/environment.h"

namespace tanist::mysql {

MariadbConnector::MariadbConnector(sys::Reactor& reactor, ConnectorOptions options)
    : reactor_(reactor), options_(std::move(options)) {
  // For each encrypted connection the library reads all the certificate authorities of the system, 45 ms of work, and
  // makes no use of them unless it is to verify.
  if (options_.tls != Tls::verified) sys::set_for_us_only("SSL_CERT_FILE", "/dev/null");
  mysql_server_init(0, nullptr, nullptr);  // before any thread uses the library
}

sys::Task<Answer<std::unique_ptr<Session>>> MariadbConnector::connect(Endpoint server, Credentials who,
                                                                      TimePoint deadline) {
  sys::Reactor& reactor = reactor_;
  auto line = std::make_shared<Line>(std::move(server), std::move(who), options_);
  auto answer = std::make_shared<Answer<bool>>();
  std::function<void()> call = [line, answer] { *answer = line->log_in(); };
  bool returned = co_await in_thread(reactor, line, std::move(call), deadline);
  if (!returned) co_return tl::unexpected(connect_timeout(line->stage()));
  if (!*answer) co_return tl::unexpected(answer->error());
  co_return std::unique_ptr<Session>(std::make_unique<MariadbSession>(reactor, line));
}

}  // namespace tanist::mysql

#include "mysql/connector.h"

#include "mysql/mariadb_session.h"
#include "sys/reactor.h"

namespace tanist::mysql {

using namespace std::chrono_literals;

namespace {
// How long after its deadline a login's thread may need to notice.
constexpr Duration kNoticing = 100ms;
}  // namespace

MariadbConnector::MariadbConnector(sys::Reactor& reactor, ConnectorOptions options)
    : reactor_(reactor), options_(std::move(options)) {
  mysql_server_init(0, nullptr, nullptr);  // before any thread uses the library
}

sys::Task<Answer<std::unique_ptr<Session>>> MariadbConnector::connect(Endpoint server, Credentials who,
                                                                      TimePoint deadline) {
  auto login = std::make_shared<Login>(std::move(server), std::move(who), options_);
  std::function<void()> work = [login] { login->run(); };
  sys::Clock::TimerId timer = reactor_.call_at(deadline, [login] { login->give_up(); });
  bool ended = co_await reactor_.beside(std::move(work), deadline + kNoticing);
  reactor_.cancel(timer);
  if (!ended) co_return tl::unexpected(login->timeout());
  Handle handle = login->take_handle();
  if (!handle) co_return tl::unexpected(login->failure());
  co_return std::unique_ptr<Session>(std::make_unique<MariadbSession>(reactor_, std::move(handle)));
}

}  // namespace tanist::mysql

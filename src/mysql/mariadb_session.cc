#include "mysql/mariadb_session.h"

namespace tanist::mysql {

using namespace std::chrono_literals;

namespace {
// How long after its deadline a call may need to notice.
constexpr Duration kNoticing = 200ms;
}  // namespace

sys::Task<bool> in_thread(sys::Reactor& reactor, std::shared_ptr<Line> line, std::function<void()> call,
                          TimePoint deadline) {
  sys::Clock::TimerId timer = reactor.call_at(deadline, [line] { line->give_up(); });
  bool returned = co_await reactor.beside(std::move(call), deadline + std::min(kNoticing, TimePoint::max() - deadline));
  reactor.cancel(timer);
  co_return returned;
}

MariadbSession::MariadbSession(sys::Reactor& reactor, std::shared_ptr<Line> line)
    : reactor_(reactor),
      line_(std::move(line)),
      version_(line_->server_version()),
      id_(line_->connection_id()),
      fd_(line_->fd()) {}

sys::Task<Answer<Rows>> MariadbSession::query(std::string sql, TimePoint deadline) {
  if (line_->gave_up()) co_return tl::unexpected(Failure{Contact::lost, 0, "the connection was given up before"});
  auto answer = std::make_shared<Answer<Rows>>();
  std::function<void()> call = [line = line_, sql = std::move(sql), answer] { *answer = line->ask(sql); };
  bool returned = co_await in_thread(reactor_, line_, std::move(call), deadline);
  if (!returned) co_return tl::unexpected(query_timeout());
  bool dead = !*answer && answer->error().contact != Contact::error_packet;
  if (dead) line_->give_up();
  co_return std::move(*answer);
}

// Nothing may come on an idle connection but its end, or the error packet that announces it.
sys::Task<bool> MariadbSession::closed_before(TimePoint until) {
  if (line_->gave_up()) co_return true;
  co_return co_await reactor_.readable(fd_, until);
}

}  // namespace tanist::mysql

#include "http/client.h"

#include <fmt/format.h>

#include "http/door.h"
#include "http/stream.h"

namespace tanist::http {

namespace {
constexpr size_t kLongestAnswer = 64 << 20;
}

sys::Task<Result<Answer>> ask(sys::Reactor& reactor, std::string socket_path, std::string method, std::string target,
                              std::string body, TimePoint deadline) {
  auto socket = connect_to_path(socket_path);
  if (!socket) co_return fail(socket.error());
  auto line = plain_line(socket->get());
  Stream stream(reactor, std::move(*socket), std::move(line));
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                                    method, target, body.size(), body);
  auto sent = co_await stream.write(std::move(request), deadline);
  if (!sent) co_return fail(sent.error().during(socket_path));
  AnswerReader reader(kLongestAnswer);
  for (;;) {
    auto bytes = co_await stream.read(deadline);
    if (!bytes) co_return fail(bytes.error().during(socket_path));
    auto answer = reader.feed(*bytes, bytes->empty());
    if (!answer) co_return fail(answer.error().during(socket_path));
    if (*answer) co_return **answer;
    if (bytes->empty()) co_return fail(Errc::unreachable, socket_path + ": ended in the middle of its answer");
  }
}

}  // namespace tanist::http

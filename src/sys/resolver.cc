#include "sys/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include "sys/reactor.h"

namespace tanist::sys {

namespace {

Result<std::string> look_up(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
  if (error != 0) return fail(Errc::unreachable, "resolve " + name + ": " + ::gai_strerror(error), error);
  char address[NI_MAXHOST];
  error = ::getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, nullptr, 0, NI_NUMERICHOST);
  ::freeaddrinfo(found);
  if (error != 0) return fail(Errc::unreachable, "resolve " + name + ": " + ::gai_strerror(error), error);
  return std::string(address);
}

}  // namespace

// The answer is written by the thread and read by us only after `done`.
struct SystemResolver::Lookup {
  explicit Lookup(Clock& clock) : done(clock) {}
  Result<std::string> answer;
  Event done;
};

bool is_numeric_address(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, text.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

std::string canonical_address(std::string text) {
  unsigned char bytes[sizeof(in6_addr)];
  char spelled[INET6_ADDRSTRLEN];
  for (int family : {AF_INET, AF_INET6}) {
    if (::inet_pton(family, text.c_str(), bytes) != 1) continue;
    if (::inet_ntop(family, bytes, spelled, sizeof spelled)) return spelled;
  }
  return text;
}

Task<Result<std::string>> SystemResolver::resolve(std::string name, TimePoint deadline) {
  if (is_numeric_address(name)) co_return canonical_address(std::move(name));
  std::shared_ptr<Lookup> lookup = running_[name];
  if (!lookup) {
    lookup = running_[name] = std::make_shared<Lookup>(reactor_);
    auto watch = [](SystemResolver& self, std::shared_ptr<Lookup> shared, std::string wanted) -> Task<void> {
      std::function<void()> work = [shared, wanted] { shared->answer = look_up(wanted); };
      co_await self.reactor_.beside(std::move(work), TimePoint::max());
      self.running_.erase(wanted);
      shared->done.set();
    };
    start_detached(watch(*this, lookup, name));
  }
  bool answered = co_await lookup->done.wait_until(deadline);
  if (!answered) co_return fail(Errc::timeout, "resolve " + name + ": the name service did not answer in time");
  co_return lookup->answer;
}

Task<Result<std::string>> FixedResolver::resolve(std::string name, TimePoint) {
  auto found = addresses_.find(name);
  if (found != addresses_.end()) co_return found->second;
  if (is_numeric_address(name)) co_return canonical_address(std::move(name));
  co_return fail(Errc::unreachable, "resolve " + name + ": no such name");
}

}  // namespace tanist::sys

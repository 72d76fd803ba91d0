#include "http/connection.h"

#include <fmt/format.h>

#include "http/wire.h"

namespace tanist::http {

using namespace std::chrono_literals;

namespace {

constexpr Duration kLookForTheClient = 500ms;
constexpr Duration kSignOfLife = 15s;  // through proxies that end what is silent

struct Asked {
  std::optional<RequestReader::Taken> taken;
  std::optional<Response> refusal;  // neither: the client has gone, or says nothing more
};

class Connection {
 public:
  Connection(const Service& service, Stream& stream)
      : service_(service), clock_(service.reactor), stream_(stream), reader_(service.limits) {}

  sys::Task<void> run() {
    auto greeted = co_await stream_.greet(clock_.now() + service_.limits.request);
    if (!greeted) co_return;
    for (bool first = true; !service_.stopping; first = false) {
      Asked asked = co_await next_request(first);
      if (asked.refusal) {
        auto said = co_await send(std::move(*asked.refusal), false, false);
        if (said) co_await stream_.linger(clock_.now() + service_.limits.linger);
        co_return;
      }
      if (!asked.taken) co_return;
      const bool again = co_await respond(std::move(*asked.taken));
      if (!again) co_return;
    }
  }

 private:
  // A client has the whole time of a request for its first one, and may be silent for longer between two.
  sys::Task<Asked> next_request(bool first) {
    TimePoint deadline = clock_.now() + (first ? service_.limits.request : service_.limits.idle);
    bool begun = first;
    auto state = reader_.feed({});
    for (;;) {
      if (state == RequestReader::State::complete) co_return take();
      if (state == RequestReader::State::bad) co_return Asked{{}, reader_.refusal()};
      if (!begun && reader_.begun()) {
        begun = true;
        deadline = clock_.now() + service_.limits.request;
      }
      if (reader_.wants_continue()) {
        std::string go_on(kContinue);
        Status told = co_await stream_.write(std::move(go_on), deadline);
        if (!told) co_return Asked{};
      }
      auto bytes = co_await stream_.read(deadline);
      if (!bytes && bytes.error().code == Errc::timeout && begun && !service_.stopping) co_return too_slow();
      if (!bytes) co_return Asked{};
      if (bytes->empty() && reader_.begun()) co_return Asked{{}, error_response(400, "the request ended in its middle")};
      if (bytes->empty()) co_return Asked{};
      state = reader_.feed(*bytes);
    }
  }

  Asked too_slow() const {
    const auto seconds = std::chrono::duration<double>(service_.limits.request).count();
    return {{}, error_response(408, fmt::format("no whole request came within {} s", seconds))};
  }

  Asked take() {
    auto taken = reader_.take();
    if (!taken) return {{}, error_response(400, taken.error().what)};
    taken->request.role = role_of(taken->request);
    return {std::move(*taken), {}};
  }

  std::optional<Role> role_of(const Request& request) const {
    if (!service_.tokens) return service_.role;
    auto said = request.headers.find("authorization");
    return said == request.headers.end() ? std::nullopt : service_.tokens->role_of(said->second);
  }

  sys::Task<bool> respond(RequestReader::Taken taken) {
    auto handling = service_.handler(std::move(taken.request));
    Response response = co_await std::move(handling);
    const EventSource events = response.events;
    const bool again = taken.keep_alive && !events && !service_.stopping;
    Status sent = co_await send(std::move(response), again, taken.head_only);
    if (sent && events && !taken.head_only) co_await send_events(events);
    if (sent && !again && !service_.stopping) co_await stream_.linger(clock_.now() + service_.limits.linger);
    co_return sent && again;
  }

  sys::Task<Status> send(Response response, bool keep_alive, bool head_only) {
    std::string bytes = bytes_of(response, keep_alive, head_only, clock_.wall_now());
    auto sent = co_await stream_.write(std::move(bytes), clock_.now() + service_.limits.write);
    co_return sent;
  }

  sys::Task<void> send_events(EventSource next) {
    const TimePoint end = clock_.now() + service_.limits.stream;
    TimePoint quiet_since = clock_.now();
    while (!service_.stopping && clock_.now() < end && !stream_.other_side_left()) {
      auto waiting = next(clock_.now() + kLookForTheClient);
      std::optional<std::string> text = co_await std::move(waiting);
      if (!text && clock_.now() - quiet_since < kSignOfLife) continue;
      quiet_since = clock_.now();
      std::string bytes = text ? std::move(*text) : ":\n\n";
      Status taken = co_await stream_.write(std::move(bytes), clock_.now() + service_.limits.write);
      if (!taken) co_return;
    }
  }

  const Service& service_;
  sys::Clock& clock_;
  Stream& stream_;
  RequestReader reader_;
};

}  // namespace

sys::Task<void> serve(const Service& service, std::shared_ptr<Stream> stream) {
  Connection connection(service, *stream);
  co_await connection.run();
}

}  // namespace tanist::http

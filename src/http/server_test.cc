// What clients may send, and what they get for it: through real sockets.
#include "http/server.h"

#include <gmock/gmock.h>

#include "http/client.h"
#include "http/test_server.h"

namespace tanist::http {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Case {
  const char* what;
  std::string sent;
  const char* status;
  const char* said;
};

std::string repeated(size_t count) { return std::string(count, 'x'); }

const Case kCases[] = {
    {"a request", get("/a"), "200", "GET /a 0"},
    {"escapes", get("/a%20b?x=1"), "200", "GET /a b 0"},
    {"HTTP/1.0 without Host", "GET /old HTTP/1.0\r\n\r\n", "200", "GET /old 0"},
    {"a target as proxies write it", get("http://here/a"), "200", "GET /a 0"},
    {"a body", "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", "200", "POST /p 3"},
    {"a body in chunks", "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
     "200", "POST /p 3"},
    {"the longest body", "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 65536\r\n\r\n" + repeated(65536), "200",
     "POST /p 65536"},
    {"no HTTP at all", "\x16\x03\x01\x02garbage\r\n\r\n", "400", "not an HTTP request"},
    {"a line only", "hello\r\n\r\n", "400", "not an HTTP request"},
    {"HTTP/2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "400", "error"},
    {"no Host", "GET / HTTP/1.1\r\n\r\n", "400", "one Host header"},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400", "one Host header"},
    {"no path", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "400", "must be a path"},
    {"a broken escape", get("/%zz"), "400", "escape that is none"},
    {"a half escape", get("/%2"), "400", "escape that is none"},
    {"an escaped control character", get("/%00"), "400", "control character"},
    {"a negative length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "400", "not an HTTP request"},
    {"two lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400", "not an HTTP request"},
    {"length and chunks", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400",
     "not an HTTP request"},
    {"a broken chunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400", "not an HTTP request"},
    {"a long header", get("/", "X: " + repeated(17000) + "\r\n"), "431", "longer than 16384"},
    {"a long target", get("/" + repeated(17000)), "431", "longer than 16384"},
    {"a header without an end", "GET / HTTP/1.1\r\nX: " + repeated(40000), "431", "longer than 16384"},
    {"a long body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n" + repeated(65537), "413", "longer than 65536"},
    {"a huge length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n", "413", "longer than 65536"},
    {"long chunks", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1ffff\r\n" + repeated(0x1ffff) + "\r\n0\r\n\r\n", "413",
     "longer than 65536"},
};

TEST(Server, gives_every_request_its_due) {
  TestServer test;
  test.run([&]() -> sys::Task<void> {
    for (const Case& one : kCases) {
      std::string answer = co_await test.exchange(one.sent);
      EXPECT_THAT(answer, AllOf(StartsWith(std::string("HTTP/1.1 ") + one.status), HasSubstr(one.said))) << one.what;
    }
  });
}

TEST(Server, knows_a_half_closed_client_from_a_half_sent_request) {
  TestServer test;
  test.run([&]() -> sys::Task<void> {
    EXPECT_THAT(co_await test.exchange(get("/whole"), true), HasSubstr("GET /whole 0"));
    EXPECT_THAT(co_await test.exchange("GET / HTTP/1.1\r\nHo", true), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(co_await test.exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", true), StartsWith("HTTP/1.1 400"));
    EXPECT_EQ(co_await test.exchange("", true), "");
  });
}

TEST(Server, waits_for_a_slow_client_so_long_and_lets_nobody_wait_for_it) {
  TestServer test;
  test.options.limits.request = 300ms;
  test.run([&]() -> sys::Task<void> {
    auto silent = test.connect(), slow = test.connect(), slow_body = test.connect();
    static_cast<void>(co_await slow->write("GET / HT", test.soon()));
    static_cast<void>(co_await slow_body->write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", test.soon()));
    EXPECT_THAT(co_await test.exchange(get("/quick")), HasSubstr("GET /quick"));
    for (Stream* one : {silent.get(), slow.get(), slow_body.get()})
      EXPECT_THAT(co_await test.read_all(*one), AllOf(StartsWith("HTTP/1.1 408"), HasSubstr("within 0.3 s")));
  });
}

TEST(Server, answers_many_requests_of_one_client_in_their_order) {
  TestServer test;
  test.run([&]() -> sys::Task<void> {
    const std::string kept = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n" "HEAD /22 HTTP/1.1\r\nHost: h\r\n\r\n";
    std::string answers = co_await test.exchange(kept + get("/3"));
    EXPECT_LT(answers.find("GET /1 0"), answers.find("Content-Length: 10"));
    EXPECT_THAT(answers, AllOf(HasSubstr("GET /3 0"), Not(HasSubstr("GET /22"))));
  });
}

TEST(Server, ends_a_connection_that_is_idle_without_a_word) {
  TestServer test;
  test.options.limits.idle = 100ms;
  test.run([&]() -> sys::Task<void> {
    std::string answer = co_await test.exchange("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), Not(HasSubstr("408"))));
  });
}

TEST(Server, asks_for_a_body_that_waits_for_it) {
  TestServer test;
  test.run([&]() -> sys::Task<void> {
    auto stream = test.connect();
    static_cast<void>(co_await stream->write(
        "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", test.soon()));
    EXPECT_EQ(co_await test.read_until(*stream, "\r\n\r\n"), kContinue);
    static_cast<void>(co_await stream->write("ab", test.soon()));
    EXPECT_THAT(co_await test.read_all(*stream), HasSubstr("POST /p 2"));
  });
}

TEST(Server, turns_away_whom_it_has_no_place_for_at_one_door_only) {
  TestServer test;
  test.options.limits.connections = 3;
  test.run([&]() -> sys::Task<void> {
    std::vector<std::unique_ptr<Stream>> crowd;
    for (int i = 0; i < 3; ++i) crowd.push_back(test.connect());
    auto late = test.connect();
    EXPECT_THAT(co_await test.read_all(*late), StartsWith("HTTP/1.1 503"));
    auto local = co_await ask(test.reactor, test.options.socket_path, "GET", "/local", "", test.soon());
    EXPECT_EQ(local ? local->body : local.error().what, "GET /local 0\n");
    crowd.clear();  // places become free as soon as the server has seen that they went
    std::string answer;
    while (answer.find("GET /again") == answer.npos) answer = co_await test.exchange(get("/again"));
  });
}

TEST(Server, stops_at_once_with_clients_that_do_nothing) {
  TestServer test;
  std::unique_ptr<Stream> silent, idle;
  TimePoint began;
  test.run([&]() -> sys::Task<void> {
    silent = test.connect();
    idle = test.connect();
    static_cast<void>(co_await idle->write("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n", test.soon()));
    EXPECT_THAT(co_await test.read_until(*idle, "GET /1 0"), StartsWith("HTTP/1.1 200"));
    began = test.reactor.now();
  });
  EXPECT_LT(test.reactor.now() - began, 5s);  // and not the 10 and 60 that they may take
}

TEST(Server, does_not_wait_for_a_client_that_takes_nothing) {
  TestServer test;
  test.options.limits.write = 200ms;
  test.handler = [](Request) -> sys::Task<Response> { co_return Response{.body = std::string(32 << 20, 'x')}; };
  test.run([&]() -> sys::Task<void> {
    auto stream = test.connect();
    static_cast<void>(co_await stream->write(get("/"), test.soon()));
    auto local = co_await ask(test.reactor, test.options.socket_path, "GET", "/", "", test.soon());
    EXPECT_TRUE(local);
    co_await sys::sleep_for(test.reactor, 600ms);  // three times what it may take
    std::string taken = co_await test.read_all(*stream);
    EXPECT_LT(taken.size(), size_t{32 << 20});
  });
}

TEST(Server, streams_events_until_the_client_goes) {
  TestServer test;
  int sent = 0;
  bool ended = false;
  struct Guard {
    explicit Guard(bool& flag) : ended(flag) {}
    Guard(const Guard&) = delete;
    ~Guard() { ended = true; }
    bool& ended;
  };
  test.handler = [&](Request) -> sys::Task<Response> {
    Response response{.type = "text/event-stream"};
    auto guard = std::make_shared<Guard>(ended);
    response.events = [&sent, &test, guard](TimePoint deadline) -> sys::Task<std::optional<std::string>> {
      if (sent < 2) co_return "data: " + std::to_string(++sent) + "\n\n";
      co_await sys::sleep_until(test.reactor, deadline);
      co_return std::nullopt;
    };
    co_return response;
  };
  test.run([&]() -> sys::Task<void> {
    auto stream = test.connect();
    static_cast<void>(co_await stream->write(get("/"), test.soon()));
    std::string head = co_await test.read_until(*stream, "data: 2\n\n");
    EXPECT_THAT(head, AllOf(HasSubstr("text/event-stream"), HasSubstr("data: 1\n\n"), Not(HasSubstr("Content-Length"))));
    stream.reset();
    const TimePoint limit = test.soon();
    while (!ended && test.reactor.now() < limit) co_await sys::sleep_for(test.reactor, 10ms);
    EXPECT_TRUE(ended);
  });
}

}  // namespace
}  // namespace tanist::http

// How each way of not being a healthy server is heard. Real servers are asked in tests/integration.
#include "mysql/connector.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "mysql/failures.h"
#include "sys/reactor.h"
#include "sys/unique_fd.h"

namespace tanist::mysql {
namespace {

using namespace std::chrono_literals;
using sys::Task;

std::string packet(std::string payload, unsigned sequence = 0) {
  return ByteWriter().u24(payload.size()).u8(sequence).text(payload).str();
}

// Handshake V10 of an old server without TLS.
std::string greeting() {
  ByteWriter out;
  out.u8(10).text("5.6.24-fake").u8(0).u32(7).text("ABCDEFGH").u8(0);
  out.u16(0xf7ff & ~0x0800U).u8(33).u16(2).u16(0x0008).u8(21).zeros(10).text("IJKLMNOPQRST").u8(0);
  out.text("mysql_native_password").u8(0);
  return packet(out.str());
}

std::string error_packet(unsigned number, const std::string& text, unsigned sequence = 0) {
  return packet(ByteWriter().u8(0xff).u16(number).text(text).str(), sequence);
}

// Listens on loopback; what it says to whoever connects is up to the test.
class FakeServer {
 public:
  explicit FakeServer(sys::Reactor& reactor) : reactor_(reactor) {
    listener_ = sys::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 5), 0);
    socklen_t length = sizeof address;
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    endpoint = {"127.0.0.1", ntohs(address.sin_port)};
  }

  enum class Then { stay, close, reset };
  Task<void> say(std::string text, Then then, TimePoint deadline) {
    bool asked = co_await reactor_.readable(listener_.get(), deadline);
    EXPECT_TRUE(asked);
    client_ = sys::UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!text.empty()) {
      EXPECT_EQ(::write(client_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    if (then == Then::stay) co_return;
    if (then == Then::reset) {
      linger hard{1, 0};
      ::setsockopt(client_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    client_.close();
  }
  void stop_listening() { listener_.close(); }

  Endpoint endpoint;

 private:
  sys::Reactor& reactor_;
  sys::UniqueFd listener_, client_;
};

class ConnectorTest : public testing::Test {
 protected:
  struct Heard {
    Answer<std::unique_ptr<Session>> answer = tl::unexpected(Failure{});
    Duration took{};
  };

  Heard connect(Endpoint endpoint, Duration limit = 10s) {
    Heard heard;
    auto main = [](sys::Reactor& loop, Connector& to, Endpoint where, Duration within, Heard& out) -> Task<int> {
      TimePoint start = loop.now();
      Credentials who{"somebody", Secret("secret")};
      out.answer = co_await to.connect(where, who, start + within);
      out.took = loop.now() - start;
      co_return 0;
    };
    reactor.run(main(reactor, connector, endpoint, limit, heard));
    return heard;
  }
  Heard hear(std::string says, FakeServer::Then then, Duration limit = 10s) {
    sys::start_detached(server.say(says, then, reactor.now() + 10s));
    return connect(server.endpoint, limit);
  }

  sys::Reactor reactor;
  MariadbConnector connector{reactor};
  FakeServer server{reactor};
};

TEST_F(ConnectorTest, a_closed_port_is_refused_at_once) {
  server.stop_listening();
  Heard heard = connect(server.endpoint);
  EXPECT_EQ(heard.answer.error().contact, Contact::refused) << heard.answer.error().what;
  EXPECT_EQ(heard.answer.error().number, ECONNREFUSED);
  EXPECT_LT(heard.took, 2s);
}

TEST_F(ConnectorTest, silence_after_accept_is_no_greeting_at_the_deadline) {
  Heard heard = connect(server.endpoint, 150ms);  // the kernel accepts for it, as for a stopped process
  EXPECT_EQ(heard.answer.error().contact, Contact::no_greeting) << heard.answer.error().what;
  EXPECT_GE(heard.took, 150ms);
  EXPECT_LT(heard.took, 1s);
}

TEST_F(ConnectorTest, silence_after_the_greeting_is_a_timeout) {
  Heard heard = hear(greeting(), FakeServer::Then::stay, 150ms);
  EXPECT_EQ(heard.answer.error().contact, Contact::timeout) << heard.answer.error().what;
  EXPECT_NE(heard.answer.error().what.find("greeted"), std::string::npos);
  EXPECT_LT(heard.took, 1s);
}

TEST_F(ConnectorTest, a_connection_closed_without_a_word_is_lost) {
  EXPECT_EQ(hear("", FakeServer::Then::close).answer.error().contact, Contact::lost);
}

TEST_F(ConnectorTest, a_reset_connection_is_lost) {
  Heard heard = hear("", FakeServer::Then::reset);
  EXPECT_EQ(heard.answer.error().contact, Contact::lost) << heard.answer.error().number << heard.answer.error().what;
}

TEST_F(ConnectorTest, an_error_packet_in_place_of_a_greeting_keeps_its_number) {
  Heard heard = hear(error_packet(1040, "Too many connections"), FakeServer::Then::close);
  EXPECT_EQ(heard.answer.error().contact, Contact::error_packet) << heard.answer.error().what;
  EXPECT_EQ(heard.answer.error().number, 1040);
  EXPECT_EQ(heard.answer.error().what, "Too many connections");
}

TEST_F(ConnectorTest, access_denied_is_an_error_packet) {
  std::string says = greeting() + error_packet(1045, "#28000Access denied", 2);
  Heard heard = hear(says, FakeServer::Then::stay);
  EXPECT_EQ(heard.answer.error().contact, Contact::error_packet) << heard.answer.error().what;
  EXPECT_EQ(heard.answer.error().number, 1045);
}

TEST_F(ConnectorTest, another_protocol_on_the_port_is_no_server_of_ours) {
  Heard heard = hear("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", FakeServer::Then::stay, 300ms);
  ASSERT_FALSE(heard.answer);
  EXPECT_NE(heard.answer.error().contact, Contact::error_packet) << heard.answer.error().what;
}

TEST_F(ConnectorTest, many_silent_servers_wait_side_by_side) {
  Duration took{};
  auto main = [](sys::Reactor& loop, Connector& to, Endpoint where, Duration& out) -> Task<int> {
    TimePoint start = loop.now();
    std::vector<Task<Answer<std::unique_ptr<Session>>>> tasks;
    for (int i = 0; i < 4; ++i) tasks.push_back(to.connect(where, Credentials{"x", Secret("y")}, start + 200ms));
    auto answers = co_await sys::when_all(std::move(tasks));
    for (auto& answer : answers) EXPECT_EQ(answer.error().contact, Contact::no_greeting);
    out = loop.now() - start;
    co_return 0;
  };
  reactor.run(main(reactor, connector, server.endpoint, took));
  EXPECT_LT(took, 600ms);
}

TEST(Failures, the_errno_of_a_failed_connect_decides) {
  EXPECT_EQ(connect_failure(2002, "Can't connect to server on '10.0.0.7' (111)").contact, Contact::refused);
  EXPECT_EQ(connect_failure(2002, "Can't connect to server on '10.0.0.7' (113)").contact, Contact::no_route);
  EXPECT_EQ(connect_failure(2003, "Can't connect to server on '10.0.0.7' (110)").contact, Contact::timeout);
  EXPECT_EQ(connect_failure(2002, "Can't connect").contact, Contact::no_route);
}

TEST(Failures, numbers_of_the_server_and_of_the_library_are_told_apart) {
  EXPECT_EQ(query_failure(1064, "syntax").contact, Contact::error_packet);
  EXPECT_EQ(query_failure(4031, "idle too long").contact, Contact::lost);
  EXPECT_EQ(query_failure(1053, "Server shutdown in progress").contact, Contact::lost);
  EXPECT_EQ(query_failure(2013, "Lost connection").contact, Contact::lost);
  EXPECT_EQ(query_failure(2059, "plugin").contact, Contact::error_packet) << "alive, but speaks another authentication";
  EXPECT_EQ(query_failure(3159, "insecure transport").contact, Contact::error_packet);
}

}  // namespace
}  // namespace tanist::mysql

// The real servers that the tests of this folder talk to: one of each flavour on loopback, with an empty root password.
// They come from the environment, because starting them is the business of `servers` (the script beside this file):
//   TANIST_TEST_SERVERS="mariadb=127.0.0.1:33061 mysql56=127.0.0.1:33062 mysql97=127.0.0.1:33063"
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mysql/connector.h"
#include "sys/reactor.h"

namespace tanist::integration {

using namespace std::chrono_literals;
using sys::Task;

struct TestServer {
  std::string name;
  mysql::Endpoint endpoint;
};
std::vector<TestServer> test_servers();
std::string name_of(const testing::TestParamInfo<TestServer>& test);
void PrintTo(const TestServer& server, std::ostream* out);

// One story per test, on a reactor of its own.
class ServerTest : public testing::TestWithParam<TestServer> {
 protected:
  using Opened = mysql::Answer<std::unique_ptr<mysql::Session>>;

  mysql::Endpoint endpoint() const { return GetParam().endpoint; }
  TimePoint in(Duration duration) const { return reactor.now() + duration; }
  Task<std::unique_ptr<mysql::Session>> root();
  Task<Opened> login(std::string user, std::string password, mysql::Tls tls = mysql::Tls::preferred);
  // Expects an answer.
  Task<mysql::Rows> ask(mysql::Session& session, std::string sql);

  template <class Story>
  void run(Story story) {
    auto main = [](Story& inner) -> Task<int> {
      co_await inner();
      co_return 0;
    };
    reactor.run(main(story));
  }

  sys::Reactor reactor;
  mysql::MariadbConnector connector{reactor};
};

}  // namespace tanist::integration

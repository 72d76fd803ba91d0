// The real servers that the tests of this folder talk to, all of one flavour and on loopback. `run` (the script beside
// this file) starts them and says in the environment where they are.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "mysql/connector.h"
#include "mysql/dialect.h"
#include "sys/reactor.h"

namespace tanist::real {

using namespace std::chrono_literals;
using sys::Task;

struct Servers {
  std::string flavour;  // mariadb, mysql56, mysql97
  std::string root, password;
  mysql::Endpoint alone;             // nobody's replica and nobody's source: a test may do with it what it likes
  mysql::Endpoint primary, replica;  // a pair that replicates, semi-synchronously where it can, by GTID
};

// One story per test, on a reactor of its own.
class ServerTest : public testing::Test {
 protected:
  using Opened = mysql::Answer<std::unique_ptr<mysql::Session>>;

  ServerTest();
  TimePoint in(Duration duration) const { return reactor.now() + duration; }
  bool is_mysql() const { return servers.flavour != "mariadb"; }
  bool is_modern() const { return servers.flavour == "mysql97"; }

  Task<std::unique_ptr<mysql::Session>> root() { return root(servers.alone); }
  Task<std::unique_ptr<mysql::Session>> root(mysql::Endpoint where);
  Task<Opened> login(std::string user, std::string password, mysql::Tls tls = mysql::Tls::preferred) {
    return login(servers.alone, std::move(user), std::move(password), tls);
  }
  Task<Opened> login(mysql::Endpoint where, std::string user, std::string password, mysql::Tls tls);
  // Expects an answer.
  Task<mysql::Rows> ask(mysql::Session& session, std::string sql);

  static mysql::Dialect dialect_of(mysql::Session& session);
  Task<void> forget_replica(mysql::Session& session);
  // Accounts come from 127.0.0.1: these servers resolve no names.
  Task<void> remake_user(mysql::Session& session, std::string user, std::string identified, std::string rights);

  template <class Story>
  void run(Story story) {
    auto main = [](Story& inner) -> Task<int> {
      co_await inner();
      co_return 0;
    };
    reactor.run(main(story));
  }

  Servers servers;
  sys::Reactor reactor;
  mysql::MariadbConnector connector{reactor};
};

}  // namespace tanist::real

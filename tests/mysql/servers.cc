#include "servers.h"

#include <cstdlib>

#include "base/text.h"

namespace tanist::real {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  EXPECT_TRUE(value) << name << " is not set: start these tests by tests/mysql/run";
  return value ? value : "";
}

mysql::Endpoint on_port(const std::string& text) {
  return {"127.0.0.1", static_cast<uint16_t>(parse_uint(text).value_or(0))};
}

}  // namespace

ServerTest::ServerTest() {
  servers.flavour = variable("TANIST_TEST_FLAVOUR");
  servers.root = variable("TANIST_TEST_ROOT");
  servers.password = variable("TANIST_TEST_PASSWORD");
  std::vector<std::string> ports = split(variable("TANIST_TEST_PORTS"), ' ');
  ports.resize(3);
  servers.alone = on_port(ports[0]);
  servers.primary = on_port(ports[1]);
  servers.replica = on_port(ports[2]);
}

Task<ServerTest::Opened> ServerTest::login(mysql::Endpoint where, std::string user, std::string password,
                                           mysql::Tls tls) {
  mysql::ConnectorOptions options;
  options.tls = tls;
  mysql::MariadbConnector with(reactor, options);
  mysql::Credentials who{user, Secret(password)};
  auto opened = co_await with.connect(where, who, in(20s));
  co_return opened;
}

Task<std::unique_ptr<mysql::Session>> ServerTest::root(mysql::Endpoint where) {
  auto opened = co_await login(where, servers.root, servers.password, mysql::Tls::preferred);
  EXPECT_TRUE(opened) << opened.error().what;
  co_return std::move(*opened);
}

Task<mysql::Rows> ServerTest::ask(mysql::Session& session, std::string sql) {
  auto rows = co_await session.query(sql, in(20s));
  EXPECT_TRUE(rows) << sql << ": " << rows.error().what;
  co_return rows.value_or(mysql::Rows{});
}

mysql::Dialect ServerTest::dialect_of(mysql::Session& session) {
  return mysql::Dialect(parse_server_version(session.server_version()));
}

Task<void> ServerTest::forget_replica(mysql::Session& session) {
  co_await ask(session, dialect_of(session).stop_replica());
  co_await ask(session, dialect_of(session).reset_replica_all());
}

Task<void> ServerTest::remake_user(mysql::Session& session, std::string user, std::string identified,
                                   std::string rights) {
  auto gone = co_await session.query("DROP USER " + user, in(20s));
  (void)gone;
  co_await ask(session, "CREATE USER " + user + " IDENTIFIED " + identified);
  if (!rights.empty()) co_await ask(session, "GRANT " + rights + " ON *.* TO " + user);
}

}  // namespace tanist::real

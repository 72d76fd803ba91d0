#include "servers.h"

#include <cstdlib>

#include "base/text.h"

namespace tanist::integration {

std::vector<TestServer> test_servers() {
  const char* text = std::getenv("TANIST_TEST_SERVERS");
  std::vector<TestServer> servers;
  for (const std::string& word : split(text ? text : "", ' ')) {
    size_t equals = word.find('='), colon = word.rfind(':');
    if (equals == std::string::npos || colon == std::string::npos) continue;
    auto port = static_cast<uint16_t>(parse_uint(word.substr(colon + 1)).value_or(0));
    servers.push_back({word.substr(0, equals), {word.substr(equals + 1, colon - equals - 1), port}});
  }
  return servers;
}

std::string name_of(const testing::TestParamInfo<TestServer>& test) { return test.param.name; }
void PrintTo(const TestServer& server, std::ostream* out) { *out << server.name; }

Task<ServerTest::Opened> ServerTest::login(std::string user, std::string password, mysql::Tls tls) {
  mysql::ConnectorOptions options;
  options.tls = tls;
  mysql::MariadbConnector with(reactor, options);
  mysql::Credentials who{user, Secret(password)};
  auto opened = co_await with.connect(endpoint(), who, in(20s));
  co_return opened;
}

Task<std::unique_ptr<mysql::Session>> ServerTest::root() {
  auto opened = co_await login("root", "");
  EXPECT_TRUE(opened) << opened.error().what;
  co_return std::move(*opened);
}

Task<mysql::Rows> ServerTest::ask(mysql::Session& session, std::string sql) {
  auto rows = co_await session.query(sql, in(20s));
  EXPECT_TRUE(rows) << sql << ": " << rows.error().what;
  co_return rows.value_or(mysql::Rows{});
}

}  // namespace tanist::integration

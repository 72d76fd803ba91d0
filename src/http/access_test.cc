// Who gets in: doors, TLS, tokens, roles.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>

#include "http/client.h"
#include "http/routes.h"
#include "http/test_server.h"
#include "http/tls.h"
#include "http/tokens.h"

namespace tanist::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kReader = "read-0123456789abcdef";
constexpr const char* kAdmin = "admin-0123456789abcdef";

std::string bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

std::vector<Route> table() {
  const Handler say = [](Request request) -> sys::Task<Response> { co_return Response{.body = request.path_words["name"]}; };
  return {{.method = "GET", .pattern = "/v1/things", .summary = "", .query = {"last"}, .handler = say},
          {.method = "GET", .pattern = "/v1/things/{name}", .summary = "", .handler = say},
          {.method = "POST", .pattern = "/v1/things/{name}", .role = Role::admin, .summary = "", .handler = say}};
}

struct RoutedServer : TestServer {
  RoutedServer() {
    handler = [routes = table()](Request request) { return answer(routes, std::move(request)); };
  }
  void with_tokens() {
    options.tokens = directory.file("tokens");
    EXPECT_TRUE(files.replace(options.tokens, std::string("# ours\n\nread ") + kReader + "\nadmin\t" + kAdmin + "\r\n", 0600));
  }
  void make_certificate() {
    options.tls_certificate = directory.file("cert.pem");
    options.tls_key = directory.file("key.pem");
    const std::string command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
                                "-keyout " + options.tls_key + " -out " + options.tls_certificate + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
};

std::string post(const std::string& target, const std::string& more = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n" + more + "\r\n";
}

TEST(Routes, say_what_there_is_to_whom) {
  RoutedServer test;
  test.with_tokens();
  const struct {
    std::string sent;
    const char* status;
    const char* said;
  } cases[] = {
      {get("/v1/things", bearer(kReader)), "200", ""},
      {get("/v1/things?last=1", bearer(kAdmin)), "200", ""},
      {get("/v1/things?first=1", bearer(kReader)), "400", "there is no parameter first here; there is last"},
      {get("/v1/things/a%20b", bearer(kReader)), "200", "a b"},
      {get("/v1/things/", bearer(kReader)), "404", "there is no /v1/things/"},
      {get("/v1/things/a/b", bearer(kReader)), "404", ""},
      {post("/v1/things", bearer(kAdmin)), "405", "Allow: GET"},
      {get("/nowhere"), "401", "WWW-Authenticate: Bearer"},
      {get("/v1/things"), "401", "a token is needed"},
      {get("/v1/things", bearer("read-0123456789abcdeF")), "401", ""},
      {get("/v1/things", bearer("")), "401", ""},
      {get("/v1/things", std::string("Authorization: Basic ") + kAdmin + "\r\n"), "401", ""},
      {get("/v1/things", std::string("authorization: bearer ") + kReader + "\r\n"), "200", ""},
      {post("/v1/things/a", bearer(kReader)), "403", "the role admin is needed"},
      {post("/v1/things/a", bearer(kAdmin)), "200", "a"},
  };
  test.run([&]() -> sys::Task<void> {
    for (const auto& one : cases) {
      std::string answer = co_await test.exchange(one.sent);
      EXPECT_THAT(answer, AllOf(StartsWith(std::string("HTTP/1.1 ") + one.status), HasSubstr(one.said))) << one.sent;
      EXPECT_THAT(answer, Not(HasSubstr("0123456789"))) << one.sent;
    }
  });
}

TEST(Access, without_tokens_is_for_reading_only_but_through_the_socket) {
  RoutedServer test;
  test.run([&]() -> sys::Task<void> {
    EXPECT_THAT(co_await test.exchange(get("/v1/things")), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(co_await test.exchange(post("/v1/things/a")), StartsWith("HTTP/1.1 403"));
    auto local = co_await ask(test.reactor, test.options.socket_path, "POST", "/v1/things/a", "", test.soon());
    EXPECT_EQ(local ? local->status : 0, 200u);
  });
}

TEST(Access, the_socket_is_private_and_goes_with_the_server) {
  RoutedServer test;
  ASSERT_TRUE(test.files.replace(test.options.socket_path, "a file of somebody"));
  Status refused = test.open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("is there and no socket"));
  ASSERT_TRUE(test.files.remove(test.options.socket_path));
  ASSERT_TRUE(test.open());
  test.server.reset();
  { auto left_by_a_killed_one = listen_on_path(test.options.socket_path); }
  ASSERT_TRUE(test.open());
  EXPECT_EQ(test.files.facts(test.options.socket_path)->mode & 0777u, 0600u);
  test.server.reset();
  EXPECT_FALSE(test.files.facts(test.options.socket_path));
  auto nobody = connect_to_path(test.options.socket_path);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, Errc::not_found);
}

TEST(Access, addresses_that_others_reach_need_tls_and_tokens) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:80", "[2001:db8::1]:80", "128.0.0.1:80"}) {
    RoutedServer test;
    test.options.listen = {address};
    Status refused = test.open();
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().what, std::string(address) + " can be reached by others: that needs --tls_cert, --tls_key and --tokens");
    test.with_tokens();
    EXPECT_FALSE(test.open()) << address;
    test.make_certificate();
    test.options.tokens.clear();
    EXPECT_FALSE(test.open()) << address;
  }
  RoutedServer test;
  test.options.listen = {"0.0.0.0:0", "127.8.9.1:0", "[::1]:0"};
  test.with_tokens();
  test.make_certificate();
  Status opened = test.open();
  EXPECT_TRUE(opened) << opened.error().what;
}

TEST(Access, says_what_is_wrong_with_an_address) {
  for (const char* address : {"8080", ":8080", "localhost:80", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536", "::1:80", "[::1]", "[127.0.0.1]:80", ""}) {
    auto parsed = parse_tcp_address(address);
    ASSERT_FALSE(parsed) << address;
    EXPECT_THAT(parsed.error().what, HasSubstr("not a numeric address and port")) << address;
  }
}

TEST(Access, says_what_is_wrong_with_certificate_and_key) {
  RoutedServer test, other;
  test.make_certificate();
  other.make_certificate();
  EXPECT_TRUE(Tls::open(test.options.tls_certificate, test.options.tls_key));
  auto swapped = Tls::open(test.options.tls_certificate, other.options.tls_key);
  ASSERT_FALSE(swapped);
  EXPECT_THAT(swapped.error().what, StartsWith(other.options.tls_key));
  auto missing = Tls::open(test.directory.file("nothing.pem"), test.options.tls_key);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, StartsWith(test.directory.file("nothing.pem")));
  test.options.tls_key.clear();
  Status half = test.open();
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().what, "TLS needs both --tls_cert and --tls_key");
}

TEST(Tls, carries_requests_and_drops_who_does_not_speak_it) {
  RoutedServer test;
  test.with_tokens();
  test.make_certificate();
  test.run([&]() -> sys::Task<void> {
    EXPECT_THAT(co_await test.exchange(get("/v1/things", bearer(kReader))), Not(HasSubstr("200")));
    const std::string target = "https://localhost:" + std::to_string(test.server->ports().front()) + "/v1/things/abc";
    const std::string out = test.directory.file("out");
    auto code = std::make_shared<int>(-1);
    const std::string command = "curl -s --cacert " + test.options.tls_certificate + " -H 'Authorization: Bearer " + kReader + "' " +
                                target + " " + target + " -o " + out + " -o " + out + "2";
    std::function<void()> work = [command, code] { *code = std::system(command.c_str()); };
    bool ended = co_await test.reactor.beside(std::move(work), test.soon());
    EXPECT_TRUE(ended);
    EXPECT_EQ(*code, 0);
    EXPECT_EQ(test.files.read(out).value_or(""), "abc");
    EXPECT_EQ(test.files.read(out + "2").value_or(""), "abc");
  });
}

TEST(Tokens, are_refused_where_others_can_read_them_and_named_by_line_only) {
  RoutedServer test;
  const std::string path = test.directory.file("tokens");
  const auto read = [&](const std::string& text, unsigned mode) {
    EXPECT_TRUE(test.files.remove(path));
    EXPECT_TRUE(test.files.replace(path, text, mode));
    auto tokens = Tokens::read(test.files, path);
    return tokens ? std::string() : tokens.error().what;
  };
  const std::string secret = "secret-0123456789abcdef";
  EXPECT_EQ(read("admin " + secret + "\n", 0600), "");
  EXPECT_EQ(read("admin " + secret, 0400), "");
  EXPECT_THAT(read("admin " + secret + "\n", 0640), HasSubstr("chmod 600"));
  EXPECT_THAT(read("admin " + secret + "\n", 0604), HasSubstr("0604"));
  EXPECT_EQ(read("\nroot " + secret + "\n", 0600), path + ":2: the role is neither read nor admin");
  EXPECT_EQ(read("admin short\n", 0600), path + ":1: the token is shorter than 16 characters");
  EXPECT_EQ(read("# x\nadmin\n", 0600), path + ":2: a line is a role and a token: admin TOKEN");
  EXPECT_EQ(read("admin " + secret + " x\n", 0600), path + ":1: a line is a role and a token: admin TOKEN");
  EXPECT_EQ(read("# nobody\n", 0600), path + ": there is no token in it");
}

}  // namespace
}  // namespace tanist::http

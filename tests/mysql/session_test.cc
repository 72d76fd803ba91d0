#include "servers.h"

namespace tanist::real {
namespace {

using mysql::Contact;
using mysql::Rows;
using mysql::Tls;

class SessionTest : public ServerTest {};

TEST_F(SessionTest, cells_come_as_they_are) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    Rows rows = co_await ask(*session, "SELECT 'a''b\\n' AS text, NULL AS nothing, '' AS hollow, x'00FF' AS bytes, 'é' AS e");
    EXPECT_EQ(rows.get(0, "TEXT"), "a'b\n");
    EXPECT_EQ(rows.get(0, "nothing"), std::nullopt);
    EXPECT_EQ(rows.get(0, "hollow"), "");
    EXPECT_EQ(rows.get(0, "bytes"), std::string("\0\xff", 2));
    EXPECT_EQ(rows.get(0, "e"), "é");
    EXPECT_EQ(rows.get(1, "text"), std::nullopt);
    EXPECT_EQ(rows.get(0, "none"), std::nullopt);
    Rows id = co_await ask(*session, "SELECT CONNECTION_ID() AS id, VERSION() AS version");
    EXPECT_EQ(id.get(0, "id"), std::to_string(session->connection_id()));
    EXPECT_TRUE(id.get(0, "version")->starts_with(session->server_version().substr(0, 4))) << session->server_version();
  });
}

TEST_F(SessionTest, the_session_is_set_up) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    Rows rows = co_await ask(*session,
                             "SELECT @@session.wait_timeout AS wait, @@session.sql_mode AS mode, @@session.autocommit AS ac, "
                             "@@character_set_client AS charset");
    EXPECT_EQ(rows.get(0, "wait"), "86400");
    EXPECT_EQ(rows.get(0, "mode"), "");
    EXPECT_EQ(rows.get(0, "ac"), "1");
    EXPECT_EQ(rows.get(0, "charset"), "utf8mb4");
  });
}

TEST_F(SessionTest, an_error_packet_leaves_the_session_alive) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    auto bad = co_await session->query("SELEC 1", in(20s));
    EXPECT_EQ(bad.error().contact, Contact::error_packet);
    EXPECT_EQ(bad.error().number, 1064);
    auto two = co_await session->query("SELECT 1; SELECT 2", in(20s));
    EXPECT_EQ(two.error().number, 1064) << "one statement is one statement";
    Rows rows = co_await ask(*session, "SELECT 1 AS one");
    EXPECT_EQ(rows.get(0, "one"), "1");
  });
}

TEST_F(SessionTest, a_wrong_password_is_an_error_packet) {
  run([&]() -> Task<void> {
    auto opened = co_await login(servers.root, "wrong");
    EXPECT_EQ(opened.error().contact, Contact::error_packet) << opened.error().what;
    EXPECT_EQ(opened.error().number, 1045);
  });
}

TEST_F(SessionTest, a_slow_answer_ends_the_session_at_the_deadline) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    TimePoint start = reactor.now();
    auto slow = co_await session->query("SELECT SLEEP(20)", in(100ms));
    EXPECT_EQ(slow.error().contact, Contact::timeout);
    EXPECT_LT(reactor.now() - start, 2s);
    auto after = co_await session->query("SELECT 1", in(20s));
    EXPECT_EQ(after.error().contact, Contact::lost);
  });
}

TEST_F(SessionTest, large_statements_and_answers_pass) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    std::string sql = "SELECT '" + std::string(3'000'000, 'x') + "' AS a";
    Rows rows = co_await ask(*session, sql);
    EXPECT_EQ(rows.get(0, "a").value_or("").size(), 3'000'000U);
    rows = co_await ask(*session, "SELECT a.help_topic_id FROM mysql.help_topic a, mysql.help_topic b LIMIT 100000");
    EXPECT_FALSE(rows.columns.empty());
  });
}

TEST_F(SessionTest, a_killed_idle_session_is_noticed_at_once) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    auto killer = co_await root();
    bool closed = co_await session->closed_before(in(50ms));
    EXPECT_FALSE(closed);
    std::vector<Task<bool>> watch;
    watch.push_back(session->closed_before(in(20s)));
    TimePoint start = reactor.now();
    auto kill = [](mysql::Session& by, uint64_t whom, TimePoint deadline) -> Task<bool> {
      auto killed = co_await by.query("KILL " + std::to_string(whom), deadline);
      co_return killed.has_value();
    };
    watch.push_back(kill(*killer, session->connection_id(), in(20s)));
    std::vector<bool> both = co_await sys::when_all(std::move(watch));
    EXPECT_TRUE(both[0]);
    EXPECT_TRUE(both[1]);
    EXPECT_LT(reactor.now() - start, 2s);
    auto after = co_await session->query("SELECT 1", in(20s));
    EXPECT_EQ(after.error().contact, Contact::lost) << after.error().number << " " << after.error().what;
  });
}

TEST_F(SessionTest, a_query_killed_from_outside_is_lost) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    auto killer = co_await root();
    std::vector<Task<mysql::Answer<Rows>>> both;
    both.push_back(session->query("SELECT SLEEP(20)", in(20s)));
    both.push_back(killer->query("KILL " + std::to_string(session->connection_id()), in(20s)));
    auto answers = co_await sys::when_all(std::move(both));
    EXPECT_FALSE(answers[0]);
    EXPECT_TRUE(answers[1]);
    auto after = co_await session->query("SELECT 1", in(20s));
    EXPECT_EQ(after.error().contact, Contact::lost) << after.error().number << " " << after.error().what;
  });
}

TEST_F(SessionTest, several_sessions_wait_side_by_side) {
  run([&]() -> Task<void> {
    auto one = co_await root();
    auto two = co_await root();
    TimePoint start = reactor.now();
    std::vector<Task<mysql::Answer<Rows>>> both;
    both.push_back(one->query("SELECT SLEEP(0.4) AS s", in(20s)));
    both.push_back(two->query("SELECT SLEEP(0.4) AS s", in(20s)));
    auto answers = co_await sys::when_all(std::move(both));
    EXPECT_EQ(answers[0]->get(0, "s"), "0");
    EXPECT_EQ(answers[1]->get(0, "s"), "0");
    EXPECT_LT(reactor.now() - start, 750ms);
  });
}

TEST_F(SessionTest, every_authentication_of_this_server_works_with_and_without_tls) {
  run([&]() -> Task<void> {
    auto admin = co_await root();
    const std::string password = "p'\"\\ %$#!`~;--/*é";
    std::string by = is_modern() ? "WITH caching_sha2_password BY " : "BY ";
    co_await remake_user(*admin, "tanist_auth@'%'", by + "'p\\'\"\\\\ %$#!`~;--/*é'", "");
    for (Tls tls : {Tls::off, Tls::preferred, Tls::off}) {
      // A password is in the cache of caching_sha2 after its first use: emptied, the full exchange (RSA or TLS) is made.
      co_await ask(*admin, "FLUSH PRIVILEGES");
      for (int round : {1, 2}) {
        auto opened = co_await login("tanist_auth", password, tls);
        EXPECT_TRUE(opened) << round << ": " << opened.error().what;
        if (!opened) continue;
        Rows cipher = co_await ask(**opened, "SHOW SESSION STATUS LIKE 'Ssl_cipher'");
        bool encrypted = cipher.rows.at(0).at(1).value_or("") != "";
        EXPECT_EQ(encrypted, is_modern() && tls == Tls::preferred);
      }
    }
    auto required = co_await login("tanist_auth", password, Tls::required);
    EXPECT_EQ(required.has_value(), is_modern());
    EXPECT_TRUE(required || required.error().contact == Contact::error_packet) << required.error().what;
    auto verified = co_await login("tanist_auth", password, Tls::verified);
    EXPECT_FALSE(verified) << "a certificate that nobody vouches for";
  });
}

}  // namespace
}  // namespace tanist::real

#include "sessions.h"

#include "server.h"

namespace tanist::sim {

using mysql::Contact;
using mysql::Failure;

namespace {

constexpr Duration kLookAgain = std::chrono::microseconds(200);

Failure failure(Contact contact, int number, std::string what) { return {contact, number, std::move(what)}; }

Failure query_timeout() { return failure(Contact::timeout, 2013, "no answer in time"); }
Failure lost_connection() { return failure(Contact::lost, 2013, "Lost connection to server during query"); }

class SimSession : public mysql::Session {
 public:
  explicit SimSession(std::shared_ptr<Conn> conn)
      : conn_(std::move(conn)), version_(conn_->server->version().text) {}
  ~SimSession() override {
    World& world = *conn_->world;
    // A server that cannot hear the good-bye keeps the connection, and its locks.
    if (conn_->open && world.path(conn_->from, conn_->server->host())) {
      conn_->open = false;
      world.after(world.latency, [conn = conn_] { conn->server->detach(*conn); });
    }
  }

  sys::Task<Answer> query(std::string sql, TimePoint deadline) override {
    sys::Completion<Answer> done;
    if (!conn_->open) co_return tl::unexpected(lost_connection());
    conn_->asking = done;
    World& world = *conn_->world;
    world.after(world.round_trip(),
                [conn = conn_, sql, deadline, done] { arrive(conn, sql, deadline, done); });
    auto answer = co_await done;
    co_return answer;
  }

  sys::Task<bool> closed_before(TimePoint until) override {
    if (!conn_->open) co_return true;
    sys::Completion<bool> woken;
    conn_->listening.push_back(woken);
    auto timer = conn_->world->clock.call_at(until, [woken] { woken.set(false); });
    bool closed = co_await woken;
    conn_->world->clock.cancel(timer);
    std::erase_if(conn_->listening, [](const auto& waiter) { return waiter.is_set(); });
    co_return closed;
  }

  const std::string& server_version() const override { return version_; }
  uint64_t connection_id() const override { return conn_->id; }

 private:
  static void answer_at(Conn& conn, TimePoint when, Answer answer, sys::Completion<Answer> done) {
    conn.world->clock.call_at(when, [answer = std::move(answer), done] { done.set(answer); });
  }

  // Looked at again and again, as a server looks after each event that it applies.
  static void answer_when(const std::shared_ptr<Conn>& conn, TimePoint at_last, const Server::Reply& reply,
                          const sys::Completion<Answer>& done) {
    World& world = *conn->world;
    if (done.is_set()) return;
    if (!conn->open || !conn->server->running()) return done.set(tl::unexpected(lost_connection()));
    if (reply.until() || world.clock.now() >= at_last) return done.set(reply.answer);
    world.after(kLookAgain, [conn, at_last, reply, done] { answer_when(conn, at_last, reply, done); });
  }

  static void arrive(const std::shared_ptr<Conn>& conn, const std::string& sql, TimePoint deadline,
                     const sys::Completion<Answer>& done) {
    World& world = *conn->world;
    if (done.is_set()) return;
    if (world.clock.now() > deadline) return done.set(tl::unexpected(query_timeout()));
    bool silent = !world.path(conn->from, conn->server->host(), 3306) || conn->server->frozen();
    if (silent) return answer_at(*conn, deadline, tl::unexpected(query_timeout()), done);
    if (!conn->open || !conn->server->running()) return done.set(tl::unexpected(lost_connection()));
    Server::Reply reply = conn->server->execute(*conn, sql);
    if (reply.until) return answer_when(conn, std::min(deadline, world.clock.now() + reply.took), reply, done);
    TimePoint ready = world.clock.now() + reply.took;
    if (ready > deadline) return answer_at(*conn, deadline, tl::unexpected(query_timeout()), done);
    if (reply.took == Duration::zero()) return done.set(std::move(reply.answer));
    answer_at(*conn, ready, std::move(reply.answer), done);
  }

  std::shared_ptr<Conn> conn_;
  std::string version_;
};

using Opened = mysql::Answer<std::shared_ptr<Conn>>;

Opened open(World& world, int from, Server& server, const mysql::Credentials& who) {
  if (server.busy) return tl::unexpected(failure(Contact::error_packet, 1040, "Too many connections"));
  if (who.user != kAdmin || who.password.reveal() != kAdminPassword) {
    return tl::unexpected(failure(Contact::error_packet, 1045, "Access denied for user " + who.user));
  }
  auto conn = std::make_shared<Conn>();
  conn->world = &world;
  conn->server = &server;
  conn->id = ++world.last_connection;
  conn->from = from;
  server.attach(conn);
  return conn;
}

}  // namespace

void Conn::close_by_server() {
  if (!open) return;
  open = false;
  if (!world->path(from, server->host())) return;
  world->after(world->latency, [waiters = std::exchange(listening, {}), query = asking] {
    for (const auto& waiter : waiters) waiter.set(true);
    if (query) query->set(tl::unexpected(lost_connection()));
  });
}

sys::Task<mysql::Answer<std::unique_ptr<mysql::Session>>> SimConnector::connect(mysql::Endpoint endpoint,
                                                                                mysql::Credentials who,
                                                                                TimePoint deadline) {
  sys::Completion<Opened> done;
  World* world = &world_;
  const int from = from_;
  const int host = world->host_of(endpoint.address);
  auto silence = [world, deadline, done](Contact contact, int number, std::string what) {
    world->clock.call_at(std::max(deadline, world->clock.now()),
                         [=] { done.set(tl::unexpected(failure(contact, number, what))); });
  };
  world->after(world->round_trip() * 2, [=] {
    if (world->clock.now() > deadline || host < 0 || !world->path(from, host, endpoint.port)) {
      return silence(Contact::timeout, 2003, "connect timed out");
    }
    Source* source = world->listener(host, endpoint.port);
    if (!source) {
      return done.set(tl::unexpected(failure(Contact::refused, 111, "Connection refused")));
    }
    if (source->frozen()) return silence(Contact::no_greeting, 2013, "no greeting");
    auto* server = dynamic_cast<Server*>(source);
    if (!server) {
      return done.set(tl::unexpected(failure(Contact::error_packet, 1045, "Access denied (stand-in)")));
    }
    done.set(open(*world, from, *server, who));
  });
  auto opened = co_await done;
  if (!opened) co_return tl::unexpected(opened.error());
  co_return std::make_unique<SimSession>(std::move(*opened));
}

}  // namespace tanist::sim

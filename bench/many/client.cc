#include "client.h"

#include "standin/replies.h"
#include "standin/requests.h"

namespace tanist::bench {

using standin::Command;

namespace {
constexpr size_t kLongestPacket = 1 << 16;
}

Client::Client(sim::Server& server, uint32_t number)
    : server_(server), conn_(std::make_shared<sim::Conn>()), in_(kLongestPacket), out_(output_) {
  conn_->world = &server.world();
  conn_->server = &server;
  conn_->id = number;
  for (size_t i = 0; i < scramble_.size(); ++i) scramble_[i] = static_cast<uint8_t>('a' + (number >> i) % 26);
  out_.packet(standin::greeting_packet({.version = server.version().text, .connection = number, .scramble = scramble_}));
  server.attach(conn_);
}

Client::~Client() {
  if (conn_->open) server_.detach(*conn_);
  conn_->open = false;
}

void Client::on_bytes(std::string_view bytes) {
  in_.feed(as_bytes(bytes));
  while (!ended()) {
    auto packet = in_.next();
    if (!packet) ended_ = true;
    if (!packet || !*packet) return;
    on_packet(**packet);
  }
}

void Client::on_packet(const standin::Packet& packet) {
  out_.restart(static_cast<uint8_t>(packet.sequence + 1));
  if (!logged_in_) return log_in(packet.payload);
  switch (packet.payload.empty() ? Command::quit : static_cast<Command>(packet.payload[0])) {
    case Command::quit: ended_ = true; return;
    case Command::query: return ask(packet.payload.substr(1));
    default: out_.packet(standin::ok_packet());
  }
}

void Client::log_in(std::string_view payload) {
  auto login = standin::parse_login(payload);
  const std::vector<standin::Credential> known = {{sim::kAdmin, Secret(sim::kAdminPassword)}};
  if (login && standin::may_enter(known, login->user, login->plugin, login->token, scramble_)) {
    logged_in_ = true;
    out_.packet(standin::ok_packet());
    return;
  }
  out_.packet(standin::error_packet({standin::kAccessDenied, login ? "Access denied for user " + login->user : login.error().what}));
  ended_ = true;
}

void Client::ask(std::string sql) {
  // The simulated world has sessions that need no beginning (mysql/mariadb_session.cc).
  if (sql.starts_with("SET SESSION wait_timeout=")) return out_.packet(standin::ok_packet());
  sim::Server::Reply reply = server_.execute(*conn_, sql);
  if (reply.took == Duration::zero()) return answer(reply.answer);
  waiting_ = Waiting{std::move(reply), server_.world().clock.now() + reply.took};
  look_again();
}

void Client::look_again() {
  if (!waiting_) return;
  const bool holds = waiting_->reply.until && waiting_->reply.until();
  if (!holds && server_.world().clock.now() < waiting_->at_last) return;
  const Waiting done = *std::exchange(waiting_, std::nullopt);
  answer(done.reply.answer);
}

void Client::answer(const mysql::Answer<mysql::Rows>& answer) {
  if (!answer) {
    out_.packet(standin::error_packet({answer.error().number, answer.error().what}));
  } else if (answer->columns.empty()) {
    out_.packet(standin::ok_packet());
  } else {
    standin::write_table({answer->columns, answer->rows}, out_);
  }
}

}  // namespace tanist::bench

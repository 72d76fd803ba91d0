#include "http/server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "http/wire.h"
#include "sys/os_error.h"

namespace tanist::http {

using namespace std::chrono_literals;

namespace {

constexpr Duration kLookAgain = 1h;
constexpr Duration kRest = 200ms;  // no descriptor is left for another client

Result<std::shared_ptr<Tls>> open_tls(const ServerOptions& options) {
  if (options.tls_certificate.empty() && options.tls_key.empty()) return std::shared_ptr<Tls>();
  if (options.tls_certificate.empty() || options.tls_key.empty())
    return fail(Errc::invalid, "TLS needs both --tls_cert and --tls_key");
  return Tls::open(options.tls_certificate, options.tls_key);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::open(sys::Reactor& reactor, sys::Files& files, sys::Log& log, ServerOptions options,
                                             Handler handler) {
  std::unique_ptr<Server> server(new Server(reactor, log, std::move(options)));
  Status opened = server->open_doors(files, std::move(handler));
  if (!opened) return fail(opened.error());
  return server;
}

Server::~Server() {
  if (!options_.socket_path.empty() && !doors_.empty()) ::unlink(options_.socket_path.c_str());
}

Status Server::open_doors(sys::Files& files, Handler handler) {
  auto tls = open_tls(options_);
  if (!tls) return fail(tls.error());
  if (!options_.tokens.empty()) {
    auto tokens = Tokens::read(files, options_.tokens);
    if (!tokens) return fail(tokens.error());
    tokens_ = std::make_unique<Tokens>(std::move(*tokens));
  }
  std::vector<TcpAddress> addresses;
  for (const std::string& text : options_.listen) {
    auto address = parse_tcp_address(text);
    if (!address) return fail(address.error());
    if (!address->is_loopback() && (!*tls || !tokens_))
      return fail(Errc::refused, text + " can be reached by others: that needs --tls_cert, --tls_key and --tokens");
    addresses.push_back(std::move(*address));
  }
  const auto add = [&](sys::UniqueFd socket, std::string name, Service service, std::shared_ptr<Tls> with) {
    doors_.push_back(std::unique_ptr<Door>(new Door{std::move(socket), std::move(name), std::move(service), std::move(with), {}}));
  };
  if (!options_.socket_path.empty()) {
    auto socket = listen_on_path(options_.socket_path);
    if (!socket) return fail(socket.error());
    add(std::move(*socket), options_.socket_path, {reactor_, handler, options_.limits, nullptr, Role::admin, stopping_}, nullptr);
  }
  for (size_t i = 0; i < addresses.size(); ++i) {
    auto socket = listen_on(addresses[i]);
    if (!socket) return fail(socket.error());
    add(std::move(*socket), options_.listen[i], {reactor_, handler, options_.limits, tokens_.get(), Role::read, stopping_}, *tls);
  }
  return {};
}

std::vector<uint16_t> Server::ports() const {
  std::vector<uint16_t> ports;
  for (const auto& door : doors_)
    if (door->name != options_.socket_path) ports.push_back(port_of(door->socket.get()));
  return ports;
}

sys::Task<void> Server::run() {
  for (const auto& door : doors_) running_.start(keep_open(door.get()));
  co_await running_.wait();
}

void Server::stop() {
  stopping_ = true;
  for (const auto& door : doors_) {
    reactor_.interrupt(door->socket.get());
    for (const auto& stream : door->open) stream->interrupt();
  }
}

sys::Task<void> Server::keep_open(Door* door) {
  while (!stopping_) {
    bool somebody = co_await reactor_.readable(door->socket.get(), reactor_.now() + kLookAgain);
    if (!somebody || stopping_) continue;
    while (accept_one(*door)) {
    }
    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
      log_.error(sys::os_error("accept a client at", door->name, errno).what);
      co_await sys::sleep_for(reactor_, kRest);
    }
  }
}

bool Server::accept_one(Door& door) {
  const int fd = ::accept4(door.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return false;
  sys::UniqueFd socket(fd);
  if (door.open.size() >= options_.limits.connections) {
    turn_away(door, fd);
    return true;
  }
  door.full_said = false;
  auto line = door.tls ? door.tls->line(fd) : plain_line(fd);
  auto stream = std::make_shared<Stream>(reactor_, std::move(socket), std::move(line));
  door.open.insert(stream);
  running_.start(serve_one(&door, std::move(stream)));
  return true;
}

// Said at once, and without waiting for anything: there may be thousands.
void Server::turn_away(Door& door, int fd) {
  if (!std::exchange(door.full_said, true))
    log_.warning(fmt::format("{}: {} clients are connected; more are turned away.", door.name, door.open.size()));
  if (door.tls) return;
  Response full = error_response(503, "too many connections");
  full.headers.emplace("Retry-After", "1");
  const std::string bytes = bytes_of(full, false, false, reactor_.wall_now());
  static_cast<void>(::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

sys::Task<void> Server::serve_one(Door* door, std::shared_ptr<Stream> stream) {
  co_await serve(door->service, stream);
  door->open.erase(stream);
}

}  // namespace tanist::http

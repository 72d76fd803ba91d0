#include "standin/link.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tanist::standin {
namespace {

constexpr size_t kEnough = 512 * 1024;  // one write for some thousand small events
constexpr size_t kKeptCapacity = 4 * kEnough;
constexpr std::chrono::seconds kLoginTime{10};

class Link {
 public:
  Link(Accepted accepted, uint32_t connection, const Scramble& scramble, const LinkSetting& setting,
       const Witness& witness)
      : setting_(setting),
        socket_(std::move(accepted.socket)),
        conversation_(setting.profile, setting.source,
                      {accepted.peer.address, accepted.peer.port, connection, scramble}, witness),
        login_deadline_(monotonic_now() + kLoginTime) {}

  void run() {
    while (true) {
      if (!sending()) conversation_.pump(monotonic_now(), kEnough);
      if (std::string reason = step(); !reason.empty()) return conversation_.on_end(std::move(reason));
    }
  }

 private:
  bool sending() const { return sent_ < wire_.size(); }

  // One round of writing, waiting and reading; the reason when the connection is over.
  std::string step() {
    if (!take_output()) return "TLS failed";
    if (!write_some()) return std::string("cannot send: ") + std::strerror(errno);
    if (conversation_.closing() && !sending()) return "ended";
    const TimePoint now = monotonic_now();
    TimePoint until = setting_.deadline;
    if (!conversation_.logged_in()) until = std::min(until, login_deadline_);
    if (now >= until)
      return now >= setting_.deadline ? "the time of this stand-in is over" : "no login in time";
    if (std::optional<TimePoint> wakes = conversation_.wakes_at(); wakes && !sending())
      until = std::min(until, *wakes);
    pollfd waits[2] = {{socket_.get(), static_cast<short>(POLLIN | (sending() ? POLLOUT : 0)), 0},
                       {setting_.stop_fd, POLLIN, 0}};
    if (poll(waits, 2, poll_timeout_ms(now, until)) < 0 && errno != EINTR) return "cannot wait";
    if (waits[1].revents != 0) return "this stand-in stops";
    return waits[0].revents & (POLLIN | POLLHUP | POLLERR) ? read_some() : std::string();
  }

  // Moves what the conversation has to say, encrypted or not, into wire_.
  bool take_output() {
    std::string& output = conversation_.output();
    if (sending() || (output.empty() && !tls_)) return true;
    wire_.clear();
    sent_ = 0;
    if (tls_) {
      if (!tls_->send(output, wire_)) return false;
      output.clear();
    } else {
      wire_.swap(output);
    }
    // One huge event must not hold its memory for the rest of the connection.
    if (output.capacity() > kKeptCapacity && output.empty()) std::string().swap(output);
    return true;
  }

  bool write_some() {
    while (sending()) {
      const ssize_t written = send(socket_.get(), wire_.data() + sent_, wire_.size() - sent_, MSG_NOSIGNAL);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
      sent_ += static_cast<size_t>(written);
    }
    return true;
  }

  std::string read_some() {
    uint8_t chunk[16384];
    const ssize_t got = recv(socket_.get(), chunk, sizeof chunk, 0);
    if (got == 0) return "the replica closed the connection";
    if (got < 0) return errno == EAGAIN || errno == EINTR ? std::string() : std::strerror(errno);
    return hear(Bytes(chunk, static_cast<size_t>(got)));
  }

  std::string hear(Bytes bytes) {
    if (!tls_) {
      conversation_.on_bytes(bytes, unix_time());
      if (!conversation_.wants_tls()) return {};
      tls_ = std::make_unique<TlsLayer>(*setting_.tls);
      const std::string first = conversation_.take_rest();
      conversation_.on_tls();
      return first.empty() ? std::string() : hear(as_bytes(first));
    }
    Result<std::string> plain = tls_->receive(bytes);
    if (!plain) return plain.error().what;
    conversation_.on_bytes(as_bytes(*plain), unix_time());
    return {};
  }

  const LinkSetting& setting_;
  sys::UniqueFd socket_;
  Conversation conversation_;
  std::unique_ptr<TlsLayer> tls_;
  std::string wire_;  // encrypted, or as the conversation gave it
  size_t sent_ = 0;
  TimePoint login_deadline_;
};

}  // namespace

void run_link(Accepted accepted, uint32_t connection, const Scramble& scramble, const LinkSetting& setting,
              const Witness& witness) {
  Link(std::move(accepted), connection, scramble, setting, witness).run();
}

}  // namespace tanist::standin

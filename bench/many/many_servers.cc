// Many small clusters on loopback, 127.x.y.1 to 127.x.y.3 port 3306 each: the servers of the simulated world behind real
// sockets and in real time, so that one `tanist run` can be measured with a thousand clusters on one machine.
//
//   many_servers CLUSTERS       stdin: "kill N" ends the primary of cluster N (from 0)
//   stdout: "ready"; "writer N SECONDS", when another server of a killed one's cluster takes writes; "wrong N ..."
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <set>

#include "base/text.h"
#include "client.h"
#include "sim/cluster.h"
#include "sim/recovery.h"
#include "standin/net.h"

namespace tanist::bench {
namespace {

using namespace std::chrono_literals;

struct Cluster {
  std::unique_ptr<sim::World> world;
  std::vector<std::pair<size_t, sys::UniqueFd>> doors;  // of which server
  std::optional<TimePoint> killed;
  size_t wrong = 0;  // violations that were printed
};

struct Line {
  sys::UniqueFd socket;
  std::shared_ptr<Client> client;
};

void say(const std::string& text) {
  std::puts(text.c_str());
  std::fflush(stdout);
}

class Servers {
 public:
  explicit Servers(size_t clusters) : epoll_(::epoll_create1(EPOLL_CLOEXEC)), began_(standin::monotonic_now()) {
    for (size_t number = 0; number < clusters; ++number) open(number);
    ::fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    watch(STDIN_FILENO);
  }

  void run() {
    say("ready");
    std::vector<epoll_event> events(256);
    while (!ended_) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 2);
      pass_time();
      for (int i = 0; i < count; ++i) on_event(events[static_cast<size_t>(i)].data.fd);
      for (Cluster& cluster : clusters_) look_at(cluster);
      serve_busy_ones();
    }
  }

 private:
  void open(size_t number) {
    sim::Scenario scenario = sim::plain_scenario(3);
    scenario.seed = number + 1;
    scenario.version = "8.4.3";
    scenario.gtid = true;
    scenario.ip_hook = false;
    scenario.network = fmt::format("127.{}.{}.", 1 + number / 250, 1 + number % 250);
    Cluster cluster;
    cluster.world = std::make_unique<sim::World>(scenario.seed, false);
    sim::make_servers(*cluster.world, scenario);
    for (size_t i = 0; i < cluster.world->servers.size(); ++i) {
      auto door = standin::listen_on({cluster.world->servers[i]->address(), 3306});
      if (!door) {
        std::fputs((door.error().what + "\n").c_str(), stderr);
        std::exit(1);
      }
      watch(door->get());
      doors_[door->get()] = {number, i};
      cluster.doors.emplace_back(i, std::move(*door));
    }
    clusters_.push_back(std::move(cluster));
  }

  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  void pass_time() {
    const Duration now = standin::monotonic_now() - began_;
    for (Cluster& cluster : clusters_) cluster.world->clock.advance(now - cluster.world->clock.now().time_since_epoch());
  }

  void on_event(int fd) {
    if (fd == STDIN_FILENO) return read_commands();
    if (auto door = doors_.find(fd); door != doors_.end()) return accept(door->first, door->second);
    auto line = lines_.find(fd);
    if (line == lines_.end()) return;
    char bytes[8192];
    const ssize_t size = ::read(fd, bytes, sizeof bytes);
    if (size > 0) line->second.client->on_bytes({bytes, static_cast<size_t>(size)});
    busy_.insert(fd);
    if (size == 0 || (size < 0 && errno != EAGAIN)) lines_.erase(line);
  }

  void accept(int door, std::pair<size_t, size_t> whose) {
    sys::UniqueFd fd(::accept4(door, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    watch(fd.get());
    sim::Server& server = *clusters_[whose.first].world->servers[whose.second];
    const int number = fd.get();
    busy_.insert(number);
    lines_[number] = {std::move(fd), std::make_shared<Client>(server, ++last_client_)};
  }

  void serve_busy_ones() {
    std::erase_if(busy_, [this](int fd) {
      auto line = lines_.find(fd);
      if (line != lines_.end() && !serve(line->second)) lines_.erase(fd);
      return !lines_.contains(fd) || !lines_.at(fd).client->waits();
    });
  }

  // Answers are short; a client that does not take one has its connection ended.
  static bool serve(Line& line) {
    line.client->look_again();
    std::string& output = line.client->output();
    if (!output.empty() && ::write(line.socket.get(), output.data(), output.size()) != static_cast<ssize_t>(output.size()))
      return false;
    output.clear();
    return !line.client->ended();
  }

  void read_commands() {
    char bytes[4096];
    const ssize_t size = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (size == 0) ended_ = true;
    if (size <= 0) return;
    for (const std::string& command : split(std::string_view(bytes, static_cast<size_t>(size)), '\n')) {
      auto number = command.starts_with("kill ") ? parse_uint(command.substr(5)) : std::nullopt;
      if (number && *number < clusters_.size()) kill(*number);
    }
  }

  void kill(size_t number) {
    Cluster& cluster = clusters_.at(number);
    const auto writers = cluster.world->writers();
    if (writers.empty()) return;
    sim::Server& server = *writers.front();
    cluster.killed = standin::monotonic_now();
    for (auto& [whose, door] : cluster.doors) {
      if (cluster.world->servers[whose].get() != &server) continue;
      doors_.erase(door.get());
      door.close();
    }
    server.kill(false);
    std::erase_if(lines_, [](const auto& line) { return line.second.client->ended(); });
  }

  void look_at(Cluster& cluster) {
    const size_t number = static_cast<size_t>(&cluster - clusters_.data());
    const auto& wrong = cluster.world->violations;
    for (; cluster.wrong < wrong.size(); ++cluster.wrong) say(fmt::format("wrong {} {}", number, wrong[cluster.wrong]));
    if (!cluster.killed || cluster.world->writers().empty()) return;
    const Duration took = standin::monotonic_now() - *std::exchange(cluster.killed, std::nullopt);
    say(fmt::format("writer {} {:.3f}", number, std::chrono::duration<double>(took).count()));
  }

  sys::UniqueFd epoll_;
  TimePoint began_;
  std::vector<Cluster> clusters_;
  std::map<int, std::pair<size_t, size_t>> doors_;  // by descriptor: cluster, server
  std::map<int, Line> lines_;
  std::set<int> busy_;  // lines to be served: something came, or an answer is due later
  uint32_t last_client_ = 0;
  bool ended_ = false;
};

}  // namespace
}  // namespace tanist::bench

int main(int argc, char** argv) {
  const auto clusters = tanist::parse_uint(argc == 2 ? argv[1] : "");
  if (!clusters || *clusters == 0 || *clusters > 50'000) {
    std::fputs("usage: many_servers CLUSTERS\n", stderr);
    return 2;
  }
  tanist::bench::Servers servers(*clusters);
  servers.run();
  return 0;
}

// The simulated outside: time, hosts, the network between them, who listens where, who holds the clients'
// address; and the notes that checkers read afterwards. One seed, one world, one story.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "log.h"
#include "random.h"
#include "sys/manual_clock.h"

namespace tanist::sim {

class Server;
class Source;

struct Host {
  std::string name;
  std::string ip;
  bool up = true;
  bool sshd = true;
  std::string disk = "1000000 4096 2000000 rw,relatime";  // of its server, as manager/disks.cc asks for it
};

class World {
 public:
  World(uint64_t seed, bool trace);
  ~World();

  sys::ManualClock clock;
  Random random;
  std::vector<Host> hosts;
  std::vector<std::unique_ptr<Server>> servers;
  std::map<std::pair<int, uint16_t>, Source*> listeners;
  int clients = 0;  // the host that clients are on
  bool address_moves =
      false;                 // clients know one address, which hooks move; else they find whoever is writable
  std::set<int> address_on;  // hosts that hold it
  Duration latency = std::chrono::microseconds(200);
  int loss_percent = 0;

  void say(const std::string& text);
  void violation(const std::string& rule, const std::string& text);
  // Something the manager did to the outside. `changes`: it must be covered by a step of the journal.
  void act(const std::string& what, bool changes);
  std::function<void()> on_act;
  std::function<bool()> step_is_open;

  int host_of(const std::string& name_or_ip) const;  // -1 if there is none
  Server* server_on(int host) const;
  Source* listener(int host, uint16_t port) const;

  // The network. Cuts are mutual; `port` 0 is every port.
  void cut(int a, int b, uint16_t port = 0);
  void cut_from_all(int host);
  void heal();
  void power_off(int host);
  std::function<void(int host)> on_power_off;
  bool path(int a, int b, uint16_t port = 0) const;
  Duration round_trip();
  // What waits for a source is looked at again: the network healed, a server thawed.
  void resume_streams();
  void source_gone(const Source& source);

  std::map<Txn, TimePoint> committed;
  uint64_t last_connection = 0;

  void after(Duration wait, std::function<void()> then) {
    clock.call_at(clock.now() + wait, std::move(then));
  }

  // R1. Called whenever something changed that matters.
  void check_writers();
  std::vector<Server*> writers() const;
  bool split_brain_allowed = false;  // the policy says so by name, and the fence could not be proven

  std::vector<std::string> violations;
  std::vector<std::string> acts;

 private:
  bool trace_;
  std::set<std::tuple<int, int, uint16_t>> cuts_;
};

std::string text(const Txn& txn);
std::string text(const std::set<Txn>& txns);

}  // namespace tanist::sim

// mysql::Connector over the simulated network: connections of the manager to the servers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mysql/session.h"
#include "world.h"

namespace tanist::sim {

using Answer = mysql::Answer<mysql::Rows>;

// One connection, kept by both ends.
struct Conn {
  World* world = nullptr;
  Server* server = nullptr;
  uint64_t id = 0;
  int from = 0;
  bool open = true;
  std::optional<sys::Completion<Answer>> asking;
  std::vector<sys::Completion<bool>> listening;

  void close_by_server();  // it is killed: heard only if the network still works
};

class SimConnector : public mysql::Connector {
 public:
  SimConnector(World& world, int from) : world_(world), from_(from) {}
  sys::Task<mysql::Answer<std::unique_ptr<mysql::Session>>> connect(mysql::Endpoint endpoint,
                                                                    mysql::Credentials who,
                                                                    TimePoint deadline) override;

 private:
  World& world_;
  int from_;
};

}  // namespace tanist::sim

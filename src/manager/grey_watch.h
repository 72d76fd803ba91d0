// Looks at a primary that answers, for what is wrong with it all the same: what its clients wait for, its disks over ssh,
// a row that it is to write (policy write_test). detect/grey.h judges; nothing here changes the primary, but for that row.
#pragma once

#include <optional>

#include "detect/finding.h"
#include "detect/grey.h"
#include "execute/server.h"
#include "execute/world.h"

namespace tanist::manager {

class GreyWatch {
 public:
  // Both must outlive it.
  GreyWatch(execute::World& world, const config::ServerConfig& primary);

  void answered(Duration took) { memory_.answered(took); }  // a ping
  // One round, each question within `limit`. `state`: of the primary, as it was last looked at.
  sys::Task<void> look(std::optional<topology::ServerState> state, Duration limit);

  std::vector<detect::Condition> standing() const { return memory_.standing(); }
  // What policy gives it up for (failover_on), once that has stood for grey_patience and the last look saw it.
  std::optional<detect::Finding> given_up(TimePoint now) const;

 private:
  sys::Task<void> look_at_connections(detect::GreyLook& look, TimePoint deadline);
  sys::Task<void> look_at_disks(detect::GreyLook& look, const topology::ServerState& state, TimePoint deadline);
  sys::Task<void> write_a_row(detect::GreyLook& look, TimePoint deadline);
  bool still_writing(const std::optional<std::vector<topology::Connection>>& connections) const;

  execute::World& world_;
  const config::ServerConfig& primary_;
  detect::GreyMemory memory_;
  execute::Server reader_;
  std::unique_ptr<mysql::Session> writer_;
  uint64_t hanging_writer_ = 0;  // its connection: as long as that is there, no other row is tried
  std::optional<TimePoint> hanging_since_;
  TimePoint disks_at_{}, written_at_{};
};

}  // namespace tanist::manager

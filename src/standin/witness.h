// What happens to a replica while it is served, for the line-by-line report to the manager. Fields that do
// not apply are empty.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "gtid/coordinates.h"

namespace tanist::standin {

struct Event {
  std::string_view kind;    // connected, denied, dump, sent_to_end, refused, disconnected
  std::string replica;      // address:port
  uint32_t server_id = 0;   // of the replica, once it has said it
  gtid::LogCoordinates at;  // dump: where it starts; sent_to_end: how far
  std::string gtid_set;     // dump by GTID: what the replica has
  uint64_t events = 0;      // sent so far on this connection
  uint64_t bytes = 0;
  bool tls = false;
  int number = 0;      // error number the replica was given
  std::string reason;  // never a secret
};

using Witness = std::function<void(const Event&)>;

}  // namespace tanist::standin

#include "topology/server_state.h"

#include <tuple>

namespace tanist::topology {

std::string_view to_string(Silence silence) {
  switch (silence) {
    case Silence::error_packet:
      return "an error packet";
    case Silence::lost:
      return "connection lost";
    case Silence::refused:
      return "connection refused";
    case Silence::no_greeting:
      return "accepts and says nothing";
    case Silence::timeout:
      return "timeout";
    case Silence::no_route:
      return "no route";
  }
  return "?";
}

bool moved_on(const ReplicaStatus& before, const ReplicaStatus& after) {
  auto heard = [](const ReplicaStatus& status) {
    return std::tie(status.received.file, status.received.pos, status.retrieved_gtids, status.receiver_gtid,
                    status.heartbeats);
  };
  return after.receiver == ReceiverState::running && before.source_host == after.source_host &&
         before.source_port == after.source_port && heard(before) != heard(after);
}

}  // namespace tanist::topology

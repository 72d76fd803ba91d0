// Serves the relay logs of one replica, whose events carry the positions of the primary they came from.
#pragma once

#include "binlog/log_source.h"

namespace tanist::binlog {

struct RelayPlace {
  std::string directory;
  std::string prefix;  // "relay-bin"; with a channel "relay-bin-channel"
  // What the replica had received and executed of the primary's transactions, where known: a GTID start is
  // refused unless it brings the other replica to all of this.
  std::optional<gtid::GtidSet> received;
  std::optional<gtid::MariadbGtidPos> received_pos;
};

// Errc::not_found if there is no event of a primary in them at all.
Result<std::unique_ptr<LogSource>> open_relay_source(const RelayPlace& place);

}  // namespace tanist::binlog

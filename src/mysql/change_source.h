// CHANGE REPLICATION SOURCE / CHANGE MASTER as a value. Only what is set is said: a server keeps everything else
// (reference standin-protocol.md 10), so whoever changes an option for a while must set it back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/secret.h"
#include "gtid/coordinates.h"

namespace tanist::mysql {

enum class GtidUse {
  keep,          // say nothing about it
  none,          // file and position
  auto_position, // MySQL
  current_pos,   // MariaDB
  slave_pos,     // MariaDB
};

struct ChangeSource {
  std::optional<std::string> host;
  std::optional<uint16_t> port;
  std::optional<std::string> user;
  std::optional<Secret> password;
  std::optional<gtid::LogCoordinates> from;        // in the source's log
  std::optional<gtid::LogCoordinates> keep_relay;  // own relay log coordinates: keeps received events (6.1 there)
  GtidUse gtid = GtidUse::keep;
  std::optional<bool> ssl;
  std::optional<bool> ssl_verify;
  std::optional<bool> get_public_key;              // MySQL 8: caching_sha2 without TLS
  std::optional<uint32_t> connect_retry_seconds;
  std::optional<uint32_t> delay_seconds;
  std::optional<uint32_t> heartbeat_seconds;       // an idle source is heard so often
};

}  // namespace tanist::mysql

// What the stand-in says of itself, and whom it serves. Made once from the job and the log files; read by
// every connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/server_version.h"
#include "standin/auth.h"

namespace tanist::standin {

// A replica stops for good if GTID_MODE or the ids do not suit its own, so the mode is said per replica.
struct AllowedReplica {
  std::string address;  // numeric
  std::string gtid_mode = "OFF";
};

struct Profile {
  ServerVersion version;  // the dead server's, from its format description
  uint32_t server_id = 0;
  std::string server_uuid;
  std::string checksum = "NONE";  // what @@global.binlog_checksum was: CRC32 or NONE
  std::vector<Credential> credentials;
  std::vector<AllowedReplica> replicas;
  bool tls = false;

  const AllowedReplica* find(std::string_view address) const {
    for (const AllowedReplica& replica : replicas) {
      if (replica.address == address) return &replica;
    }
    return nullptr;
  }
  // MariaDB 10 puts 5.5.5- before its version in greetings; its replicas take that away again. 11 does not.
  std::string greeting_version() const {
    constexpr std::string_view kReplicationPrefix = "5.5.5-";
    const bool prefixed =
        !version.is_mariadb() || version.at_least(11, 0) || version.text.starts_with(kReplicationPrefix);
    return prefixed ? version.text : std::string(kReplicationPrefix) + version.text;
  }
  // Replicas of MySQL 8 and later know caching_sha2_password and may lack the native plugin; offered to an
  // older MySQL or to MariaDB it fails inside the client.
  std::string_view auth_plugin() const {
    return version.is_mysql() && version.at_least(8, 0) ? kCachingSha2 : kNativePassword;
  }
};

}  // namespace tanist::standin

// The binary commands by which a replica registers and asks for events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gtid/mysql_gtid_set.h"

namespace tanist::standin {

enum class Command : uint8_t {
  quit = 0x01,
  init_db = 0x02,
  query = 0x03,
  ping = 0x0e,
  binlog_dump = 0x12,
  register_replica = 0x15,
  set_option = 0x1b,
  binlog_dump_gtid = 0x1e,
  reset_connection = 0x1f,
};

// Bit 0x0001: "end the dump at the end of the logs" (mysqlbinlog without --stop-never).
inline constexpr uint16_t kDumpNonBlocking = 0x0001;
// Bit 0x0002 means two things. From MariaDB: "send annotate events". From MySQL 8: "you may send heartbeats
// of type 41".
inline constexpr uint16_t kDumpAnnotate = 0x0002;
inline constexpr uint16_t kDumpHeartbeat2 = 0x0002;

struct DumpRequest {
  uint16_t flags = 0;
  uint32_t server_id = 0;
  std::string file;  // empty: the first one
  uint64_t position = 4;
  std::optional<gtid::GtidSet> set;  // COM_BINLOG_DUMP_GTID: counts instead of file and position
};

// The bytes behind the command byte.
Result<DumpRequest> parse_dump(std::string_view body);
Result<DumpRequest> parse_dump_gtid(std::string_view body);
Result<uint32_t> parse_registration(std::string_view body);  // the replica's server id

}  // namespace tanist::standin

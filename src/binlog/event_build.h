// Makes the events that a source sends but has not in its files, and rewrites the format description for a
// start in the middle of a file. All come back complete: header, body, and a checksum where the algorithm
// asks for one.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "binlog/event.h"
#include "gtid/coordinates.h"
#include "gtid/mariadb_gtid.h"

namespace tanist::binlog {

// `header.length` is filled in.
std::string build_event(EventHeader header, std::string_view body, Checksum checksum);

// "The following is from this file and position": artificial, log_pos 0.
std::string build_fake_rotate(uint32_t server_id, const gtid::LogCoordinates& to, Checksum checksum);

// Type 27, for every receiver; MariaDB's form for positions over 32 bits if `mariadb`. Type 41 only for MySQL
// receivers that asked for it: MariaDB stops on it or counts it as part of the log.
std::string build_heartbeat(uint32_t server_id, const gtid::LogCoordinates& at, Checksum checksum,
                            bool mariadb);
std::string build_heartbeat_v2(uint32_t server_id, const gtid::LogCoordinates& at, Checksum checksum);

// MariaDB: the state at the position where a GTID start continues.
std::string build_fake_gtid_list(uint32_t server_id, uint64_t pos, const gtid::MariadbGtidPos& state,
                                 Checksum checksum);

// A format description as a source sends it: "in use" cleared, the checksum made anew.
enum class Start {
  of_file,      // log_pos is its own end
  mid_file,     // log_pos 0; created 0 too, or the applier drops its replicated temporary tables
  behind_head,  // log_pos 0; created stays, because the applier has not seen it yet
};
Result<std::string> rewrite_format_description(Bytes event, Start start);

// The same event with the checksum added or taken away, for a receiver that negotiated otherwise than the
// file has it.
std::string with_checksum(Bytes event, Checksum from, Checksum to);

}  // namespace tanist::binlog

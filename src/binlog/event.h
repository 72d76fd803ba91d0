// One event of a binary or relay log, as a view into the mapped file: the 19-byte header and the bytes around
// it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/bytes.h"

namespace tanist::binlog {

// A plain number underneath: logs may hold types this build does not know.
enum class EventType : uint8_t {
  start_v3 = 1,
  query = 2,
  stop = 3,
  rotate = 4,
  intvar = 5,
  load = 6,
  slave = 7,
  create_file = 8,
  append_block = 9,
  exec_load = 10,
  delete_file = 11,
  new_load = 12,
  rand = 13,
  user_var = 14,
  format_description = 15,
  xid = 16,
  begin_load_query = 17,
  execute_load_query = 18,
  table_map = 19,
  pre_ga_write_rows = 20,
  pre_ga_update_rows = 21,
  pre_ga_delete_rows = 22,
  write_rows_v1 = 23,
  update_rows_v1 = 24,
  delete_rows_v1 = 25,
  incident = 26,
  heartbeat = 27,
  ignorable = 28,
  rows_query = 29,
  write_rows = 30,
  update_rows = 31,
  delete_rows = 32,
  gtid = 33,
  anonymous_gtid = 34,
  previous_gtids = 35,
  transaction_context = 36,
  view_change = 37,
  xa_prepare = 38,
  partial_update_rows = 39,
  transaction_payload = 40,
  heartbeat_v2 = 41,
  gtid_tagged = 42,
  large_transaction_header = 43,
  mariadb_annotate_rows = 160,
  mariadb_binlog_checkpoint = 161,
  mariadb_gtid = 162,
  mariadb_gtid_list = 163,
  mariadb_start_encryption = 164,
  mariadb_query_compressed = 165,
  mariadb_write_rows_compressed_v1 = 166,
  mariadb_update_rows_compressed_v1 = 167,
  mariadb_delete_rows_compressed_v1 = 168,
  mariadb_write_rows_compressed = 169,
  mariadb_update_rows_compressed = 170,
  mariadb_delete_rows_compressed = 171,
  mariadb_partial_row_data = 172,
};

// "QUERY", "GTID", ...; "event type 99" for one that is not in the list.
std::string type_name(EventType type);

enum EventFlag : uint16_t {
  kFlagInUse = 0x0001,       // format description only: the log was not closed; excluded from the checksum
  kFlagArtificial = 0x0020,  // made by a sender, not in its log
  kFlagRelayLog = 0x0040,    // written by a receiver about its own relay log
  kFlagIgnorable = 0x0080,   // who does not know the type may skip the event
};

enum class Checksum : uint8_t { none = 0, crc32 = 1 };

constexpr size_t kMagicSize = 4;
constexpr size_t kHeaderSize = 19;
constexpr size_t kChecksumSize = 4;
constexpr uint32_t kMaxEventSize = 1u << 30;

struct EventHeader {
  uint32_t timestamp = 0;
  EventType type{};
  uint32_t server_id = 0;  // who wrote it first
  uint32_t length = 0;     // header, body and checksum
  uint32_t log_pos =
      0;  // end of the event in the log of who wrote it; 0 in artificial events; low 32 bits only
  uint16_t flags = 0;

  bool has(EventFlag flag) const { return flags & flag; }
  // From at least kHeaderSize bytes. Read for every event of every log, so it is the one place that loads
  // words as they lie (a ByteReader checks and shifts byte by byte).
  static EventHeader read(Bytes bytes) {
    static_assert(std::endian::native == std::endian::little);
    auto load = [&]<class T>(T& field, size_t offset) {
      std::memcpy(&field, bytes.data() + offset, sizeof field);
    };
    EventHeader header;
    load(header.timestamp, 0);
    load(header.type, 4);
    load(header.server_id, 5);
    load(header.length, 9);
    load(header.log_pos, 13);
    load(header.flags, 17);
    return header;
  }
};

struct Event {
  uint64_t offset = 0;  // in its file
  EventHeader header;
  Bytes bytes;  // all of it
  Bytes body;   // between header and checksum

  uint64_t end() const { return offset + header.length; }
  EventType type() const { return header.type; }
};

}  // namespace tanist::binlog

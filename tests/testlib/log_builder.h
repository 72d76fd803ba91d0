// For tests: binary and relay logs written down event by event, with right lengths, positions and checksums.
//
//   LogBuilder log("10.11.19-MariaDB");
//   log.format().gtid_list({}).mariadb_group("0-1-1").rotate("bin.000002");
//
// A relay log holds events of the primary at the primary's positions, between notes of the receiver:
//
//   LogBuilder relay("10.11.19-MariaDB");
//   relay.own_format().fake_rotate("bin.000001",
//   4).format().mariadb_group("0-1-1").own_rotate("relay.000002");
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "binlog/event.h"
#include "gtid/mariadb_gtid.h"
#include "gtid/mysql_gtid_set.h"

namespace tanist::testlib {

using binlog::Checksum;
using binlog::EventType;

constexpr uint32_t kPrimaryId = 1;
constexpr uint32_t kReceiverId = 2;

class LogBuilder {
 public:
  explicit LogBuilder(std::string version, Checksum checksum = Checksum::crc32);

  // Any event, at the position where the log (for relay logs: the stream) stands.
  LogBuilder& add(EventType type, std::string_view body = {}, uint16_t flags = 0);
  LogBuilder& raw(std::string_view bytes);

  LogBuilder& format(uint16_t flags = 0, uint32_t created = 7);
  LogBuilder& query(std::string_view sql);
  LogBuilder& xid() { return add(EventType::xid, "12345678"); }
  LogBuilder& rotate(std::string_view file, uint64_t pos = 4);
  LogBuilder& previous_gtids(std::string_view set);
  LogBuilder& gtid(std::string_view gtid, uint64_t sequence_number = 0);  // MySQL; "" is an anonymous one
  LogBuilder& mariadb_gtid(std::string_view gtid, uint8_t flags2 = 0x0c);
  LogBuilder& gtid_list(const std::vector<std::string>& gtids, uint16_t flags = 0);
  LogBuilder& table_map() { return add(EventType::table_map, std::string(30, 't')); }
  LogBuilder& rows(bool last = true, EventType type = EventType::write_rows);

  // GTID, BEGIN, a statement, XID; for MariaDB without BEGIN.
  LogBuilder& group(std::string_view gtid, uint64_t sequence_number = 0);
  LogBuilder& mariadb_group(std::string_view gtid);

  // What receivers write.
  LogBuilder& own_format();
  LogBuilder& own_rotate(std::string_view next);
  LogBuilder& own_previous_gtids(std::string_view set);
  LogBuilder& fake_rotate(std::string_view file, uint64_t pos);
  LogBuilder& format_without_position();
  LogBuilder& jump(std::string_view file, uint64_t pos, uint32_t server_id = 0);
  LogBuilder& fake_gtid_list(const std::vector<std::string>& gtids, uint64_t pos);
  // The stream goes on elsewhere, without a word.
  LogBuilder& at(uint64_t pos);

  const std::string& bytes() const { return bytes_; }
  uint64_t size() const { return bytes_.size(); }
  uint64_t position() const { return position_; }  // of the log, or of the primary's stream

 private:
  LogBuilder& put(EventType type, std::string_view body, uint16_t flags, uint32_t server_id,
                  uint64_t log_pos);
  std::string format_body(uint32_t created) const;
  size_t length_of(std::string_view body) const;

  std::string version_;
  Checksum checksum_;
  std::string bytes_;
  uint64_t position_ = 4;
};

// A directory of the test's own, gone at its end.
class LogDirectory {
 public:
  LogDirectory();
  ~LogDirectory();
  LogDirectory(const LogDirectory&) = delete;

  LogDirectory& write(const std::string& name, std::string_view bytes);
  LogDirectory& write(const std::string& name, const LogBuilder& log) { return write(name, log.bytes()); }
  std::string path(const std::string& name = "") const { return name.empty() ? path_ : path_ + "/" + name; }
  std::string read(const std::string& name) const;

 private:
  std::string path_;
};

}  // namespace tanist::testlib

#include "testlib/log_builder.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/result.h"
#include "binlog/event_build.h"
#include "gtid/mysql_gtid_codec.h"

namespace tanist::testlib {

using binlog::EventHeader;
using namespace binlog;

namespace {

std::string gtid_list_body(const std::vector<std::string>& gtids) {
  ByteWriter body;
  body.u32(gtids.size());
  for (const std::string& text : gtids) {
    auto gtid = gtid::MariadbGtid::parse(text).value();
    body.u32(gtid.domain).u32(gtid.server).u64(gtid.seq);
  }
  if (gtids.empty()) body.zeros(2);
  return body.str();
}

std::string rotate_body(std::string_view file, uint64_t pos) {
  ByteWriter body;
  body.u64(pos).text(file);
  return body.str();
}

}  // namespace

LogBuilder::LogBuilder(std::string version, Checksum checksum)
    : version_(std::move(version)), checksum_(checksum) {
  bytes_.assign(
      "\xfe"
      "bin");
}

size_t LogBuilder::length_of(std::string_view body) const {
  return kHeaderSize + body.size() + (checksum_ == Checksum::crc32 ? kChecksumSize : 0);
}

LogBuilder& LogBuilder::put(EventType type, std::string_view body, uint16_t flags, uint32_t server_id,
                            uint64_t log_pos) {
  EventHeader header;
  header.timestamp = 1700000000;
  header.type = type;
  header.server_id = server_id;
  header.log_pos = static_cast<uint32_t>(log_pos);
  header.flags = flags;
  // A format description has its checksum whatever the algorithm.
  Checksum checksum = type == EventType::format_description ? Checksum::crc32 : checksum_;
  bytes_ += build_event(header, body, checksum);
  return *this;
}

LogBuilder& LogBuilder::add(EventType type, std::string_view body, uint16_t flags) {
  position_ += length_of(body);
  return put(type, body, flags, kPrimaryId, position_);
}

LogBuilder& LogBuilder::raw(std::string_view bytes) {
  bytes_ += bytes;
  position_ += bytes.size();
  return *this;
}

LogBuilder& LogBuilder::at(uint64_t pos) {
  position_ = pos;
  return *this;
}

std::string LogBuilder::format_body(uint32_t created) const {
  constexpr size_t kTypes = 42;
  ByteWriter body;
  body.u16(4).text(version_).zeros(50 - version_.size()).u32(created).u8(kHeaderSize).zeros(kTypes);
  body.u8(static_cast<uint8_t>(checksum_));
  return body.str();
}

LogBuilder& LogBuilder::format(uint16_t flags, uint32_t created) {
  std::string body = format_body(created);
  position_ += kHeaderSize + body.size() + kChecksumSize;
  put(EventType::format_description, body, 0, kPrimaryId, position_);
  // The server sets "in use" without touching the checksum.
  bytes_[bytes_.size() - body.size() - kChecksumSize - 2] = static_cast<char>(flags);
  return *this;
}

LogBuilder& LogBuilder::query(std::string_view sql) {
  ByteWriter body;
  body.u32(1).u32(0).u8(1).u16(0).u16(0).text("d").u8(0).text(sql);
  return add(EventType::query, body.str());
}

LogBuilder& LogBuilder::rotate(std::string_view file, uint64_t pos) {
  add(EventType::rotate, rotate_body(file, pos));
  return *this;
}

LogBuilder& LogBuilder::previous_gtids(std::string_view set) {
  return add(EventType::previous_gtids, gtid::encode_gtid_set(gtid::GtidSet::parse(set).value()));
}

LogBuilder& LogBuilder::gtid(std::string_view text, uint64_t sequence_number) {
  ByteWriter body;
  gtid::Gtid gtid;
  if (!text.empty()) gtid = gtid::Gtid::parse(text).value();
  body.u8(1).bytes(gtid.source.uuid).u64(gtid.gno);
  if (sequence_number > 0) body.u8(2).u64(sequence_number - 1).u64(sequence_number);
  return add(text.empty() ? EventType::anonymous_gtid : EventType::gtid, body.str());
}

LogBuilder& LogBuilder::mariadb_gtid(std::string_view text, uint8_t flags2) {
  auto gtid = gtid::MariadbGtid::parse(text).value();
  ByteWriter body;
  body.u64(gtid.seq).u32(gtid.domain).u8(flags2).zeros(6);
  position_ += length_of(body.str());
  return put(EventType::mariadb_gtid, body.str(), 0, gtid.server, position_);
}

LogBuilder& LogBuilder::gtid_list(const std::vector<std::string>& gtids, uint16_t flags) {
  return add(EventType::mariadb_gtid_list, gtid_list_body(gtids), flags);
}

LogBuilder& LogBuilder::rows(bool last, EventType type) {
  ByteWriter body;
  body.zeros(6).u16(last ? 1 : 0).text("rowsrowsrows");
  return add(type, body.str());
}

LogBuilder& LogBuilder::group(std::string_view gtid_text, uint64_t sequence_number) {
  return gtid(gtid_text, sequence_number).query("BEGIN").query("INSERT INTO t VALUES (1)").xid();
}

LogBuilder& LogBuilder::mariadb_group(std::string_view gtid_text) {
  return mariadb_gtid(gtid_text).query("INSERT INTO t VALUES (1)").xid();
}

LogBuilder& LogBuilder::own_format() {
  put(EventType::format_description, format_body(9), kFlagRelayLog, kReceiverId, bytes_.size() + 100);
  return *this;
}

LogBuilder& LogBuilder::own_rotate(std::string_view next) {
  std::string body = rotate_body(next, 4);
  return put(EventType::rotate, body, kFlagRelayLog, kReceiverId, bytes_.size() + length_of(body));
}

LogBuilder& LogBuilder::own_previous_gtids(std::string_view set) {
  std::string body = gtid::encode_gtid_set(gtid::GtidSet::parse(set).value());
  return put(EventType::previous_gtids, body, kFlagRelayLog | kFlagIgnorable, kReceiverId, bytes_.size());
}

LogBuilder& LogBuilder::fake_rotate(std::string_view file, uint64_t pos) {
  position_ = pos;
  return put(EventType::rotate, rotate_body(file, pos), kFlagArtificial, kPrimaryId, 0);
}

LogBuilder& LogBuilder::format_without_position() {
  if (position_ == 4) position_ += kHeaderSize + format_body(0).size() + kChecksumSize;
  return put(EventType::format_description, format_body(0), kFlagArtificial, kPrimaryId, 0);
}

LogBuilder& LogBuilder::jump(std::string_view file, uint64_t pos, uint32_t server_id) {
  position_ = pos;
  std::string body = rotate_body(file, pos);
  return put(EventType::rotate, body, 0, server_id, bytes_.size() + length_of(body));
}

LogBuilder& LogBuilder::fake_gtid_list(const std::vector<std::string>& gtids, uint64_t pos) {
  position_ = pos;
  return put(EventType::mariadb_gtid_list, gtid_list_body(gtids), kFlagArtificial, kPrimaryId, pos);
}

LogDirectory::LogDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "tanist_logs.XXXXXX").string();
  TANIST_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

LogDirectory::~LogDirectory() { std::filesystem::remove_all(path_); }

LogDirectory& LogDirectory::write(const std::string& name, std::string_view bytes) {
  std::ofstream(path(name), std::ios::binary) << bytes;
  return *this;
}

std::string LogDirectory::read(const std::string& name) const {
  std::ifstream in(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tanist::testlib

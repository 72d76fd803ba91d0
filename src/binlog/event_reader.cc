#include "binlog/event_reader.h"

#include <algorithm>
#include <cstring>

#include "binlog/crc32.h"
#include "binlog/event_bodies.h"

namespace tanist::binlog {

namespace {

constexpr size_t kFlagsOffset = 17;
constexpr size_t kPrefetchDistance = 2048;  // some tens of events: what memory takes to answer

uint32_t stored_checksum(Bytes event) {
  uint32_t stored;
  std::memcpy(&stored, event.data() + event.size() - kChecksumSize,
              sizeof stored);  // little endian, see event.h
  return stored;
}

// The "in use" flag is set and cleared in place, so it does not count.
uint32_t format_description_checksum(Bytes event) {
  uint8_t low_flags[] = {static_cast<uint8_t>(event[kFlagsOffset] & ~kFlagInUse)};
  uint32_t crc = crc32(event.first(kFlagsOffset));
  crc = crc32(low_flags, crc);
  return crc32(event.subspan(kFlagsOffset + 1, event.size() - kFlagsOffset - 1 - kChecksumSize), crc);
}

}  // namespace

bool EventReader::fail_with(Damage::Kind kind, std::string what) {
  damage_ = Damage{kind, *name_, offset_, std::move(what)};
  return false;
}

bool EventReader::bad_length() {
  Bytes rest = file_.subspan(offset_);
  if (std::all_of(rest.begin(), rest.end(), [](uint8_t byte) { return byte == 0; }))
    return fail_with(Damage::Kind::torn,
                     "the last " + std::to_string(rest.size()) + " bytes of the file are zero");
  return fail_with(Damage::Kind::length,
                   "an event of " + std::to_string(event_.header.length) + " bytes cannot be");
}

bool EventReader::read_format() {
  auto format = FormatDescription::read(event_.bytes);
  if (!format) return fail_with(Damage::Kind::content, format.error().what);
  // It has room for a checksum even where the algorithm is "none", but then a source that changes it on its
  // way to a receiver leaves the old one in it.
  if (format->checksum == Checksum::crc32 && verify_ == Verify::checksums &&
      format_description_checksum(event_.bytes) != stored_checksum(event_.bytes))
    return fail_with(Damage::Kind::checksum, "checksum of FORMAT_DESCRIPTION does not match");
  checksum_ = format->checksum;
  event_.body = event_.bytes.subspan(kHeaderSize);
  if (format->has_checksum) event_.body = event_.body.first(event_.body.size() - kChecksumSize);
  return true;
}

bool EventReader::checksum_matches() const {
  return crc32(event_.bytes.first(event_.bytes.size() - kChecksumSize)) == stored_checksum(event_.bytes);
}

bool EventReader::torn_header() {
  return fail_with(Damage::Kind::torn, "the file ends inside an event header, " +
                                           std::to_string(file_.size() - offset_) + " bytes of it are there");
}

bool EventReader::torn_event() {
  return fail_with(Damage::Kind::torn, "the file ends inside " + type_name(event_.type()) + ", " +
                                           std::to_string(file_.size() - offset_) + " of " +
                                           std::to_string(event_.header.length) + " bytes are there");
}

bool EventReader::bad_checksum() {
  return fail_with(Damage::Kind::checksum, "checksum of " + type_name(event_.type()) + " does not match");
}

bool EventReader::encrypted() {
  return fail_with(Damage::Kind::encrypted,
                   "the log is encrypted from here on (START_ENCRYPTION); its keys are with the server only");
}

// A log of small events has a dozen million of them in a GiB: what seldom happens is kept out of line, so
// that nothing but the checksum and the wait for the next header takes time here.
bool EventReader::next() {
  if (damage_ || offset_ == file_.size()) return false;
  Bytes rest = file_.subspan(offset_);
  if (rest.size() < kHeaderSize) return torn_header();
  __builtin_prefetch(rest.data() + kPrefetchDistance);  // a hint, never read
  event_.offset = offset_;
  event_.header = EventHeader::read(rest);
  uint32_t length = event_.header.length;
  size_t least = kHeaderSize + (checksum_ == Checksum::crc32 ? kChecksumSize : 0);
  if (length < least || length > kMaxEventSize) return bad_length();
  if (length > rest.size()) return torn_event();
  event_.bytes = rest.first(length);
  event_.body = event_.bytes.subspan(kHeaderSize, length - least);
  if (event_.type() == EventType::format_description) {
    if (!read_format()) return false;
  } else if (checksum_ == Checksum::crc32 && verify_ == Verify::checksums && !checksum_matches()) {
    return bad_checksum();
  }
  if (event_.type() == EventType::mariadb_start_encryption) return encrypted();
  offset_ += length;
  return true;
}

}  // namespace tanist::binlog

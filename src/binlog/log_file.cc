#include "binlog/log_file.h"

#include <algorithm>

namespace tanist::binlog {

namespace {

constexpr uint8_t kMagic[kMagicSize] = {0xfe, 'b', 'i', 'n'};
constexpr uint8_t kEncryptedMagic[kMagicSize] = {0xfd, 'b', 'i', 'n'};

bool begins_with(Bytes file, Bytes magic) {
  size_t there = std::min(file.size(), magic.size());
  return std::equal(file.begin(), file.begin() + there, magic.begin());
}

}  // namespace

std::string_view LogFile::name() const {
  std::string_view path = file_.path();
  return path.substr(path.rfind('/') + 1);
}

Result<LogFile> LogFile::open(const std::string& path) {
  auto mapped = sys::MappedFile::open(path);
  if (!mapped) return fail(mapped.error());
  LogFile file;
  file.file_ = std::move(*mapped);
  if (Status head = file.read_head(); !head) return fail(head.error());
  return file;
}

Status LogFile::read_head() {
  if (size() == 0) return {};
  if (size() >= kMagicSize && begins_with(bytes(), kEncryptedMagic))
    return fail(Errc::unsupported,
                path() + " is encrypted (MySQL binlog_encryption); its keys are with the server only");
  if (!begins_with(bytes(), kMagic))
    return fail(Errc::corrupt, path() + " is not a binary log: it does not start with FE 62 69 6E");
  if (size() <= kMagicSize) return {};

  EventReader reader(bytes(), path(), kMagicSize, size(), Checksum::none, Verify::checksums);
  if (!reader.next()) {
    if (reader.damage()->kind == Damage::Kind::torn) return {};
    return fail(reader.damage()->error());
  }
  if (reader.event().type() != EventType::format_description)
    return fail(Errc::unsupported,
                path() + " starts with " + type_name(reader.event().type()) +
                    ": only logs that start with FORMAT_DESCRIPTION (MySQL 5.0) are known");
  format_event_ = reader.event();
  format_ = FormatDescription::read(format_event_.bytes).value();
  // MariaDB says in the second event that the rest is encrypted; better refused here than in the middle of
  // serving.
  EventReader second = events(Verify::lengths_only, reader.offset());
  if (!second.next() && second.damage() && second.damage()->kind == Damage::Kind::encrypted)
    return fail(second.damage()->error());
  return {};
}

}  // namespace tanist::binlog

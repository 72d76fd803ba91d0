// One binary or relay log file, mapped, its beginning checked: magic, format description, not encrypted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "binlog/event_bodies.h"
#include "binlog/event_reader.h"
#include "sys/mapped_file.h"

namespace tanist::binlog {

class LogFile {
 public:
  // Errc::unsupported for encrypted files, Errc::corrupt for what is no log. A file that ends before its
  // format description does is a log that its server had no time to begin: opened, without a format.
  static Result<LogFile> open(const std::string& path);

  const std::string& path() const { return file_.path(); }
  std::string_view name() const;  // without directory
  uint64_t size() const { return file_.size(); }
  Bytes bytes() const { return file_.bytes(); }

  bool begun() const { return format_.has_value(); }
  const FormatDescription& format() const { return *format_; }
  const Event& format_event() const { return format_event_; }

  // From any event boundary; from the first event by default. Only for a file that is begun.
  EventReader events(Verify verify, uint64_t from = kMagicSize) const { return events(verify, from, size()); }
  EventReader events(Verify verify, uint64_t from, uint64_t to) const {
    return EventReader(bytes(), path(), from, to, format_->checksum, verify);
  }

 private:
  Status read_head();

  sys::MappedFile file_;
  std::optional<FormatDescription> format_;
  Event format_event_;
};

}  // namespace tanist::binlog

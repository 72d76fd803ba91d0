#include "binlog/binlog_cursor.h"

#include <algorithm>

#include "binlog/event_build.h"

namespace tanist::binlog {

void BinlogCursor::enter(size_t index, uint64_t pos) {
  index_ = index;
  announced_ = false;
  reader_.reset();
  if (index == run_.files.size()) {
    position_ = {run_.implied_next, pos};
    return;
  }
  const LogFile& log = run_.files[index].log;
  position_ = {std::string(log.name()), pos};
  if (!log.begun()) return;
  // The format description itself goes out with the announcement of the file.
  uint64_t from = std::max(pos, log.format_event().end());
  // The checksums of the last file were verified when its end was looked for.
  Verify verify = index + 1 == run_.files.size() ? Verify::lengths_only : Verify::checksums;
  reader_ = log.events(verify, from, std::max(from, run_.limit(index)));
}

Result<std::optional<Served>> BinlogCursor::announce() {
  bool implied = index_ == run_.files.size();
  const LogFile& log = run_.files[implied ? index_ - 1 : index_].log;
  if (!log.begun()) return fail(Errc::corrupt, log.path() + " ends before its format description does");
  bool from_start = !implied && position_.pos == kMagicSize;
  auto format =
      rewrite_format_description(log.format_event().bytes, from_start ? Start::of_file : Start::mid_file);
  if (!format) return fail(format.error().during(log.path()));
  format_description_ = std::move(*format);
  announced_ = true;

  Served item;
  item.kind = Served::file;
  item.type = EventType::format_description;
  item.bytes = as_bytes(format_description_);
  item.at = position_;
  item.start = position_.pos;
  if (from_start) position_.pos = log.format_event().end();
  item.end = position_.pos;
  return item;
}

Result<std::optional<Served>> BinlogCursor::end_of_file() {
  if (reader_ && reader_->damage()) return fail(reader_->damage()->error());
  size_t last = run_.files.size() - (run_.implied_next.empty() ? 1 : 0);
  if (index_ >= last) return std::nullopt;
  groups_.reset();  // a group that is open here was cut by a crash; the new file's start ends it for appliers
                    // too
  enter(index_ + 1, kMagicSize);
  return announce();
}

Result<std::optional<Served>> BinlogCursor::next() {
  if (!announced_) return announce();
  if (!reader_ || !reader_->next()) return end_of_file();
  const Event& event = reader_->event();
  auto place = groups_.on(event);
  if (!place)
    return fail(
        place.error().during(run_.files[index_].log.path() + " at offset " + std::to_string(event.offset)));
  Served item;
  item.place = *place;
  item.type = event.type();
  item.bytes = event.bytes;
  item.start = event.offset;
  item.end = event.end();
  if (*place == Place::opens || *place == Place::whole) item.gtid = groups_.gtid();
  position_.pos = event.end();
  return item;
}

}  // namespace tanist::binlog

#include "binlog/relay_cursor.h"

namespace tanist::binlog {

// At the head of a file. Where the relay log lacks what follows the head (PREVIOUS_GTIDS), the receiver is
// told to start behind it: counting events it would come to a wrong position.
Start RelayCursor::start_kind() {
  const MappedLog& log = *run_.logs()[index_].log;
  if (position_.pos != kMagicSize || !log.with_head) return Start::mid_file;
  if (log.holes.empty() || log.holes.front().start != log.head_end) return Start::of_file;
  position_.pos = log.holes.front().end;
  return Start::behind_head;
}

Result<std::optional<Served>> RelayCursor::announce() {
  const MappedLog& log = *run_.logs()[index_].log;
  Start start = start_kind();
  auto format = rewrite_format_description(log.format, start);
  if (!format) return fail(format.error());
  format_description_ = std::move(*format);
  announced_ = true;

  Served item;
  item.kind = Served::file;
  item.type = EventType::format_description;
  item.bytes = as_bytes(format_description_);
  item.at = position_;
  item.start = position_.pos;
  if (start == Start::of_file) position_.pos = log.head_end;
  item.end = position_.pos;
  return item;
}

Result<std::optional<Served>> RelayCursor::next() {
  if (!announced_) return announce();
  bool last_file = index_ + 1 == run_.logs().size();
  if (last_file && position_.pos >= run_.served_end().pos) return std::nullopt;
  if (!reader_.next()) {
    ++index_;
    const MappedLog& log = *run_.logs()[index_].log;
    reader_ = SpanReader(map_, log);
    groups_.reset();
    position_ = {log.name, log.first_pos};
    return announce();
  }
  const Event& event = reader_.event();
  auto place = groups_.on(event);
  if (!place)
    return fail(place.error().during(reader_.relay_path() + " at offset " + std::to_string(event.offset)));
  Served item;
  item.place = *place;
  item.type = event.type();
  item.bytes = event.bytes;
  item.start = reader_.start();
  item.end = reader_.end();
  if (*place == Place::opens || *place == Place::whole) item.gtid = groups_.gtid();
  position_.pos = item.end;
  return item;
}

}  // namespace tanist::binlog

#include "binlog/relay_map.h"

#include <algorithm>

#include "gtid/coordinates.h"

namespace tanist::binlog {

Result<RelayMap> RelayMap::read(std::vector<LogFile> relay_logs, const gtid::LogCoordinates& received) {
  RelayMap map;
  map.relay_logs_ = std::move(relay_logs);
  for (size_t i = 0; i < map.relay_logs_.size(); ++i)
    if (Status one = map.read_one(i); !one) return fail(one.error());
  map.finish(received);
  return map;
}

Status RelayMap::read_one(size_t relay) {
  const LogFile& log = relay_logs_[relay];
  bool last = relay + 1 == relay_logs_.size();
  std::optional<Damage> damage;
  if (!log.begun()) {
    // Its server was about to begin it; what it would have held was not received.
    if (!last)
      damage = Damage{Damage::Kind::torn, log.path(), log.size(),
                      "the file ends before its format description does"};
  } else {
    EventReader reader = log.events(Verify::checksums);
    while (reader.next()) {
      const Event& event = reader.event();
      if (Status mapped = on_event(relay, event, reader.checksum()); !mapped) {
        damage = Damage{Damage::Kind::content, log.path(), event.offset, mapped.error().what};
        break;
      }
    }
    if (!damage) damage = reader.damage();
  }
  if (!damage) return {};
  if (damage->kind == Damage::Kind::encrypted) return fail(damage->error());
  after_damage_ = true;
  damage_in_last_ = last;
  damage_ = damage;
  return {};
}

Status RelayMap::on_event(size_t relay, const Event& event, Checksum checksum) {
  bool own = event.header.has(kFlagRelayLog) || event.offset == kMagicSize;
  if (own && event.type() == EventType::previous_gtids) {
    auto set = read_previous_gtids(event.body);
    if (!set) return fail(set.error());
    retrieved_ = std::move(*set);
  }
  if (own || event.type() == EventType::stop) return {};
  if (event.type() == EventType::rotate) return on_rotate(relay, event, checksum);
  if (event.type() == EventType::format_description) {
    on_format(event);
    return {};
  }
  if (event.header.has(kFlagArtificial) || event.header.log_pos == 0) {
    if (event.type() != EventType::mariadb_gtid_list || event.header.log_pos == 0 ||
        event.header.server_id == 0)
      return {};
    if (!current_) return {};
    auto list = read_gtid_list(event.body);
    if (!list) return fail(list.error());
    stands_at_ = widen(event.header.log_pos, stands_at_);
    states_.push_back({current_->name, stands_at_, gtid_list_pos(*list)});
    return {};
  }
  if (!current_) enter("", event.header.log_pos - event.header.length);
  add(relay, event, checksum);
  return {};
}

Status RelayMap::on_rotate(size_t relay, const Event& event, Checksum checksum) {
  auto rotate = Rotate::read(event.body);
  if (!rotate) return fail(rotate.error());
  if (rotate->pos < kMagicSize)
    return fail(Errc::corrupt, "ROTATE to position " + std::to_string(rotate->pos));
  bool fake = event.header.log_pos == 0 || event.header.has(kFlagArtificial);
  if (current_ && current_->name.empty()) name_first(*rotate, fake);
  bool same_file = current_ && current_->name == rotate->file;
  if (event.header.server_id == 0 || (!fake && same_file)) {
    if (!same_file) enter(rotate->file, rotate->pos);
    stands_at_ = rotate->pos;
    return {};
  }
  primary_id_ = event.header.server_id;
  if (!fake && current_) add(relay, event, checksum);
  enter(rotate->file, rotate->pos);
  return {};
}

void RelayMap::on_format(const Event& event) {
  mariadb_ = FormatDescription::read(event.bytes).value().version.is_mariadb();  // the reader has checked it
  last_format_ = event.bytes;
  primary_id_ = event.header.server_id;
  if (!current_) return;
  uint64_t head_end = kMagicSize + event.header.length;
  bool at_head = stands_at_ == kMagicSize;
  if (at_head) stands_at_ = head_end;
  bool is_new = current_->first_pos == kMagicSize && current_->end_pos == kMagicSize;
  if (at_head && is_new) {
    current_->with_head = true;
    current_->head_end = current_->end_pos = head_end;
  }
  // The copy that came with the head is the true one: others have neither position nor time of creation.
  if (!current_->format_borrowed && !(at_head && event.header.log_pos != 0)) return;
  current_->format = event.bytes;
  current_->format_borrowed = false;
}

uint64_t RelayMap::widen(uint32_t low, uint64_t near) {
  auto distance = static_cast<int32_t>(low - static_cast<uint32_t>(near));
  return near + static_cast<int64_t>(distance);
}

void RelayMap::add(size_t relay, const Event& event, Checksum checksum) {
  MappedLog& log = *current_;
  uint64_t end = widen(event.header.log_pos, stands_at_);
  uint64_t start = end - event.header.length;
  bool lost = after_damage_ && start != stands_at_;
  if (mariadb_) start = lost ? std::max(start, log.end_pos) : std::max(stands_at_, log.end_pos);
  stands_at_ = end;
  if (end <= log.end_pos || start < log.end_pos) return;  // repeated by a reconnect
  if (start > log.end_pos || lost) log.holes.push_back({log.end_pos, start, after_damage_});
  after_damage_ = false;
  bool follows = !log.spans.empty() && log.spans.back().relay == relay &&
                 log.spans.back().to == event.offset && log.spans.back().end == start &&
                 log.spans.back().checksum == checksum;
  if (follows) {
    log.spans.back().to = event.end();
    log.spans.back().end = end;
  } else {
    log.spans.push_back({relay, event.offset, event.end(), start, end, checksum});
  }
  log.end_pos = end;
}

// Events came before any ROTATE, in a file that this ROTATE names or follows.
void RelayMap::name_first(const Rotate& rotate, bool fake) {
  bool goes_on = rotate.pos == stands_at_ || (!fake && rotate.pos > kMagicSize);
  auto next = gtid::LogName::parse(rotate.file);
  if (goes_on) {
    current_->name = std::string(rotate.file);
  } else if (!fake && next && next->number > 0) {
    current_->name = gtid::LogName{next->prefix, next->number - 1, next->digits}.text();
  } else {
    logs_.clear();  // a reconnect that began again somewhere: nobody knows any more
    current_ = nullptr;
  }
}

// What the file has behind its last event was passed over by jumps.
void RelayMap::leave() {
  if (!current_ || stands_at_ <= current_->end_pos) return;
  current_->holes.push_back({current_->end_pos, stands_at_, after_damage_});
  current_->end_pos = stands_at_;
}

void RelayMap::enter(std::string_view name, uint64_t pos) {
  leave();
  stands_at_ = pos;
  auto known =
      std::find_if(logs_.begin(), logs_.end(), [&](const MappedLog& log) { return log.name == name; });
  if (known != logs_.end()) {
    current_ = &*known;
    return;
  }
  MappedLog log;
  log.name = std::string(name);
  log.first_pos = log.end_pos = pos;
  log.format = last_format_;
  auto before = current_ ? gtid::LogName::parse(current_->name) : std::nullopt;
  log.detached = !before || before->next().text() != name || pos != kMagicSize || after_damage_;
  after_damage_ = false;
  logs_.push_back(std::move(log));
  current_ = &logs_.back();
}

void RelayMap::finish(const gtid::LogCoordinates& received) {
  leave();
  if (current_ && current_->name.empty()) {
    if (received.pos == current_->end_pos) {
      current_->name = received.file;
    } else {
      logs_.clear();
    }
  }
  std::sort(logs_.begin(), logs_.end(), [](const MappedLog& a, const MappedLog& b) {
    return gtid::compare_log_files(a.name, b.name) < 0;
  });
  current_ = nullptr;
}

}  // namespace tanist::binlog

#include "binlog/relay_run.h"

namespace tanist::binlog {

bool SpanReader::next() {
  while (!reader_ || !reader_->next()) {
    if (span_ == log_->spans.size()) return false;
    const RelaySpan& span = log_->spans[span_++];
    const LogFile& relay = map_->relay_logs()[span.relay];
    // Checksums were verified when the map was made.
    reader_.emplace(relay.bytes(), relay.path(), span.from, span.to, span.checksum, Verify::lengths_only);
    end_ = span.start;
  }
  start_ = end_;
  end_ = RelayMap::widen(event().header.log_pos, start_);
  return true;
}

Result<RelayRun> RelayRun::find(const RelayMap& map) {
  RelayRun run;
  for (const MappedLog& log : map.logs()) {
    if (Status read = run.read(map, log); !read) return fail(read.error());
    if (run.trouble_) break;  // an event that nobody may skip: what follows cannot be served
  }
  return run;
}

void RelayRun::restart(const MappedLog& log, uint64_t pos, std::string why) {
  logs_.clear();
  groups_ = GroupCollector();
  start_reason_ = std::move(why);
  RunLog fresh;
  fresh.log = &log;
  fresh.first_pos = pos;
  logs_.push_back(std::move(fresh));
  served_end_ = {log.name, pos};
  unsure_ = true;
}

bool RelayRun::harmless(const RelayHole& hole, const MappedLog& log, const Event* next) const {
  if (hole.after_damage) return false;
  if (mariadb_ || !log.with_head || hole.start != log.head_end) return false;
  if (!next) return true;  // nothing came after it that could have needed what it hides
  if (next->type() != EventType::gtid && next->type() != EventType::gtid_tagged &&
      next->type() != EventType::anonymous_gtid)
    return next->type() == EventType::rotate;  // a file without any transaction
  auto body = MysqlGtidBody::read(next->type(), next->body);
  if (!body) return false;
  if (body->sequence_number != 0) return body->sequence_number == 1;
  if (!body->gtid) return false;
  gtid::Gtid before = *body->gtid;
  return before.gno == 1 || seen_.contains(gtid::Gtid{before.source, before.gno - 1});
}

Status RelayRun::note_group(const Event& event, Place place) {
  RunLog& log = logs_.back();
  if (event.type() == EventType::mariadb_gtid_list && !event.header.has(kFlagArtificial) && !log.state) {
    auto list = read_gtid_list(event.body);
    if (!list) return fail(list.error());
    log.state = gtid_list_pos(*list);
    log.state_exact = true;
  }
  if (place != Place::closes && place != Place::whole) return {};
  if (const auto* mysql = std::get_if<gtid::Gtid>(&groups_.gtid())) {
    log.mysql.add(*mysql);
    seen_.add(*mysql);
  }
  if (const auto* mariadb = std::get_if<gtid::MariadbGtid>(&groups_.gtid())) {
    log.mariadb_last.set(*mariadb);
    log.mariadb_first.emplace(mariadb->domain, mariadb->seq);
  }
  return {};
}

// A fake Gtid_list exactly where the file begins for us: the state that the receiver had there.
void RelayRun::note_state(const RelayMap& map, const MappedLog& log) {
  for (const auto& known : map.states())
    if (known.file == log.name && known.pos == logs_.back().first_pos) logs_.back().state = known.state;
}

Result<bool> RelayRun::may_begin_at(const SpanReader& reader) const {
  auto sign = sign_of(reader.event());
  if (!sign) return fail(sign.error());
  if (*sign == Sign::begins || *sign == Sign::outside) return true;
  if (*sign == Sign::ends || gtid_events_) return false;
  // Without GTIDs a statement is either a transaction of its own or inside one: what comes first, an end or a
  // start?
  for (SpanReader ahead = reader; ahead.next();) {
    sign = sign_of(ahead.event());
    if (!sign) return fail(sign.error());
    if (*sign != Sign::nothing) return *sign != Sign::ends;
  }
  return true;
}

Status RelayRun::enter(const RelayMap& map, const MappedLog& log) {
  if (log.format.empty())
    return fail(Errc::not_found, "the relay logs hold no format description of the primary");
  auto format = FormatDescription::read(log.format);
  if (!format) return fail(format.error());
  mariadb_ = format->version.is_mariadb();
  gtid_events_ = format->version.at_least(mariadb_ ? 10 : 5, mariadb_ ? 0 : 7);

  groups_.reset();
  if (logs_.empty()) {
    restart(log, log.first_pos, "");
  } else if (log.detached) {
    restart(log, log.first_pos,
            "what lies between " + logs_.back().log->name + " and " + log.name + " is missing");
  } else {
    RunLog next;
    next.log = &log;
    next.first_pos = log.first_pos;
    logs_.push_back(std::move(next));
    served_end_ = {log.name, log.head_end};
    unsure_ = false;
  }
  if (log.with_head) {
    served_end_.pos = log.head_end;
    unsure_ = false;
  }
  note_state(map, log);
  return {};
}

void RelayRun::cross(const RelayMap& map, const MappedLog& log, const RelayHole& hole, const Event* next) {
  if (harmless(hole, log, next)) {
    if (!groups_.open()) served_end_ = {log.name, hole.end};
    return;
  }
  restart(log, hole.end,
          log.name + " from " + std::to_string(hole.start) + " to " + std::to_string(hole.end) +
              " is not in the relay logs");
  note_state(map, log);
}

Status RelayRun::read(const RelayMap& map, const MappedLog& log) {
  if (Status entered = enter(map, log); !entered) return entered;
  auto hole = log.holes.begin();
  SpanReader reader(map, log);
  while (reader.next()) {
    const Event& event = reader.event();
    for (; hole != log.holes.end() && hole->end <= reader.start(); ++hole) cross(map, log, *hole, &event);
    auto begin = unsure_ ? may_begin_at(reader) : true;
    if (begin && !*begin) {
      restart(log, reader.end(), "before it the relay logs hold only a part of a transaction");
      continue;
    }
    auto place = begin ? groups_.on(event) : fail(begin.error());
    if (!place) {
      auto kind = place.error().code == Errc::unsupported ? Damage::Kind::unknown : Damage::Kind::content;
      trouble_ = Damage{kind, reader.relay_path(), event.offset, place.error().what};
      return {};
    }
    unsure_ = false;
    if (Status noted = note_group(event, *place); !noted) return noted;
    if (!groups_.open()) served_end_ = {log.name, reader.end()};
  }
  for (; hole != log.holes.end(); ++hole) cross(map, log, *hole, nullptr);
  if (!groups_.open()) served_end_ = {log.name, log.end_pos};
  return {};
}

}  // namespace tanist::binlog

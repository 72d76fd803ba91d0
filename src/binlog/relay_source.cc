#include "binlog/relay_source.h"

#include <algorithm>

#include "binlog/event_build.h"
#include "binlog/relay_run.h"

namespace tanist::binlog {

namespace {

class RelaySource : public LogSource {
 public:
  RelaySource(RelayMap map, ReceivedGtids received) : map_(std::move(map)), received_(std::move(received)) {}
  Status prepare();

  const SourceFacts& facts() const override { return facts_; }
  Result<std::unique_ptr<LogCursor>> open(const gtid::LogCoordinates& from) const override;
  Result<gtid::LogCoordinates> find_start(const gtid::GtidSet& have) const override;
  Result<gtid::LogCoordinates> find_start(const gtid::MariadbGtidPos& have) const override;
  std::optional<gtid::MariadbGtidPos> gtid_pos_at(const gtid::LogCoordinates& at) const override;

  const RelayMap& map() const { return map_; }
  const std::vector<RunLog>& logs() const { return run_.logs(); }
  const gtid::LogCoordinates& served_end() const { return run_.served_end(); }

 private:
  void collect_facts();
  void collect_tail();
  Result<size_t> find(const gtid::LogCoordinates& at) const;
  gtid::LogCoordinates start_of(size_t index) const {
    return {facts_.files[index].name, facts_.files[index].first_pos};
  }
  Status walk_to(size_t index, uint64_t pos, SpanReader& reader, GroupCollector& groups) const;
  Status check_domains(const gtid::MariadbGtidPos& have, size_t from) const;

  RelayMap map_;
  RelayRun run_;
  ReceivedGtids received_;
  SourceFacts facts_;
};

class RelayCursor : public LogCursor {
 public:
  RelayCursor(const RelaySource& source, size_t index, uint64_t pos, SpanReader reader, GroupCollector groups)
      : source_(source), index_(index), reader_(std::move(reader)), groups_(std::move(groups)) {
    position_ = {source.logs()[index].log->name, pos};
  }

  Result<std::optional<Served>> next() override;
  const gtid::LogCoordinates& position() const override { return position_; }

 private:
  Result<std::optional<Served>> announce();
  Start start_kind();

  const RelaySource& source_;
  size_t index_;
  SpanReader reader_;
  GroupCollector groups_;
  gtid::LogCoordinates position_;
  bool announced_ = false;
  std::string format_description_;
};

// At the head of a file. Where the relay log lacks what follows the head (PREVIOUS_GTIDS), the receiver is
// told to start behind it: counting events it would come to a wrong position.
Start RelayCursor::start_kind() {
  const MappedLog& log = *source_.logs()[index_].log;
  if (position_.pos != kMagicSize || !log.with_head) return Start::mid_file;
  if (log.holes.empty() || log.holes.front().start != log.head_end) return Start::of_file;
  position_.pos = log.holes.front().end;
  return Start::behind_head;
}

Result<std::optional<Served>> RelayCursor::announce() {
  const MappedLog& log = *source_.logs()[index_].log;
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
  bool last_file = index_ + 1 == source_.logs().size();
  if (last_file && position_.pos >= source_.served_end().pos) return std::nullopt;
  if (!reader_.next()) {
    ++index_;
    const MappedLog& log = *source_.logs()[index_].log;
    reader_ = SpanReader(source_.map(), log);
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

Status RelaySource::prepare() {
  auto run = RelayRun::find(map_);
  if (!run) return fail(run.error());
  run_ = std::move(*run);
  if (run_.logs().empty())
    return fail(Errc::not_found,
                "the relay logs from " + map_.relay_logs().front().path() + " on hold no event of a primary");
  collect_facts();
  collect_tail();
  return {};
}

void RelaySource::collect_facts() {
  facts_.version = FormatDescription::read(logs().back().log->format)->version;
  facts_.server_id = map_.primary_id();
  facts_.served_end = served_end();
  for (const RunLog& run : logs()) {
    Checksum checksum = FormatDescription::read(run.log->format)->checksum;
    facts_.files.push_back({run.log->name, run.first_pos, run.log->end_pos, checksum});
    facts_.executed.add(run.mysql);
    for (const auto& [domain, gtid] : run.mariadb_last.domains()) facts_.binlog_state.set(gtid);
  }
  facts_.files.back().end_pos = served_end().pos;
  gtid::GtidSet here = facts_.executed;
  facts_.executed.add(map_.retrieved());
  if (received_.mysql) facts_.executed.add(*received_.mysql);
  facts_.purged = facts_.executed.minus(here);
  facts_.first_state = logs().front().state;
  if (!facts_.first_state) return;
  for (const auto& [domain, gtid] : facts_.first_state->domains())
    if (!facts_.binlog_state.find(domain)) facts_.binlog_state.set(gtid);
}

void RelaySource::collect_tail() {
  const MappedLog& last = *logs().back().log;
  facts_.tail_bytes = last.end_pos - served_end().pos;
  if (run_.trouble()) {
    facts_.tail = run_.trouble();
  } else if (map_.damage_in_last()) {
    facts_.tail = map_.damage();
    const LogFile& relay = map_.relay_logs().back();
    facts_.tail_bytes += relay.size() - map_.damage()->offset;
  } else if (facts_.tail_bytes > 0) {
    facts_.tail = Damage{Damage::Kind::torn, last.name, served_end().pos,
                         "of the transaction that starts here the relay logs hold only a part"};
  }
}

// The file of the run that holds a position which is not before the run.
Result<size_t> RelaySource::find(const gtid::LogCoordinates& at) const {
  if (at.file.empty()) return size_t{0};
  for (size_t i = 0; i < logs().size(); ++i) {
    if (logs()[i].log->name != at.file) continue;
    if (at.pos >= logs()[i].first_pos) return i;
  }
  std::string begin = start_of(0).text();
  bool before = gtid::compare_log_files(at.file, facts_.files.front().name) <= 0;
  if (before)
    return fail(Errc::refused, at.text() + " is before what these relay logs can serve, " + begin +
                                   (run_.start_reason().empty() ? "" : ": " + run_.start_reason()));
  return fail(Errc::not_found,
              at.file + " is not in the relay logs, which hold " + begin + " to " + facts_.served_end.text());
}

Status RelaySource::walk_to(size_t index, uint64_t pos, SpanReader& reader, GroupCollector& groups) const {
  const MappedLog& log = *logs()[index].log;
  if (pos > log.end_pos)
    return fail(Errc::conflict, "position " + std::to_string(pos) + " is beyond the end of " + log.name +
                                    " at " + std::to_string(log.end_pos));
  auto at_hole = [&](const RelayHole& hole) { return hole.start == pos || hole.end == pos; };
  bool boundary = pos == kMagicSize || pos == log.first_pos || pos == log.head_end || pos == log.end_pos ||
                  std::any_of(log.holes.begin(), log.holes.end(), at_hole);
  // One event too far is one too many: look ahead with a copy.
  for (SpanReader ahead = reader; ahead.next() && ahead.start() < pos; reader = ahead) {
    if (auto place = groups.on(ahead.event()); !place) return fail(place.error().during(ahead.relay_path()));
    boundary = boundary || ahead.end() == pos;
    if (ahead.end() > pos) boundary = false;
  }
  if (boundary) return {};
  return fail(Errc::invalid,
              "position " + std::to_string(pos) + " of " + log.name + " is not the end of an event");
}

Result<std::unique_ptr<LogCursor>> RelaySource::open(const gtid::LogCoordinates& from) const {
  if (from.pos < kMagicSize)
    return fail(Errc::invalid,
                "position " + std::to_string(from.pos) + " is inside the magic bytes of the file");
  auto index = find(from);
  if (!index) return fail(index.error());
  uint64_t pos = from.file.empty() ? logs()[0].first_pos : from.pos;
  SpanReader reader(map_, *logs()[*index].log);
  GroupCollector groups;
  if (Status walked = walk_to(*index, pos, reader, groups); !walked) return fail(walked.error());
  return std::make_unique<RelayCursor>(*this, *index, pos, std::move(reader), std::move(groups));
}

// A GTID start names no position, so nothing else would notice a hole between what the replica has and what
// is here: it is served only if together they make up all that the owner of the relay logs is known to have.
Result<gtid::LogCoordinates> RelaySource::find_start(const gtid::GtidSet& have) const {
  gtid::GtidSet served;
  for (const RunLog& run : logs()) served.add(run.mysql);
  gtid::GtidSet needed = served.union_with(map_.retrieved());
  if (received_.mysql) {
    needed.add(*received_.mysql);
  } else {
    // Servers number their transactions without gaps.
    for (const auto& [source, intervals] : served.sources()) needed.add(source, 1, intervals.back().last);
  }
  gtid::GtidSet lacking = needed.minus(have);
  if (!served.contains(lacking))
    return fail(Errc::refused, "the replica lacks " + lacking.minus(served).text() +
                                   ", which these relay logs do not hold (from " + start_of(0).text() + ")");
  gtid::GtidSet from_here;
  for (size_t i = logs().size(); i-- > 0;) {
    from_here.add(logs()[i].mysql);
    if (from_here.contains(lacking)) return start_of(i);
  }
  return start_of(0);
}

// Sequence numbers of a domain grow, so a domain is whole if the replica stands at least where the served
// part begins.
Status RelaySource::check_domains(const gtid::MariadbGtidPos& have, size_t from) const {
  const RunLog& start = logs()[from];
  if (!(start.state && have.covers(*start.state))) {
    gtid::MariadbGtidPos seen;
    for (size_t i = from; i < logs().size(); ++i) {
      for (const auto& [domain, seq] : logs()[i].mariadb_first) {
        if (seen.find(domain)) continue;
        seen.set({domain, 0, seq});
        if (seq > 1 && have.seq_of(domain).value_or(0) + 1 < seq)
          return fail(Errc::refused, "the replica is at \"" + have.text() +
                                         "\", these relay logs begin with sequence " + std::to_string(seq) +
                                         " of domain " + std::to_string(domain));
      }
    }
  }
  if (!received_.mariadb) return {};
  for (const auto& [domain, gtid] : received_.mariadb->domains()) {
    if (have.covers(gtid) || facts_.binlog_state.covers(gtid)) continue;
    return fail(Errc::refused, "the replica lacks " + gtid.text() + ", which these relay logs do not hold");
  }
  return {};
}

Result<gtid::LogCoordinates> RelaySource::find_start(const gtid::MariadbGtidPos& have) const {
  for (const auto& [domain, gtid] : have.domains()) {
    auto ours = facts_.binlog_state.seq_of(domain);
    if (gtid.server == facts_.server_id && ours && gtid.seq > *ours)
      return fail(Errc::conflict, "the replica has " + gtid.text() + ", these relay logs end at sequence " +
                                      std::to_string(*ours) + " of that domain");
  }
  size_t from = logs().size();
  while (from > 1 && !(logs()[from - 1].state && have.covers(*logs()[from - 1].state))) --from;
  if (Status checked = check_domains(have, from - 1); !checked) return fail(checked.error());
  return start_of(from - 1);
}

std::optional<gtid::MariadbGtidPos> RelaySource::gtid_pos_at(const gtid::LogCoordinates& at) const {
  auto index = find(at);
  if (!index || !logs()[*index].state_exact) return std::nullopt;
  SpanReader reader(map_, *logs()[*index].log);
  GroupCollector groups;
  if (!walk_to(*index, at.pos, reader, groups)) return std::nullopt;
  return state_behind(*logs()[*index].state, groups);
}

}  // namespace

Result<std::unique_ptr<LogSource>> open_relay_source(sys::Files& files, const SeriesRequest& request,
                                                     const ReceivedGtids& received) {
  auto series = find_log_series(files, request);
  if (!series) return fail(series.error());
  std::vector<LogFile> logs;
  for (const std::string& name : series->files) {
    auto log = LogFile::open(series->path(name));
    if (!log) return fail(log.error());
    logs.push_back(std::move(*log));
  }
  auto map = RelayMap::read(std::move(logs), received.position);
  if (!map) return fail(map.error());
  auto source = std::make_unique<RelaySource>(std::move(*map), received);
  if (Status prepared = source->prepare(); !prepared) return fail(prepared.error());
  return source;
}

}  // namespace tanist::binlog

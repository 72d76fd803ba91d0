#include "binlog/relay_source.h"

#include <algorithm>

#include "binlog/relay_cursor.h"

namespace tanist::binlog {

namespace {

class RelaySource : public LogSource {
 public:
  RelaySource(RelayMap map, ReceivedGtids received) : map_(std::move(map)), received_(std::move(received)) {}
  Status prepare(RelayEnd end);

  const SourceFacts& facts() const override { return facts_; }
  Result<std::unique_ptr<LogCursor>> open(const gtid::LogCoordinates& from) const override;
  Result<gtid::LogCoordinates> find_start(const gtid::GtidSet& have) const override;
  Result<gtid::LogCoordinates> find_start(const gtid::MariadbGtidPos& have) const override;
  std::optional<gtid::MariadbGtidPos> gtid_pos_at(const gtid::LogCoordinates& at) const override;

 private:
  const std::vector<RunLog>& logs() const { return run_.logs(); }
  const gtid::LogCoordinates& served_end() const { return run_.served_end(); }
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

Status RelaySource::prepare(RelayEnd end) {
  auto run = RelayRun::find(map_);
  if (!run) return fail(run.error());
  run_ = std::move(*run);
  if (run_.logs().empty())
    return fail(Errc::not_found,
                "the relay logs from " + map_.relay_logs().front().path() + " on hold no event of a primary");
  if (end == RelayEnd::last_event) run_.serve_to_last_event();
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
  return std::make_unique<RelayCursor>(map_, run_, *index, pos, std::move(reader), std::move(groups));
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
                                                     const ReceivedGtids& received, RelayEnd end) {
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
  if (Status prepared = source->prepare(end); !prepared) return fail(prepared.error());
  return source;
}

}  // namespace tanist::binlog

// The cut is made in the last file only: its events are all read when the source is made, and served_end is
// the end of the last complete group. Damage in an older file stops those who have to pass it, not those who
// start behind it.
#include "binlog/binlog_source.h"

#include "binlog/binlog_cursor.h"

namespace tanist::binlog {

namespace {

// PREVIOUS_GTIDS or Gtid_list come directly behind the format description.
Status read_head(SourceFile& file) {
  if (!file.log.begun()) return {};
  EventReader reader = file.log.events(Verify::lengths_only, file.log.format_event().end());
  if (!reader.next()) return {};
  const Event& event = reader.event();
  auto where = [&] { return file.log.path() + " at offset " + std::to_string(event.offset); };
  if (event.type() == EventType::previous_gtids) {
    auto set = read_previous_gtids(event.body);
    if (!set) return fail(set.error().during(where()));
    file.previous = std::move(*set);
  } else if (event.type() == EventType::mariadb_gtid_list) {
    auto list = read_gtid_list(event.body);
    if (!list) return fail(list.error().during(where()));
    file.state = gtid_list_pos(*list);
  }
  return {};
}

class BinlogSource : public LogSource {
 public:
  static Result<std::unique_ptr<LogSource>> make(std::vector<SourceFile> files);

  const SourceFacts& facts() const override { return facts_; }
  Result<std::unique_ptr<LogCursor>> open(const gtid::LogCoordinates& from) const override;
  Result<gtid::LogCoordinates> find_start(const gtid::GtidSet& have) const override;
  Result<gtid::LogCoordinates> find_start(const gtid::MariadbGtidPos& have) const override;
  std::optional<gtid::MariadbGtidPos> gtid_pos_at(const gtid::LogCoordinates& at) const override;

  const std::vector<SourceFile>& files() const { return run_.files; }
  const std::string& implied_next() const { return run_.implied_next; }
  // What may be served of a file.
  uint64_t limit(size_t index) const {
    return index + 1 < run_.files.size() ? run_.files[index].log.size() : run_.served_pos;
  }

 private:
  Status drop_unbegun_tail();
  void read_last_file();
  void collect_facts();
  // Index of the named file; the number of files for the one that is only announced by a final ROTATE.
  Result<size_t> find(const std::string& name) const;
  // Reads from the start of a file exactly up to `pos`.
  Status walk_to(size_t index, uint64_t pos, GroupCollector& groups) const;

  BinlogRun run_;
  GroupCollector last_groups_;
  SourceFacts facts_;
};

Status BinlogSource::drop_unbegun_tail() {
  while (!run_.files.empty() && !run_.files.back().log.begun()) {
    const LogFile& log = run_.files.back().log;
    facts_.tail = Damage{Damage::Kind::torn, log.path(), log.size(),
                         "the file ends before its format description does"};
    facts_.tail_bytes += log.size();
    run_.files.pop_back();
  }
  if (run_.files.empty()) return fail(Errc::not_found, facts_.tail->text() + ", and there is no other log");
  return {};
}

void BinlogSource::read_last_file() {
  const LogFile& log = run_.files.back().log;
  EventReader reader = log.events(Verify::checksums);
  std::optional<Damage> damage;
  while (!damage && reader.next()) {
    const Event& event = reader.event();
    auto place = last_groups_.on(event);
    if (!place) {
      auto kind = place.error().code == Errc::unsupported ? Damage::Kind::unknown : Damage::Kind::content;
      damage = Damage{kind, log.path(), event.offset, place.error().what};
      break;
    }
    run_.readable_end = event.end();
    run_.implied_next.clear();
    if (last_groups_.open()) continue;
    run_.served_pos = event.end();
    if (event.type() != EventType::rotate) continue;
    if (auto rotate = Rotate::read(event.body)) run_.implied_next = std::string(rotate->file);
  }
  if (!damage) damage = reader.damage();
  if (!damage && last_groups_.open())
    damage = Damage{Damage::Kind::torn, log.path(), run_.served_pos,
                    "the transaction that starts here has no end"};
  if (!damage) return;
  facts_.tail = damage;
  facts_.tail_bytes += log.size() - run_.served_pos;
}

void BinlogSource::collect_facts() {
  const SourceFile& first = run_.files.front();
  const SourceFile& last = run_.files.back();
  facts_.version = last.log.format().version;
  facts_.server_id = last.log.format_event().header.server_id;
  for (size_t i = 0; i < run_.files.size(); ++i) {
    const LogFile& log = run_.files[i].log;
    Checksum checksum = log.begun() ? log.format().checksum : Checksum::none;
    facts_.files.push_back({std::string(log.name()), kMagicSize, run_.limit(i), checksum});
  }
  facts_.served_end = {facts_.files.back().name, run_.served_pos};
  if (!run_.implied_next.empty()) {
    facts_.files.push_back({run_.implied_next, kMagicSize, kMagicSize, facts_.files.back().checksum});
    facts_.served_end = {run_.implied_next, kMagicSize};
  }
  facts_.executed = last_groups_.mysql();
  if (last.previous) facts_.executed.add(*last.previous);
  if (first.previous) facts_.purged = *first.previous;
  if (last.state) facts_.binlog_state = *last.state;
  for (const auto& [domain, gtid] : last_groups_.mariadb().domains()) facts_.binlog_state.set(gtid);
  facts_.first_state = first.state;
}

Result<std::unique_ptr<LogSource>> BinlogSource::make(std::vector<SourceFile> files) {
  auto source = std::make_unique<BinlogSource>();
  source->run_.files = std::move(files);
  if (Status dropped = source->drop_unbegun_tail(); !dropped) return fail(dropped.error());
  source->read_last_file();
  source->collect_facts();
  return source;
}

Result<size_t> BinlogSource::find(const std::string& name) const {
  if (name.empty()) return size_t{0};
  for (size_t i = 0; i < facts_.files.size(); ++i)
    if (facts_.files[i].name == name) return i;
  return fail(Errc::not_found, name + " is not among the binary logs " + facts_.files.front().name + " to " +
                                   facts_.files.back().name);
}

Status BinlogSource::walk_to(size_t index, uint64_t pos, GroupCollector& groups) const {
  const LogFile& log = run_.files[index].log;
  if (pos == kMagicSize) return {};
  uint64_t end = index + 1 < run_.files.size() ? log.size() : run_.readable_end;
  if (pos > end)
    return fail(Errc::conflict, "position " + std::to_string(pos) + " is beyond the end of " +
                                    std::string(log.name()) + " at " + std::to_string(end));
  if (!log.begun()) return fail(Errc::corrupt, log.path() + " ends before its format description does");
  EventReader reader = log.events(Verify::lengths_only);
  while (reader.offset() < pos && reader.next()) {
    if (auto place = groups.on(reader.event()); !place)
      return fail(place.error().during(log.path() + " at offset " + std::to_string(reader.event().offset)));
  }
  if (reader.damage()) return fail(reader.damage()->error());
  if (reader.offset() != pos)
    return fail(Errc::invalid, "position " + std::to_string(pos) + " of " + std::string(log.name()) +
                                   " is inside the event that starts at " +
                                   std::to_string(reader.event().offset));
  return {};
}

Result<std::unique_ptr<LogCursor>> BinlogSource::open(const gtid::LogCoordinates& from) const {
  auto index = find(from.file);
  if (!index) return fail(index.error());
  if (from.pos < kMagicSize)
    return fail(Errc::invalid,
                "position " + std::to_string(from.pos) + " is inside the magic bytes of the file");
  GroupCollector groups;
  if (*index == run_.files.size()) {
    if (from.pos != kMagicSize)
      return fail(Errc::conflict,
                  "position " + std::to_string(from.pos) + " is beyond the end of " + run_.implied_next);
  } else if (Status walked = walk_to(*index, from.pos, groups); !walked) {
    return fail(walked.error());
  }
  return std::make_unique<BinlogCursor>(run_, *index, from.pos, std::move(groups));
}

Result<gtid::LogCoordinates> BinlogSource::find_start(const gtid::GtidSet& have) const {
  for (size_t i = run_.files.size(); i-- > 0;)
    if (run_.files[i].previous && have.contains(*run_.files[i].previous))
      return gtid::LogCoordinates{facts_.files[i].name, kMagicSize};
  const auto& first = run_.files.front();
  if (!first.previous)
    return fail(Errc::refused,
                std::string(first.log.name()) + " has no PREVIOUS_GTIDS: it was written without GTIDs");
  return fail(Errc::refused, "the replica lacks " + first.previous->minus(have).text() + ", purged before " +
                                 std::string(first.log.name()));
}

Result<gtid::LogCoordinates> BinlogSource::find_start(const gtid::MariadbGtidPos& have) const {
  for (const auto& [domain, gtid] : have.domains()) {
    auto ours = facts_.binlog_state.seq_of(domain);
    if (gtid.server == facts_.server_id && ours && gtid.seq > *ours)
      return fail(Errc::conflict, "the replica has " + gtid.text() + ", these logs end at sequence " +
                                      std::to_string(*ours) + " of that domain");
  }
  for (size_t i = run_.files.size(); i-- > 0;)
    if (run_.files[i].state && have.covers(*run_.files[i].state))
      return gtid::LogCoordinates{facts_.files[i].name, kMagicSize};
  const auto& first = run_.files.front();
  if (!first.state) return fail(Errc::refused, std::string(first.log.name()) + " has no Gtid_list");
  return fail(Errc::refused, "the replica is at \"" + have.text() + "\", the logs begin after \"" +
                                 first.state->text() + "\" with " + std::string(first.log.name()));
}

std::optional<gtid::MariadbGtidPos> BinlogSource::gtid_pos_at(const gtid::LogCoordinates& at) const {
  auto index = find(at.file);
  if (!index || at.pos < kMagicSize) return std::nullopt;
  if (*index == run_.files.size()) return facts_.binlog_state;
  if (!run_.files[*index].state) return std::nullopt;
  GroupCollector groups;
  if (!walk_to(*index, at.pos, groups)) return std::nullopt;
  return state_behind(*run_.files[*index].state, groups);
}

}  // namespace

Result<std::unique_ptr<LogSource>> open_binlog_source(sys::Files& files, const SeriesRequest& request) {
  auto series = find_log_series(files, request);
  if (!series) return fail(series.error());
  std::vector<SourceFile> opened;
  for (const std::string& name : series->files) {
    auto log = LogFile::open(series->path(name));
    if (!log) return fail(log.error());
    opened.push_back({std::move(*log), {}, {}});
    if (Status head = read_head(opened.back()); !head) return fail(head.error());
  }
  return BinlogSource::make(std::move(opened));
}

}  // namespace tanist::binlog

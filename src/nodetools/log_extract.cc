#include "nodetools/log_extract.h"

#include <algorithm>

#include "binlog/event_build.h"
#include "binlog/group_tracker.h"

namespace tanist::nodetools {

namespace {

using namespace binlog;

bool in_head(EventType type) {
  return type == EventType::format_description || type == EventType::rotate ||
         type == EventType::previous_gtids;
}

class Extractor {
 public:
  Result<LogExtract> run(const std::vector<LogFile>& logs, int64_t start_pos, Tail tail);

 private:
  struct Head {
    uint64_t end = kMagicSize;
    Checksum checksum = Checksum::none;
    FormatDescription format;
    std::vector<Bytes> rotates;
    Bytes last_format;
    bool source_format = false;
  };
  static Head read_head(const LogFile& log);
  Result<uint64_t> first_wanted(const LogFile& log, const Head& head, int64_t start_pos);
  void take_head(const LogFile& log, const Head& head, bool first);
  void take_events(const LogFile& log, const Head& head, uint64_t from, bool last);
  void take(const LogFile& log, uint64_t from, uint64_t to);
  void take_last(const LogFile& log, uint64_t from, uint64_t to, std::optional<uint64_t> whole_to);
  void cut_to_whole();
  void end_torn(const LogFile& log, const Damage& damage);

  LogExtract out_;
  std::optional<FormatDescription> format_;  // in force at the end of the output
  bool has_source_format_ = false;  // one that is not a receiver's own: rows cannot be printed without
  GroupTracker groups_;
  // How much of the output ends with a complete transaction.
  struct Whole {
    size_t pieces = 0, last_piece = 0, parts = 0;
    uint64_t last_part_to = 0;
    bool has_events = false;
  } whole_;
};

Extractor::Head Extractor::read_head(const LogFile& log) {
  Head head;
  EventReader reader = log.events(Verify::checksums);
  while (reader.next() && in_head(reader.event().type())) {
    const Event& event = reader.event();
    head.end = event.end();
    head.checksum = reader.checksum();
    if (event.type() == EventType::rotate) head.rotates.push_back(event.bytes);
    if (event.type() != EventType::format_description) continue;
    head.last_format = event.bytes;
    head.source_format = !event.header.has(kFlagRelayLog);
    head.format = FormatDescription::read(event.bytes).value();  // the reader has checked it
  }
  return head;
}

Result<uint64_t> Extractor::first_wanted(const LogFile& log, const Head& head, int64_t start_pos) {
  uint64_t wanted = start_pos < 0 ? 0 : static_cast<uint64_t>(start_pos);
  if (wanted <= head.end) return head.end;
  if (wanted > log.size()) return wanted;
  EventReader reader(log.bytes(), log.path(), head.end, wanted, head.checksum, Verify::lengths_only);
  while (reader.next()) {
  }
  if (reader.offset() == wanted) return wanted;
  return fail(Errc::invalid, "position " + std::to_string(wanted) + " of " + log.path() +
                                 " is not the boundary of an event (one starts at " +
                                 std::to_string(reader.offset()) + ")");
}

void Extractor::take_head(const LogFile& log, const Head& head, bool first) {
  if (first) {
    out_.pieces.push_back(log.bytes().first(head.end));
  } else {
    out_.pieces.insert(out_.pieces.end(), head.rotates.begin(), head.rotates.end());
    bool differs = !same_format(*format_, head.format);
    if (differs || (head.source_format && !has_source_format_)) {
      auto format = rewrite_format_description(head.last_format, Start::mid_file);
      TANIST_CHECK(format.has_value());
      out_.made.push_back(std::move(*format));
      out_.pieces.push_back(as_bytes(out_.made.back()));
      if (differs)
        out_.notes.push_back(std::string(log.name()) + " has another format (" + head.format.version.text +
                             "), its description is included");
    }
  }
  format_ = head.format;
  has_source_format_ = has_source_format_ || head.source_format;
}

void Extractor::take(const LogFile& log, uint64_t from, uint64_t to) {
  if (from == to) return;
  out_.pieces.push_back(log.bytes().subspan(from, to - from));
  out_.has_events = true;
  if (out_.parts.empty() || out_.parts.back().log != &log) out_.parts.push_back({&log, from, to});
  out_.parts.back().to = to;
}

// The last part of a file, in which the transactions are complete up to `whole_to`.
void Extractor::take_last(const LogFile& log, uint64_t from, uint64_t to, std::optional<uint64_t> whole_to) {
  auto state = [this] {
    uint64_t part_to = out_.parts.empty() ? 0 : out_.parts.back().to;
    return Whole{out_.pieces.size(), 0, out_.parts.size(), part_to, out_.has_events};
  };
  Whole before = state();
  take(log, from, to);
  if (!whole_to) return;
  if (*whole_to <= from) {
    whole_ = before;
    return;
  }
  whole_ = state();
  whole_.last_piece = *whole_to - from;
  whole_.last_part_to = *whole_to;
}

void Extractor::cut_to_whole() {
  uint64_t before = 0, after = 0;
  for (Bytes piece : out_.pieces) before += piece.size();
  out_.pieces.resize(whole_.pieces);
  out_.parts.resize(whole_.parts);
  if (whole_.last_piece > 0) out_.pieces.back() = out_.pieces.back().first(whole_.last_piece);
  if (!out_.parts.empty()) out_.parts.back().to = whole_.last_part_to;
  out_.has_events = whole_.has_events;
  out_.cut = true;
  for (Bytes piece : out_.pieces) after += piece.size();
  out_.notes.push_back("the last transaction has no end in these logs: its " +
                       std::to_string(before - after) + " bytes are left out");
}

void Extractor::end_torn(const LogFile& log, const Damage& damage) {
  out_.notes.push_back(damage.text() + "; these " + std::to_string(log.size() - damage.offset) +
                       " bytes at the end are left out");
}

void Extractor::take_events(const LogFile& log, const Head& head, uint64_t from, bool last) {
  EventReader reader(log.bytes(), log.path(), from, log.size(), head.checksum, Verify::checksums);
  std::optional<uint64_t> whole_to;
  if (!groups_.open()) whole_to = from;
  while (reader.next()) {
    const Event& event = reader.event();
    if (event.type() == EventType::format_description) format_ = FormatDescription::read(event.bytes).value();
    if (auto place = groups_.on(event); !place) groups_.reset();  // only told at the end; copied it is anyway
    if (!groups_.open()) whole_to = event.end();
    // MariaDB's mysqlbinlog takes the first Gtid_list it meets for the state before everything, and gives up
    // when events before it say otherwise. So none may stand behind an event.
    bool behind_events = out_.has_events || event.offset > from;
    if (event.type() != EventType::mariadb_gtid_list || !behind_events) continue;
    take(log, from, event.offset);
    from = event.end();
  }
  take_last(log, from, reader.offset(), whole_to);
  if (!reader.damage()) return;
  if (last && reader.damage()->kind == Damage::Kind::torn) {
    end_torn(log, *reader.damage());
  } else {
    out_.damage = reader.damage();
  }
}

Result<LogExtract> Extractor::run(const std::vector<LogFile>& logs, int64_t start_pos, Tail tail) {
  for (size_t i = 0; i < logs.size() && !out_.damage; ++i) {
    const LogFile& log = logs[i];
    bool first = i == 0, last = i + 1 == logs.size();
    if (!log.begun()) {
      Damage damage{Damage::Kind::torn, log.path(), 0, "the file ends before its format description does"};
      if (first && log.size() < kMagicSize) return fail(damage.error());
      if (first) out_.pieces.push_back(log.bytes().first(kMagicSize));
      if (last) {
        end_torn(log, damage);
      } else {
        out_.damage = damage;
      }
      continue;
    }
    Head head = read_head(log);
    uint64_t from = head.end;
    if (first) {
      auto wanted = first_wanted(log, head, start_pos);
      if (!wanted) return fail(wanted.error());
      from = *wanted;
    }
    if (from > log.size()) {
      std::string beyond = "position " + std::to_string(from) + " is beyond the end of " + log.path() +
                           " at " + std::to_string(log.size());
      if (!last) return fail(Errc::invalid, beyond + ", although later logs exist");
      out_.notes.push_back(beyond + ": who read up to there has MORE than this log; nothing can be saved");
      from = log.size();
    }
    take_head(log, head, first);
    take_events(log, head, from, last);
  }
  if (groups_.open() && tail == Tail::whole_transactions) {
    cut_to_whole();
  } else if (groups_.open()) {
    out_.notes.push_back("the last transaction is incomplete: mysqlbinlog will roll it back");
  }
  return std::move(out_);
}

}  // namespace

bool same_format(const FormatDescription& a, const FormatDescription& b) {
  return a.version.text == b.version.text && a.checksum == b.checksum &&
         std::ranges::equal(a.post_header_lengths, b.post_header_lengths);
}

Result<LogExtract> extract_logs(const std::vector<LogFile>& logs, int64_t start_pos, Tail tail) {
  return Extractor().run(logs, start_pos, tail);
}

}  // namespace tanist::nodetools

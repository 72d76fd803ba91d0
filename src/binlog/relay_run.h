// The part of a replica's relay logs that can be served: a run of the primary's events, without a hole that
// could hide a transaction, up to the end of the last complete group.
//
// Most holes are harmless: PREVIOUS_GTIDS behind the head of a file, and MariaDB's row annotations, are not
// stored in relay logs. Every other hole ends the run towards the older side.
#pragma once

#include <map>
#include <set>

#include "binlog/group_collector.h"
#include "binlog/relay_map.h"
#include "gtid/coordinates.h"

namespace tanist::binlog {

// Walks the mapped events of one primary's file.
class SpanReader {
 public:
  SpanReader(const RelayMap& map, const MappedLog& log) : map_(&map), log_(&log) {}

  bool next();
  const Event& event() const { return reader_->event(); }
  uint64_t start() const { return start_; }
  uint64_t end() const { return end_; }
  const std::string& relay_path() const { return map_->relay_logs()[log_->spans[span_ - 1].relay].path(); }

 private:
  const RelayMap* map_;
  const MappedLog* log_;
  size_t span_ = 0;  // the next one to open
  std::optional<EventReader> reader_;
  uint64_t start_ = 0, end_ = 0;
};

struct RunLog {
  const MappedLog* log = nullptr;
  uint64_t first_pos = kMagicSize;
  // Complete groups of this file, in the run.
  gtid::GtidSet mysql;
  gtid::MariadbGtidPos mariadb_last;
  std::map<uint32_t, uint64_t> mariadb_first;  // by domain, the sequence number of the first
  // MariaDB: the state at first_pos; exact if the primary's own Gtid_list says it, else what a replica
  // claimed.
  std::optional<gtid::MariadbGtidPos> state;
  bool state_exact = false;
};

class RelayRun {
 public:
  static Result<RelayRun> find(const RelayMap& map);

  const std::vector<RunLog>& logs() const { return logs_; }
  const gtid::LogCoordinates& served_end() const { return served_end_; }
  // Goes on behind the last whole transaction, unless there is an event that nobody may skip.
  void serve_to_last_event() {
    if (!logs_.empty() && !trouble_) served_end_ = {logs_.back().log->name, logs_.back().log->end_pos};
  }
  const std::optional<Damage>& trouble() const { return trouble_; }
  // Why there is nothing before the run: empty if the relay logs simply begin there.
  const std::string& start_reason() const { return start_reason_; }

 private:
  Status read(const RelayMap& map, const MappedLog& log);
  Status enter(const RelayMap& map, const MappedLog& log);
  void cross(const RelayMap& map, const MappedLog& log, const RelayHole& hole, const Event* next);
  bool harmless(const RelayHole& hole, const MappedLog& log, const Event* next) const;
  // Whether the run may begin at the reader's event: it is not known whether a transaction is open there.
  Result<bool> may_begin_at(const SpanReader& reader) const;
  Status note_group(const Event& event, Place place);
  void restart(const MappedLog& log, uint64_t pos, std::string why);
  void note_state(const RelayMap& map, const MappedLog& log);

  std::vector<RunLog> logs_;
  gtid::LogCoordinates served_end_;
  std::optional<Damage> trouble_;
  std::string start_reason_;
  GroupCollector groups_;
  gtid::GtidSet seen_;  // before the run too
  bool mariadb_ = false;
  bool gtid_events_ = false;  // every transaction begins with a GTID event, be it an anonymous one
  bool unsure_ = false;       // the run has no event yet, and where it begins a transaction may be open
};

}  // namespace tanist::binlog

// Finds out where the events of a replica's relay logs belong in the logs of its primary. A relay log is what
// came over the wire, between notes the receiver made about itself: reconnects repeat what was there, jumps
// pass over what was not sent, and a relay file may begin or end anywhere. The rules, each with its test:
//
//   own events       flag 0x40, every STOP, and the first event of each relay file: not the primary's,
//   dropped position         start = log_pos - length; log_pos has 32 bits, so it counts from where the
//   stream stands fake ROTATE      (log_pos 0 or flag 0x20): the stream goes on in that file at that
//   position, both from the body jump             a ROTATE the receiver wrote itself (server id 0, or naming
//   the file it stands in): the position
//                    moves to its body's; its log_pos is the relay log's own and means nothing
//   real ROTATE      an event of the file it ends; then the file it names
//   format           never an event of its own; of the file's head if the stream stands there; sets the
//   checksums Gtid_list, fake  (flag 0x20) marks a jump of a MariaDB GTID start, to its log_pos, and the
//   state there seen before      events that end where the file is already known: a reconnect that repeats,
//   dropped hole             an event that starts behind the known end: something between was not sent, or is
//   lost
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "binlog/event_bodies.h"
#include "binlog/log_file.h"
#include "gtid/mysql_gtid_set.h"

namespace tanist::binlog {

// Events that follow one another without a gap both in a relay log and in the primary's log.
struct RelaySpan {
  size_t relay = 0;  // index of the relay log
  uint64_t from = 0, to = 0;
  uint64_t start = 0, end = 0;  // in the primary's file
  Checksum checksum = Checksum::none;
};

struct RelayHole {
  uint64_t start = 0, end = 0;
  bool after_damage = false;
};

// One log file of the primary, as far as the relay logs hold it.
struct MappedLog {
  std::string name;
  uint64_t first_pos = kMagicSize;
  uint64_t end_pos = kMagicSize;  // how far it is known
  bool with_head = false;         // known from its format description on
  uint64_t head_end = kMagicSize;
  // A copy of its format description; of the file before if none came for this one, empty if there is none at
  // all.
  Bytes format;
  bool format_borrowed = true;
  std::vector<RelaySpan> spans;
  std::vector<RelayHole> holes;
  // Entered while nothing proved that the file before it was complete.
  bool detached = false;
};

class RelayMap {
 public:
  // Reads the relay logs in their order. Damage in one ends that one; holes show what it cost.
  static Result<RelayMap> read(std::vector<LogFile> relay_logs);

  const std::vector<LogFile>& relay_logs() const { return relay_logs_; }
  const std::deque<MappedLog>& logs() const { return logs_; }  // in the order of their numbers
  const std::optional<Damage>& damage() const { return damage_; }
  bool damage_in_last() const { return damage_in_last_; }
  uint32_t primary_id() const { return primary_id_; }
  // What the receiver says it had retrieved before its newest relay log (MySQL).
  const gtid::GtidSet& retrieved() const { return retrieved_; }
  // MariaDB: states that fake Gtid_lists gave, by file and position.
  struct KnownState {
    std::string file;
    uint64_t pos;
    gtid::MariadbGtidPos state;
  };
  const std::vector<KnownState>& states() const { return states_; }

 private:
  Status read_one(size_t relay);
  Status on_event(size_t relay, const Event& event, Checksum checksum);
  Status on_rotate(size_t relay, const Event& event, Checksum checksum);
  void on_format(const Event& event);
  void add(size_t relay, const Event& event, Checksum checksum);
  void enter(std::string_view name, uint64_t pos);
  void jump(uint64_t pos);
  void finish();
  // log_pos has 32 bits only: the position nearest to where the stream stands.
  uint64_t widen(uint32_t low) const;

  std::vector<LogFile> relay_logs_;
  std::deque<MappedLog> logs_;
  MappedLog* current_ = nullptr;
  uint64_t stands_at_ = kMagicSize;  // in the current file
  bool after_damage_ = false;
  bool damage_in_last_ = false;
  Bytes last_format_;
  std::optional<Damage> damage_;
  uint32_t primary_id_ = 0;
  gtid::GtidSet retrieved_;
  std::vector<KnownState> states_;
};

}  // namespace tanist::binlog

// Finds out where the events of a replica's relay logs belong in the logs of its primary. A relay log is what
// came over the wire, between notes that the receiver made for itself: reconnects repeat what was there, jumps
// pass over what was not sent, and a relay file may begin or end anywhere. The rules, each with its test:
//
//   own events      flag 0x40, every STOP, and the first event of each relay file: dropped
//   position        end = log_pos, whose 32 bits count from where the stream stands; start = end - length
//   MariaDB         compressed events are stored unpacked and row annotations left out, so sizes say nothing:
//                   an event starts where the one before it ended
//   fake ROTATE     log_pos 0 or flag 0x20: the stream goes on in the file and at the position of its body
//   jump            a ROTATE that the receiver wrote, with server id 0 or the name of the file it stands in:
//                   moves the position to its body's; its log_pos is the relay log's and means nothing
//   real ROTATE     an event of the file it ends; then the file it names
//   format          never an event; the head of the file if the stream stands there; sets the checksums
//   fake Gtid_list  flag 0x20: a jump of a MariaDB GTID start to its log_pos, and the state there
//   no name yet     relay logs may begin behind the ROTATE that named the file, when older ones are purged:
//                   the next ROTATE tells, or the replica's own read position
//   seen before     ends where the file is already known: repeated by a reconnect, dropped
//   hole            starts behind the known end: something between was not sent, or is lost
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "binlog/event_bodies.h"
#include "binlog/log_file.h"
#include "gtid/coordinates.h"
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
  // `received`: the replica's own word of how far it has read (Master_Log_File, Read_Master_Log_Pos); may be
  // empty.
  static Result<RelayMap> read(std::vector<LogFile> relay_logs, const gtid::LogCoordinates& received);

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

  // The position with these low 32 bits that is nearest to another.
  static uint64_t widen(uint32_t low, uint64_t near);

 private:
  Status read_one(size_t relay);
  Status on_event(size_t relay, const Event& event, Checksum checksum);
  Status on_rotate(size_t relay, const Event& event, Checksum checksum);
  void on_format(const Event& event);
  void add(size_t relay, const Event& event, Checksum checksum);
  void enter(std::string_view name, uint64_t pos);
  void name_first(const Rotate& rotate, bool fake);
  void leave();
  void finish(const gtid::LogCoordinates& received);

  std::vector<LogFile> relay_logs_;
  std::deque<MappedLog> logs_;
  MappedLog* current_ = nullptr;
  uint64_t stands_at_ = kMagicSize;  // in the current file
  bool after_damage_ = false;
  bool damage_in_last_ = false;
  Bytes last_format_;
  bool mariadb_ = false;
  std::optional<Damage> damage_;
  uint32_t primary_id_ = 0;
  gtid::GtidSet retrieved_;
  std::vector<KnownState> states_;
};

}  // namespace tanist::binlog

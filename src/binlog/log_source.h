// What a stand-in source serves from: the binary logs of a dead primary, or the relay logs of one replica, seen
// as one run of events in the PRIMARY's coordinates and ending after the last complete group. All files are
// opened when the source is made, so a later purge cannot take them away; what is appended later is not seen.
//
//   auto source = open_binlog_source(files, series);
//   auto cursor = (*source)->open({"bin.000003", 4711});
//   for (;;) {
//     auto item = (*cursor)->next();
//     if (!item) damage lies in the way: item.error() names file and offset
//     if (!*item) the served end: heartbeats with (*cursor)->position()
//     if ((*item)->kind == Served::file) send build_fake_rotate((*item)->at), then (*item)->bytes
//     else send (*item)->bytes
//   }
//
// Cursors must not outlive their source. Single-threaded; blocks only on the disk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/server_version.h"
#include "binlog/damage.h"
#include "binlog/event.h"
#include "binlog/event_bodies.h"
#include "binlog/group_tracker.h"
#include "gtid/coordinates.h"
#include "gtid/mariadb_gtid.h"
#include "gtid/mysql_gtid_set.h"

namespace tanist::binlog {

struct ServedFile {
  std::string name;  // the primary's name for it
  uint64_t first_pos = 4;  // the earliest that can be served; relay logs may begin in the middle of a file
  uint64_t end_pos = 4;  // for the last file: the served end
  Checksum checksum = Checksum::none;
};

struct SourceFacts {
  ServerVersion version;   // of the primary, from its format description
  uint32_t server_id = 0;  // of the primary
  std::vector<ServedFile> files;
  gtid::LogCoordinates served_end;  // end of the last complete group

  // What lies behind served_end: a torn event, a group without its end, or a real fault. Empty: nothing is
  // cut off.
  std::optional<Damage> tail;
  uint64_t tail_bytes = 0;

  // MySQL. `executed` is all the primary had logged up to served_end as far as known from here; `purged` is
  // the part of it whose events are no longer available.
  gtid::GtidSet executed;
  gtid::GtidSet purged;
  // MariaDB. The state at served_end, and before the first available event (none: not known, relay logs
  // only).
  gtid::MariadbGtidPos binlog_state;
  std::optional<gtid::MariadbGtidPos> first_state;
};

struct Served {
  enum Kind : uint8_t {
    file,   // from here on events are of `at.file`, starting at `at.pos`; bytes: its FDE, ready to be sent
    event,  // bytes: the event as in the log
  };
  using enum Place;  // Served::opens, ...

  Kind kind = event;
  Place place = Place::between;  // a GTID start skips whole groups, so it needs to know where they begin
  EventType type{};
  Bytes bytes;              // valid until the next call of next()
  gtid::LogCoordinates at;  // kind file only
  uint64_t start = 0;       // of the event, in the primary's file
  uint64_t end = 0;
  GroupGtid gtid;  // of an event that opens a group, where it has one
};

class LogCursor {
 public:
  virtual ~LogCursor() = default;
  // The next thing to send; nothing at the served end; Errc::corrupt with file and offset where damage lies
  // in the way.
  virtual Result<std::optional<Served>> next() = 0;
  // Where the receiver stands when it has taken all that next() gave: what heartbeats must say.
  virtual const gtid::LogCoordinates& position() const = 0;
};

class LogSource {
 public:
  virtual ~LogSource() = default;
  virtual const SourceFacts& facts() const = 0;

  // An empty file name means the first available file. The first item of the cursor is always of kind file.
  //   Errc::not_found  unknown file
  //   Errc::conflict   beyond the end: the replica has more than this source
  //   Errc::invalid    not the boundary of an event
  //   Errc::refused    known, but not from this position on, or what follows has holes (relay logs)
  //   Errc::corrupt    damage before the position
  virtual Result<std::unique_ptr<LogCursor>> open(const gtid::LogCoordinates& from) const = 0;

  // The file position from which a replica that has `have` can be served all it lacks, when groups it has are
  // skipped. Errc::refused if something it lacks is not available, naming the GTIDs.
  virtual Result<gtid::LogCoordinates> find_start(const gtid::GtidSet& have) const = 0;
  virtual Result<gtid::LogCoordinates> find_start(const gtid::MariadbGtidPos& have) const = 0;

  // MariaDB: the GTID state at a position (Gtid_list of the file and every group that ends there or before),
  // for binlog_gtid_pos(). Not known: nothing, and then the answer must be NULL.
  virtual std::optional<gtid::MariadbGtidPos> gtid_pos_at(const gtid::LogCoordinates& at) const = 0;
};

}  // namespace tanist::binlog

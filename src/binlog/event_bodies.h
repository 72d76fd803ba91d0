// The bodies of those events that decide about positions, transactions and GTIDs. Row images and the like
// stay opaque.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/server_version.h"
#include "binlog/event.h"
#include "gtid/coordinates.h"
#include "gtid/mariadb_gtid.h"
#include "gtid/mysql_gtid_set.h"

namespace tanist::binlog {

struct FormatDescription {
  ServerVersion version;
  uint32_t created = 0;       // not 0 only in the first log after a server start
  bool has_checksum = false;  // the event itself ends in a checksum, whatever the algorithm for the others
  Checksum checksum = Checksum::none;
  Bytes post_header_lengths;

  // From the whole event, since the place of its checksum is what it tells.
  static Result<FormatDescription> read(Bytes event);
};

struct Rotate {
  uint64_t pos = 0;
  std::string_view file;
  static Result<Rotate> read(Bytes body);
};

struct Query {
  std::string_view database;
  std::string_view sql;  // of a compressed query: still compressed
  static Result<Query> read(Bytes body);
};
// The statement of a MariaDB QUERY_COMPRESSED; empty if it is longer than `at_most`, because who looks for
// COMMIT need not unpack a megabyte.
Result<std::string> compressed_sql(Bytes body, size_t at_most);

enum MariadbGtidFlag : uint8_t {
  kStandalone = 0x01,  // one statement without a COMMIT follows
  kGroupCommit = 0x02,
  kTransactional = 0x04,
  kDdl = 0x20,
  kPreparedXa = 0x40,
  kCompletedXa = 0x80,
};

struct MariadbGtidBody {
  gtid::MariadbGtid gtid;
  uint8_t flags2 = 0;
  static Result<MariadbGtidBody> read(const EventHeader& header, Bytes body);
};

// GTID, ANONYMOUS_GTID and GTID_TAGGED.
struct MysqlGtidBody {
  std::optional<gtid::Gtid> gtid;  // none: anonymous
  uint64_t sequence_number = 0;    // 1 for the first transaction of a log file; 0 where not written (5.6)
  static Result<MysqlGtidBody> read(EventType type, Bytes body);
};

Result<gtid::GtidSet> read_previous_gtids(Bytes body);
// All GTIDs of a Gtid_list: the last of every (domain, server); within a domain the most recent one comes
// last.
Result<std::vector<gtid::MariadbGtid>> read_gtid_list(Bytes body);
gtid::MariadbGtidPos gtid_list_pos(const std::vector<gtid::MariadbGtid>& list);

// The GTID with which an event opens a group; nothing for other events, for anonymous ones and where GTIDs
// are off.
using GroupGtid = std::variant<std::monostate, gtid::Gtid, gtid::MariadbGtid>;
Result<GroupGtid> group_gtid(const Event& event);

}  // namespace tanist::binlog

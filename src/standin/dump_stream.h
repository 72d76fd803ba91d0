// What a replica gets after its dump command: for every file a fake ROTATE and the format description, then
// the events as they are in the log, at the end heartbeats. Everything is pulled from a LogSource and
// appended to an output buffer.
//
// Checksums go by file, as primaries do it: events are sent as they lie in their file, whose format
// description tells the receiver; a fake ROTATE still follows what was in force before that. Sizes never
// change, because receivers count bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/ids.h"
#include "binlog/event_build.h"
#include "binlog/log_source.h"
#include "standin/mariadb_skip.h"
#include "standin/replies.h"
#include "standin/requests.h"

namespace tanist::standin {

// What this replica said about itself before it asked.
struct ReplicaWishes {
  bool mariadb = false;         // it is a MariaDB server
  bool checksum_aware = false;  // it has set @master_binlog_checksum
  binlog::Checksum checksum =
      binlog::Checksum::none;    // what it was told: holds until the first format description
  Duration heartbeat_period{0};  // 0: none wanted
  std::optional<gtid::MariadbGtidPos>
      connect_state;  // MariaDB GTID start: the request's coordinates do not count
};

class DumpStream {
 public:
  enum class State {
    more,     // call fill() again when the output has gone out
    at_end,   // everything is sent; heartbeats from now on
    refused,  // the log is damaged further on: see refusal()
  };
  using Opened = tl::expected<std::unique_ptr<DumpStream>, Refusal>;

  // A refusal is always error 1236 with a text for Last_IO_Error.
  static Opened open(const binlog::LogSource& source, std::string_view source_uuid,
                     const DumpRequest& request, const ReplicaWishes& wishes);

  // Appends whole events until the output is `enough` bytes long or there is nothing more to send.
  State fill(PacketWriter& packets, const std::string& output, size_t enough);
  void heartbeat(PacketWriter& packets);

  const Refusal& refusal() const { return refusal_; }
  const gtid::LogCoordinates& start() const { return start_; }
  const gtid::LogCoordinates& position() const { return cursor_->position(); }
  uint64_t events() const { return events_; }
  uint64_t bytes() const { return bytes_; }

 private:
  using Have = std::variant<std::monostate, gtid::GtidSet, MariadbSkip>;

  DumpStream(const binlog::LogSource& source, const DumpRequest& request, const ReplicaWishes& wishes);
  void begin_file(PacketWriter& packets, const binlog::Served& file);
  // Whether the event is left out: the replica has its group, or has not asked for its kind.
  Result<bool> passes_over(const binlog::Served& item);
  void close_gap(PacketWriter& packets, const binlog::Served& next);
  Status send_in_its_place(PacketWriter& packets, const binlog::Served& item);
  void heartbeat_at(PacketWriter& packets, const gtid::LogCoordinates& at);
  void send(PacketWriter& packets, Bytes event);

  uint32_t server_id_;
  ReplicaWishes wishes_;
  bool heartbeat2_;
  bool annotate_;
  std::unique_ptr<binlog::LogCursor> cursor_;
  gtid::LogCoordinates start_;
  Have have_;
  bool skipping_group_ = false;
  bool gap_ = false;               // something was skipped since the last event that was sent
  bool gtid_list_due_ = false;     // MariaDB: the fake Gtid_list goes before the first group
  gtid::LogCoordinates last_end_;  // before the item in hand
  binlog::Checksum in_force_;
  uint64_t events_ = 0;
  uint64_t bytes_ = 0;
  Refusal refusal_;
};

}  // namespace tanist::standin

#include "standin/dump_stream.h"

#include "binlog/event_pack.h"

namespace tanist::standin {
namespace {

using binlog::Checksum;
using binlog::EventType;
using binlog::Served;

constexpr uint64_t kFourGib = 1ull << 32;

Refusal refused(std::string text) { return Refusal{kFatalReadingBinlog, std::move(text)}; }

std::string range_of(const binlog::SourceFacts& facts) {
  if (facts.files.empty()) return "no file";
  const binlog::ServedFile& first = facts.files.front();
  return first.name + ":" + std::to_string(first.first_pos) + " to " + facts.served_end.text();
}

// The replica's own words for the classic cases, as primaries say them, then what is here.
Refusal position_refusal(const binlog::LogSource& source, const gtid::LogCoordinates& from,
                         const Error& error) {
  const std::string here =
      " (asked for " + from.text() + "; this stand-in has " + range_of(source.facts()) + ")";
  switch (error.code) {
    case Errc::not_found:
      return refused("Could not find first log file name in binary log index file" + here);
    case Errc::conflict:
      return refused("Client requested master to start replication from position > file size" + here);
    default:
      return refused(error.what + here);
  }
}

// COM_BINLOG_DUMP has four bytes for the position. In a longer file the replica may mean one that is 4 GiB or
// more further on; that one would be an event boundary too.
std::optional<Refusal> check_four_bytes(const binlog::LogSource& source, const gtid::LogCoordinates& from) {
  for (const binlog::ServedFile& file : source.facts().files) {
    if (file.name != from.file) continue;
    for (uint64_t pos = from.pos + kFourGib; pos <= file.end_pos; pos += kFourGib) {
      if (source.open({from.file, pos})) {
        return refused("the file " + file.name +
                       " is longer than 4 GiB and the dump command cannot tell position " +
                       std::to_string(from.pos) + " from " + std::to_string(pos) + ": use GTID");
      }
    }
  }
  return std::nullopt;
}

std::optional<Refusal> check_not_ahead(const binlog::SourceFacts& facts, const gtid::GtidSet& have,
                                       std::string_view source_uuid) {
  const gtid::GtidSet more = have.minus(facts.executed);
  for (const auto& [who, numbers] : more.sources()) {
    if (source_uuid.empty() || gtid::uuid_text(who.uuid) != source_uuid) continue;
    gtid::GtidSet own;
    for (const auto& interval : numbers) own.add(who, interval.first, interval.last);
    return refused("Slave has more GTIDs than the master has, using the master's SERVER_UUID: " + own.text());
  }
  return std::nullopt;
}

std::optional<Refusal> check_not_ahead(const binlog::SourceFacts& facts, const gtid::MariadbGtidPos& have) {
  for (const auto& [domain, gtid] : have.domains()) {
    const std::optional<uint64_t> here = facts.binlog_state.seq_of(domain);
    if (here && gtid.seq > *here) {
      return refused("connecting slave requested to start from GTID " + gtid.text() +
                     ", which is not in the master's binlog: it ends with " + facts.binlog_state.text());
    }
  }
  return std::nullopt;
}

}  // namespace

DumpStream::DumpStream(const binlog::LogSource& source, const DumpRequest& request,
                       const ReplicaWishes& wishes)
    : server_id_(source.facts().server_id),
      wishes_(wishes),
      heartbeat2_(!wishes.mariadb && (request.flags & kDumpHeartbeat2)),
      annotate_(request.flags & kDumpAnnotate),
      in_force_(wishes.checksum) {}

DumpStream::Opened DumpStream::open(const binlog::LogSource& source, std::string_view source_uuid,
                                    const DumpRequest& request, const ReplicaWishes& wishes) {
  const binlog::SourceFacts& facts = source.facts();
  if (facts.version.is_mariadb() && !wishes.mariadb) {
    return tl::unexpected(refused("the events of a MariaDB server can only be served to MariaDB replicas"));
  }
  gtid::LogCoordinates from{request.file, request.position};
  Have have;
  std::optional<Refusal> refusal;
  const bool by_mariadb_gtid = facts.version.is_mariadb() && wishes.connect_state;
  if (request.set || by_mariadb_gtid) {
    refusal = request.set ? check_not_ahead(facts, *request.set, source_uuid)
                          : check_not_ahead(facts, *wishes.connect_state);
    if (refusal) return tl::unexpected(*refusal);
    Result<gtid::LogCoordinates> start =
        request.set ? source.find_start(*request.set) : source.find_start(*wishes.connect_state);
    if (!start) return tl::unexpected(refused(start.error().what));
    from = *start;
    if (request.set)
      have = *request.set;
    else
      have = MariadbSkip(*wishes.connect_state, source.gtid_pos_at(from));
  } else if (from.pos < 4) {
    refusal = refused("Client requested master to start replication from position < 4");
  } else {
    refusal = check_four_bytes(source, from);
  }
  if (refusal) return tl::unexpected(*refusal);
  Result<std::unique_ptr<binlog::LogCursor>> cursor = source.open(from);
  if (!cursor) return tl::unexpected(position_refusal(source, from, cursor.error()));
  std::unique_ptr<DumpStream> stream(new DumpStream(source, request, wishes));
  stream->cursor_ = std::move(*cursor);
  stream->start_ = stream->last_end_ = stream->position();
  stream->have_ = std::move(have);
  stream->gtid_list_due_ = by_mariadb_gtid;
  return stream;
}

DumpStream::State DumpStream::fill(PacketWriter& packets, const std::string& output, size_t enough) {
  while (output.size() < enough) {
    last_end_ = position();
    Result<std::optional<Served>> next = cursor_->next();
    Status found;
    if (const auto* skip = std::get_if<MariadbSkip>(&have_); next && !*next && skip)
      found = skip->check_found();
    if (!next || !found) {
      refusal_ = refused(!next ? next.error().what : found.error().what);
      return State::refused;
    }
    if (!*next) return State::at_end;
    const Served& item = **next;
    if (item.kind == Served::file) {
      begin_file(packets, item);
      if (!refusal_.text.empty()) return State::refused;
      continue;
    }
    Result<bool> pass = passes_over(item);
    if (!pass) {
      refusal_ = refused(pass.error().what);
      return State::refused;
    }
    if (*pass) continue;
    close_gap(packets, item);
    if (Status sent = send_in_its_place(packets, item); !sent) {
      refusal_ = refused(sent.error().what);
      return State::refused;
    }
  }
  return State::more;
}

void DumpStream::begin_file(PacketWriter& packets, const Served& file) {
  Result<binlog::FormatDescription> description = binlog::FormatDescription::read(file.bytes);
  if (!description) {
    refusal_ = refused(description.error().during(file.at.file).what);
    return;
  }
  if (description->checksum != Checksum::none && !wishes_.checksum_aware) {
    refusal_ = refused(
        "Slave can not handle replication events with the checksum that master is configured to log; " +
        file.at.file + " has checksums");
    return;
  }
  send(packets, as_bytes(binlog::build_fake_rotate(server_id_, file.at, in_force_)));
  send(packets, file.bytes);
  in_force_ = description->checksum;
  gap_ = false;
}

// MariaDB's receiver stores compressed events unpacked, so from its relay logs they come longer than the
// place they have in the primary's log. Another receiver adds up what it gets: it would stand too far on,
// take the next heartbeat for an error, and ask for a wrong place after a lost connection. So they are packed
// again, to the very size of that place.
Status DumpStream::send_in_its_place(PacketWriter& packets, const Served& item) {
  const uint64_t room = item.end - item.start;
  if (item.bytes.size() <= room) {
    send(packets, item.bytes);
    return {};
  }
  const std::optional<std::string> packed = binlog::pack_mariadb_event(item.bytes, room, in_force_);
  if (!packed) {
    return fail(Errc::corrupt, "the " + binlog::type_name(item.type) + " event at " + position().file + ":" +
                                   std::to_string(item.start) + " does not fit into the " +
                                   std::to_string(room) + " bytes it had in the primary's log");
  }
  send(packets, as_bytes(*packed));
  return {};
}

Result<bool> DumpStream::passes_over(const Served& item) {
  if (skipping_group_) {
    skipping_group_ = item.place != Served::closes;
    return true;
  }
  if (item.type == EventType::mariadb_annotate_rows && !annotate_) return true;
  if (item.place != Served::opens && item.place != Served::whole) return false;
  Result<bool> has_it = false;
  if (const auto* set = std::get_if<gtid::GtidSet>(&have_)) {
    const auto* gtid = std::get_if<gtid::Gtid>(&item.gtid);
    if (!gtid) {
      return fail(Errc::unsupported,
                  "Cannot replicate anonymous transaction when AUTO_POSITION = 1, at file " +
                      position().file + ", position " + std::to_string(item.start));
    }
    has_it = set->contains(*gtid);
  } else if (auto* skip = std::get_if<MariadbSkip>(&have_)) {
    if (const auto* gtid = std::get_if<gtid::MariadbGtid>(&item.gtid)) has_it = skip->skips(*gtid);
  }
  if (has_it && *has_it) {
    skipping_group_ = item.place == Served::opens;
    gap_ = true;
  }
  return has_it;
}

// A receiver that starts by GTID cannot see what was skipped. MySQL's is told by a heartbeat how far the
// source has come; MariaDB's by a fake Gtid_list before the first group that it gets.
void DumpStream::close_gap(PacketWriter& packets, const Served& next) {
  if (gtid_list_due_ && (next.place == Served::opens || next.place == Served::whole)) {
    const gtid::MariadbGtidPos& state = std::get<MariadbSkip>(have_).have();
    send(packets, as_bytes(binlog::build_fake_gtid_list(server_id_, next.start, state, in_force_)));
    gtid_list_due_ = false;
  }
  if (gap_ && !wishes_.mariadb && wishes_.heartbeat_period.count() > 0) heartbeat_at(packets, last_end_);
  gap_ = false;
}

void DumpStream::heartbeat(PacketWriter& packets) { heartbeat_at(packets, position()); }

void DumpStream::heartbeat_at(PacketWriter& packets, const gtid::LogCoordinates& at) {
  if (heartbeat2_) {
    send(packets, as_bytes(binlog::build_heartbeat_v2(server_id_, at, in_force_)));
  } else if (wishes_.mariadb ||
             at.pos < kFourGib) {  // the old form cannot say more, and a wrong position is an error
    send(packets, as_bytes(binlog::build_heartbeat(server_id_, at, in_force_, wishes_.mariadb)));
  }
}

void DumpStream::send(PacketWriter& packets, Bytes event) {
  static constexpr uint8_t kOk = 0;
  packets.packet({Bytes(&kOk, 1), event});
  ++events_;
  bytes_ += event.size();
}

}  // namespace tanist::standin

#include "nodetools/relay_diff.h"

#include "binlog/relay_source.h"
#include "nodetools/log_extract.h"
#include "sys/new_file.h"

namespace tanist::nodetools {

namespace {

using binlog::EventType;
using binlog::Served;

class DiffWriter {
 public:
  explicit DiffWriter(sys::NewFile file) : file_(std::move(file)) {}

  Result<WrittenDiff> run(binlog::LogCursor& cursor, const gtid::LogCoordinates& latest);

 private:
  Status take(const Served& item);
  Status take_format(const Served& item);
  Status put(Bytes bytes) {
    block_ += as_text(bytes);
    return block_.size() < kBlock ? Status{} : flush();
  }
  Status flush() {
    Status written = file_.write(as_bytes(block_));
    block_.clear();
    return written;
  }

  static constexpr size_t kBlock = 1 << 20;
  sys::NewFile file_;
  std::string block_;
  std::string format_bytes_;
  std::optional<binlog::FormatDescription> format_;
  bool has_events_ = false;
};

Status DiffWriter::take_format(const Served& item) {
  auto format = binlog::FormatDescription::read(item.bytes);
  if (!format) return fail(format.error());
  if (format_ && same_format(*format_, *format)) return {};
  format_bytes_ = std::string(as_text(item.bytes));
  format_ = binlog::FormatDescription::read(as_bytes(format_bytes_)).value();  // as above
  return put(item.bytes);
}

Status DiffWriter::take(const Served& item) {
  if (item.kind == Served::file) return take_format(item);
  // mysqlbinlog takes the first Gtid_list for the state before everything (log_extract.cc).
  if (item.type == EventType::mariadb_gtid_list && has_events_) return {};
  has_events_ = true;
  return put(item.bytes);
}

Result<WrittenDiff> DiffWriter::run(binlog::LogCursor& cursor, const gtid::LogCoordinates& latest) {
  constexpr std::string_view kMagic =
      "\xfe"
      "bin";
  if (Status begun = put(as_bytes(kMagic)); !begun) return fail(begun.error());
  gtid::LogCoordinates reached = cursor.position();
  for (;;) {
    auto item = cursor.next();
    if (!item) return fail(item.error());
    if (!*item) break;
    // What this replica has received since its position was read is left to the primary's log.
    if ((*item)->kind == Served::event && cursor.position() > latest) break;
    if (Status taken = take(**item); !taken) return fail(taken.error());
    reached = cursor.position();
  }
  if (reached < latest)
    return fail(Errc::invalid,
                latest.text() + " is not the end of an event: the one before it ends at " + reached.text());
  if (Status flushed = flush(); !flushed) return fail(flushed.error());
  if (Status finished = file_.finish(); !finished) return fail(finished.error());
  return WrittenDiff{file_.size(), has_events_};
}

}  // namespace

Result<RelayDiff> find_diff(sys::Files& files, const DiffRequest& request) {
  if (request.target > request.latest)
    return fail(Errc::conflict, "the target has received more (" + request.target.text() +
                                    ") than the latest (" + request.latest.text() + ")");
  binlog::ReceivedGtids received;
  received.position = request.latest;
  auto source = binlog::open_relay_source(files, request.relay_logs, received, binlog::RelayEnd::last_event);
  if (!source) return fail(source.error());
  const binlog::SourceFacts& facts = (*source)->facts();
  if (facts.served_end < request.latest)
    return fail(Errc::not_found, "the relay logs end at " + facts.served_end.text() +
                                     " of the primary, before " + request.latest.text() +
                                     (facts.tail ? ": " + facts.tail->text() : std::string()));
  auto cursor = (*source)->open(request.target);
  if (!cursor) return fail(cursor.error());
  return RelayDiff{std::move(*source), std::move(*cursor)};
}

Result<WrittenDiff> write_diff(RelayDiff diff, const gtid::LogCoordinates& latest, const std::string& path) {
  auto file = sys::NewFile::create(path);
  if (!file) return fail(file.error());
  return DiffWriter(std::move(*file)).run(*diff.from_target, latest);
}

}  // namespace tanist::nodetools

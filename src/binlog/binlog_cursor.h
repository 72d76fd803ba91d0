// The run of files that a BinlogSource serves, and the cursor over it.
#pragma once

#include "binlog/group_collector.h"
#include "binlog/log_file.h"
#include "binlog/log_source.h"

namespace tanist::binlog {

struct SourceFile {
  LogFile log;
  std::optional<gtid::GtidSet> previous;      // MySQL: logged before this file
  std::optional<gtid::MariadbGtidPos> state;  // MariaDB: the same
};

// Files in their order; the last one only up to where complete groups end.
struct BinlogRun {
  std::vector<SourceFile> files;
  uint64_t served_pos = 0;    // in the last file
  uint64_t readable_end = 0;  // of the last file: what follows is damage
  // Named by a final ROTATE, and not there: its server died while it went over.
  std::string implied_next;

  uint64_t limit(size_t index) const {
    return index + 1 < files.size() ? files[index].log.size() : served_pos;
  }
};

class BinlogCursor : public LogCursor {
 public:
  BinlogCursor(const BinlogRun& run, size_t index, uint64_t pos, GroupCollector groups)
      : run_(run), index_(index), groups_(std::move(groups)) {
    enter(index, pos);
  }

  Result<std::optional<Served>> next() override;
  const gtid::LogCoordinates& position() const override { return position_; }

 private:
  void enter(size_t index, uint64_t pos);
  Result<std::optional<Served>> announce();
  Result<std::optional<Served>> end_of_file();

  const BinlogRun& run_;
  size_t index_;
  GroupCollector groups_;
  std::optional<EventReader> reader_;
  gtid::LogCoordinates position_;
  bool announced_ = false;
  std::string format_description_;
};

}  // namespace tanist::binlog

// The cursor over the run of events that relay logs can serve.
#pragma once

#include "binlog/event_build.h"
#include "binlog/log_source.h"
#include "binlog/relay_run.h"

namespace tanist::binlog {

class RelayCursor : public LogCursor {
 public:
  RelayCursor(const RelayMap& map, const RelayRun& run, size_t index, uint64_t pos, SpanReader reader,
              GroupCollector groups)
      : map_(map), run_(run), index_(index), reader_(std::move(reader)), groups_(std::move(groups)) {
    position_ = {run.logs()[index].log->name, pos};
  }

  Result<std::optional<Served>> next() override;
  const gtid::LogCoordinates& position() const override { return position_; }

 private:
  Result<std::optional<Served>> announce();
  Start start_kind();

  const RelayMap& map_;
  const RelayRun& run_;
  size_t index_;
  SpanReader reader_;
  GroupCollector groups_;
  gtid::LogCoordinates position_;
  bool announced_ = false;
  std::string format_description_;
};

}  // namespace tanist::binlog

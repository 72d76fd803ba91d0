// A piece of a series of logs, from a position to the end, as one valid log file: MHA's raw format. The head
// of the first file (format descriptions, ROTATE and PREVIOUS_GTIDS events at its beginning), then its events
// from the position on, then those of the following files, without their heads except for the ROTATE events.
// A format description that differs from the one in force goes in too, or what follows could not be read.
//
// Every length and checksum is checked on the way. A torn last event is cut off and told.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "binlog/damage.h"
#include "binlog/log_file.h"

namespace tanist::nodetools {

// Where the events of a file that were taken lie in it.
struct TakenPart {
  const binlog::LogFile* log = nullptr;
  uint64_t from = 0, to = 0;
};

struct LogExtract {
  std::vector<Bytes> pieces;             // into the mapped files and `made`
  std::deque<std::string> made;          // format descriptions written anew
  std::vector<TakenPart> parts;          // one for each file that has events
  bool has_events = false;               // besides the heads
  bool cut = false;                      // a transaction without its end was left out
  std::vector<std::string> notes;        // what a person should know
  std::optional<binlog::Damage> damage;  // the extract ends before it
};

enum class Tail {
  keep,                // more may follow in another file
  whole_transactions,  // a transaction without its end is left out and told: nobody will ever complete it
};

// Whether events written under one format description can be read under the other.
bool same_format(const binlog::FormatDescription& a, const binlog::FormatDescription& b);

// Errc::invalid if `start_pos` is no event boundary of the first file. Positions in its head, or negative,
// mean the first event behind the head.
Result<LogExtract> extract_logs(const std::vector<binlog::LogFile>& logs, int64_t start_pos,
                                Tail tail = Tail::keep);

}  // namespace tanist::nodetools

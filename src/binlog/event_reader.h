// Walks the events of a mapped log, or of a part of it, checking every length and, if asked, every checksum.
//
//   EventReader reader(file.bytes(), ...);
//   while (reader.next()) use(reader.event());
//   if (reader.damage()) ...
//
// It follows format descriptions on its way: each one sets the checksum algorithm for what comes after it.
#pragma once

#include <optional>
#include <string>

#include "binlog/damage.h"
#include "binlog/event.h"

namespace tanist::binlog {

enum class Verify { checksums, lengths_only };

class EventReader {
 public:
  // Reads file[from, to). `name` is for damage reports and must outlive the reader.
  EventReader(Bytes file, const std::string& name, uint64_t from, uint64_t to, Checksum checksum,
              Verify verify)
      : file_(file.first(to)), name_(&name), offset_(from), checksum_(checksum), verify_(verify) {}

  // False at the end and at damage; from then on always.
  bool next();
  const Event& event() const { return event_; }
  // Where the next event starts: the end of the last good one.
  uint64_t offset() const { return offset_; }
  Checksum checksum() const { return checksum_; }
  const std::optional<Damage>& damage() const { return damage_; }

 private:
  bool fail_with(Damage::Kind kind, std::string what);
  [[gnu::cold]] bool bad_length();
  [[gnu::cold]] bool torn_header();
  [[gnu::cold]] bool torn_event();
  [[gnu::cold]] bool bad_checksum();
  [[gnu::cold]] bool encrypted();
  [[gnu::cold]] bool read_format();
  bool checksum_matches() const;

  Bytes file_;
  const std::string* name_;
  uint64_t offset_;
  Checksum checksum_;
  Verify verify_;
  Event event_;
  std::optional<Damage> damage_;
};

}  // namespace tanist::binlog

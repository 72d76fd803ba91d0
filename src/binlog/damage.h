// What is wrong with a log file, and where. A torn tail is what a killed server leaves; everything else is a
// fault.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace tanist::binlog {

struct Damage {
  enum class Kind {
    torn,      // the file ends inside an event
    length,    // an event length that cannot be
    checksum,  // the bytes do not match their checksum
    content,   // a body contradicts its length or its place
    unknown,   // an event type that may not be skipped and is not known
    encrypted,
  };
  Kind kind = Kind::content;
  std::string file;  // as it was opened
  uint64_t offset = 0;
  std::string what;

  // "/var/lib/mysql/bin.000007 at offset 1234: checksum of WRITE_ROWS does not match"
  std::string text() const;
  Error error() const;
};

}  // namespace tanist::binlog

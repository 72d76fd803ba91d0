// Turns an event that MariaDB's receiver has unpacked back into the compressed one it was in the primary's
// log.
#pragma once

#include <optional>
#include <string>

#include "binlog/event.h"

namespace tanist::binlog {

// The event as QUERY_COMPRESSED or compressed rows, exactly `size` bytes long: what the compressed data does
// not fill is padding behind its end, which unpacking does not look at. Nothing if it is no such event or
// does not fit.
std::optional<std::string> pack_mariadb_event(Bytes event, size_t size, Checksum checksum);

}  // namespace tanist::binlog

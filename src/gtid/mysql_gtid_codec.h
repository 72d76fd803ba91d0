// The binary form of a GTID set, as in PREVIOUS_GTIDS events and in COM_BINLOG_DUMP_GTID:
//   n 8; per source: uuid 16, [tag: length, bytes], intervals 8, then start 8 and exclusive end 8 for each.
// The tagged form (MySQL 8.3+) has a 1 in the first and last byte of n, the count between them.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "gtid/mysql_gtid_set.h"

namespace tanist::gtid {

Result<GtidSet> decode_gtid_set(Bytes bytes);
// Uses the tagged form only if there is a tag: older servers do not know it.
std::string encode_gtid_set(const GtidSet& set);

// MySQL's "serialization" integer: as many 1 bits at the low end of the first byte as bytes follow it.
uint64_t read_varint(ByteReader& in);
void write_varint(ByteWriter& out, uint64_t value);

}  // namespace tanist::gtid

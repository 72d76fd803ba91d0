#include "binlog/crc32.h"

#include <libdeflate.h>

namespace tanist::binlog {

uint32_t crc32(Bytes bytes, uint32_t start) { return libdeflate_crc32(start, bytes.data(), bytes.size()); }

}  // namespace tanist::binlog

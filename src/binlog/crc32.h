#pragma once

#include "base/bytes.h"

namespace tanist::binlog {

// zlib's CRC-32, continued from `start`.
uint32_t crc32(Bytes bytes, uint32_t start = 0);

}  // namespace tanist::binlog

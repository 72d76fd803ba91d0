#include "binlog/damage.h"

namespace tanist::binlog {

std::string Damage::text() const { return file + " at offset " + std::to_string(offset) + ": " + what; }

Error Damage::error() const {
  bool ours = kind == Kind::encrypted || kind == Kind::unknown;
  return Error{ours ? Errc::unsupported : Errc::corrupt, text()};
}

}  // namespace tanist::binlog

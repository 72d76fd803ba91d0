// The questions a replica's receiver asks before it registers, and their answers. Anything else gets an error
// that the receivers of all flavours take as "this source cannot do that".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "standin/profile.h"
#include "standin/replies.h"
#include "standin/sql.h"

namespace tanist::standin {

struct Done {};
using Answer = std::variant<Done, Table, Refusal>;

struct Asked {
  const Profile& profile;
  std::string gtid_mode;     // as this replica must hear it
  UserVariables& variables;  // of this connection; SET writes them
  uint64_t unix_time = 0;
  // The MariaDB GTID position at a place in the logs, if it is known for certain.
  std::function<std::optional<std::string>(std::string_view file, uint64_t position)> gtid_position;
};

Answer answer(std::string_view sql, const Asked& asked);

}  // namespace tanist::standin

// A replica is written to by hand here, which super_read_only forbids even the administrator.
#pragma once

#include "nodetools/mysql_client.h"

namespace tanist::nodetools {

// Switches it off if the server has it and it is on, read_only staying on. Whether it was on.
sys::Task<Result<bool>> lift_super_read_only(const MysqlClient& client);
sys::Task<Status> restore_super_read_only(const MysqlClient& client);

}  // namespace tanist::nodetools

// The test command of apply_diff_relay_logs: everything that find, generate and apply will need, tried now.
#pragma once

#include "nodetools/client_program.h"
#include "nodetools/mysql_client.h"
#include "nodetools/relay_place.h"
#include "remote/shell.h"

namespace tanist::nodetools {

struct ApplyCheck {
  RelayPlace relay;
  ClientPlace clients;
  MysqlLogin login;
  std::string workdir;
  std::optional<remote::Host> scp;  // none: not tried
};

sys::Task<Status> check_applying(NodeWorld& world, ApplyCheck check);

}  // namespace tanist::nodetools

// One row of replica status as a value; the only reader of its columns.
#pragma once

#include "mysql/dialect.h"
#include "mysql/session.h"
#include "topology/server_state.h"

namespace tanist::discovery {

topology::ReplicaStatus read_replica_row(const mysql::Rows& rows, size_t row, const mysql::Dialect& dialect);

}  // namespace tanist::discovery

// What SHOW GRANTS says about replication, as a judgement on its text. Pure.
#pragma once

#include "mysql/session.h"

namespace tanist::discovery {

enum class Granted { yes, no, by_role_perhaps };

Granted grants_replication(const mysql::Rows& grants);

}  // namespace tanist::discovery

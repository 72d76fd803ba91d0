// What a server's own binary log holds from a place on, as it tells over SQL.
#pragma once

#include <vector>

#include "base/result.h"
#include "gtid/coordinates.h"
#include "mysql/session.h"
#include "sys/task.h"
#include "topology/logged_event.h"

namespace tanist::discovery {

// At most `limit` events of every file. Errc::not_found if the log no longer has, or does not yet reach that place.
sys::Task<Result<std::vector<topology::LoggedEvent>>> events_behind(mysql::Session& session, gtid::LogCoordinates place,
                                                                    size_t limit, TimePoint deadline);

}  // namespace tanist::discovery

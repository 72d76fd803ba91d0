// The lines of JSON by which a stand-in tells its manager how it goes.
#pragma once

#include <string>

#include "binlog/log_source.h"
#include "standin/net.h"
#include "standin/profile.h"
#include "standin/witness.h"

namespace tanist::standin {

// The first line: what can be served, from where to where. `listening` is null for `tail`.
std::string ready_line(const binlog::SourceFacts& facts, const Profile& profile, const Endpoint* listening);
std::string failed_line(const Error& error);
std::string event_line(const Event& event);

}  // namespace tanist::standin

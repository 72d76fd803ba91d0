// From the job to what is served: opens the log files and makes the profile.
#pragma once

#include <memory>

#include "binlog/log_source.h"
#include "standin/job.h"
#include "sys/files.h"

namespace tanist::standin {

Result<std::unique_ptr<binlog::LogSource>> open_source(const Job& job, sys::Files& files);
// `fresh_uuid` is taken when neither the job nor an auto.cnf tells the dead server's.
Result<Profile> make_profile(const Job& job, const binlog::SourceFacts& facts, sys::Files& files,
                             std::string fresh_uuid);

// "server-uuid=..." of an auto.cnf; empty if there is none.
std::string uuid_of_auto_cnf(std::string_view text);

}  // namespace tanist::standin

// One accepted socket with its conversation, and TLS between them if the replica asks for it. Runs on a
// thread of its own until either side is done, with a deadline on everything it waits for.
#pragma once

#include "standin/conversation.h"
#include "standin/net.h"
#include "standin/tls.h"

namespace tanist::standin {

struct LinkSetting {
  const Profile& profile;
  const binlog::LogSource& source;
  const TlsContext* tls;  // may be null
  int stop_fd;            // readable or hung up: end now
  TimePoint deadline;
};

void run_link(Accepted accepted, uint32_t connection, const Scramble& scramble, const LinkSetting& setting,
              const Witness& witness);

}  // namespace tanist::standin

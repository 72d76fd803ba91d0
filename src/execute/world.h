// Everything a recovery touches, handed in: production and simulation differ only in what stands behind these.
#pragma once

#include <functional>

#include "hooks/runner.h"
#include "mysql/session.h"
#include "remote/shell.h"
#include "store/journal.h"
#include "sys/clock.h"
#include "sys/entropy.h"
#include "sys/files.h"
#include "sys/log.h"
#include "topology/snapshot.h"

namespace tanist::execute {

struct World {
  sys::Clock& clock;
  sys::Files& files;
  sys::Entropy& entropy;
  sys::Log& log;
  mysql::Connector& mysql;
  remote::Shell& shell;
  hooks::Runner& hooks;
  store::Journal& journal;
  // A fresh look at every server, each within `limit`: positions are observed, never assumed.
  std::function<sys::Task<topology::Snapshot>(Duration limit)> observe;
};

}  // namespace tanist::execute

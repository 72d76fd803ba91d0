#include "manager/outside.h"

namespace tanist::manager {

Outside with_stop(const Outside& all, sys::Event& stop) {
  return {.clock = all.clock,
          .files = all.files,
          .entropy = all.entropy,
          .mysql = all.mysql,
          .config = all.config,
          .open_log = all.open_log,
          .open_journal = all.open_journal,
          .journal_file = all.journal_file,
          .open_memory = all.open_memory,
          .lock_cluster = all.lock_cluster,
          .open_shell = all.open_shell,
          .open_hooks = all.open_hooks,
          .stop = stop,
          .pid = all.pid,
          .host_name = all.host_name,
          .out = all.out,
          .err = all.err,
          .environment = all.environment,
          .ask_line = all.ask_line};
}

}  // namespace tanist::manager

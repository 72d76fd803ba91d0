// The ways to tell a notice, each as a process. Pure.
#pragma once

#include <string>

#include "base/secret.h"
#include "notify/notice.h"
#include "sys/process.h"

namespace tanist::notify {

enum class WayKind { command, mail, webhook };

struct Way {
  WayKind kind = WayKind::command;
  Secret where;  // the shell's command line, addresses by comma, a URL
};
std::string name_of(WayKind kind);

// Without its deadline. The command gets the JSON on its standard input, and TANIST_CLUSTER, TANIST_KIND, TANIST_NAME and
// TANIST_SENTENCE in its environment.
sys::ProcessSpec process_of(const Way& way, const Notice& notice);

}  // namespace tanist::notify

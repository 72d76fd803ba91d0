// Asks other hosts what they hear of the primary, and the primary's own host whether it is there: over the warm ssh
// connections, all at once, each within its deadline. A witness reads the server's greeting itself: a port that
// accepts and says nothing is a hung server, not a living one.
#pragma once

#include <optional>
#include <vector>

#include "config/cluster.h"
#include "detect/finding.h"
#include "remote/shell.h"
#include "sys/clock.h"
#include "sys/task.h"

namespace tanist::manager {

// What one host hears at that address within `limit`, once it is asked; it is asked until the deadline.
sys::Task<detect::WitnessSaw> hear_greeting(remote::Shell& shell, remote::Host from, std::string address, uint16_t port,
                                            Duration limit, TimePoint deadline);

sys::Task<std::vector<detect::Witness>> ask_witnesses(sys::Clock& clock, remote::Shell& shell,
                                                      std::vector<config::ServerConfig> witnesses,
                                                      config::ServerConfig primary, TimePoint deadline);

// Whether the host answers a command at all.
sys::Task<bool> ssh_answers(remote::Shell& shell, remote::Host host, TimePoint deadline);

}  // namespace tanist::manager

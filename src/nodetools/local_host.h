// Is this us?
#pragma once

#include <string>

namespace tanist::nodetools {

std::string own_host_name();
// A numeric address of one of our interfaces, or of the loopback network.
bool is_own_address(const std::string& address);
// The same name, or one with and the other without its domain.
bool is_own_name(const std::string& name);

}  // namespace tanist::nodetools

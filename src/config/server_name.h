// How people name a server: "db2", "db2:3307", "[fd00::2]:3307", "fd00::2". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tanist::config {

struct ServerName {
  std::string host;              // a name, an address, or a section's name
  std::optional<uint16_t> port;  // nothing: whichever it has
  bool operator==(const ServerName&) const = default;
};

// Nothing: that is none. What follows the last colon must be a port.
std::optional<ServerName> server_name(std::string_view text);

}  // namespace tanist::config

#include "discovery/downstream.h"

#include "base/text.h"

namespace tanist::discovery {

std::vector<topology::RegisteredReplica> read_registered(const mysql::Rows& rows) {
  std::vector<topology::RegisteredReplica> all;
  for (size_t row = 0; row < rows.rows.size(); ++row) {
    const auto id = parse_uint(rows.get(row, "Server_id").value_or(""));
    const auto port = parse_uint(rows.get(row, "Port").value_or(""));
    if (!id) continue;
    all.push_back({static_cast<uint32_t>(*id), rows.get(row, "Host").value_or(""), static_cast<uint16_t>(port.value_or(0))});
  }
  return all;
}

// An IPv6 address is written without brackets there: what follows the last colon is the port.
std::vector<std::string> read_receivers(const mysql::Rows& rows) {
  std::vector<std::string> hosts;
  for (size_t row = 0; row < rows.rows.size(); ++row) {
    const std::string text = rows.get(row, "Host").value_or("");
    const std::string host = text.substr(0, text.rfind(':'));
    if (!host.empty()) hosts.push_back(host);
  }
  return hosts;
}

}  // namespace tanist::discovery

#include "config/server_name.h"

#include "base/text.h"

namespace tanist::config {

std::optional<ServerName> server_name(std::string_view text) {
  const size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const bool one_colon = colon != text.npos && text.find(':') == colon;
  const bool with_port = bracketed ? colon != text.npos && colon > 0 && text[colon - 1] == ']' : one_colon;
  ServerName name;
  name.host = text.substr(0, with_port ? colon : text.npos);
  if (bracketed && !name.host.ends_with(']')) return std::nullopt;
  if (bracketed) name.host = name.host.substr(1, name.host.size() - 2);
  if (name.host.empty()) return std::nullopt;
  if (!with_port) return name;
  const auto port = parse_uint(text.substr(colon + 1));
  if (!port || *port == 0 || *port > 65535) return std::nullopt;
  name.port = static_cast<uint16_t>(*port);
  return name;
}

}  // namespace tanist::config

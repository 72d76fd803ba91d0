// The first packets of a connection: the server's greeting and the client's answer.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "standin/auth.h"

namespace tanist::standin {

struct Greeting {
  std::string version;  // the dead server's own: replicas build their first format description from it
  uint32_t connection = 0;
  Scramble scramble{};
  std::string_view plugin = kNativePassword;
  bool tls = false;
};

std::string greeting_packet(const Greeting& greeting);

// Either the short request for TLS, after which the same answer comes again inside it, or the whole answer.
struct Login {
  bool asks_for_tls = false;
  std::string user;
  std::string token;
  std::string plugin;
};

Result<Login> parse_login(std::string_view payload);

// "Use this plugin with this scramble"; the client answers with the bare token.
std::string switch_plugin_packet(std::string_view plugin, const Scramble& scramble);

}  // namespace tanist::standin

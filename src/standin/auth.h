// Who may ask for events. The client never checks the server, so any token could be taken; the password is
// checked where it is known, because a binary log holds everybody's rows.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"

namespace tanist::standin {

using Scramble = std::array<uint8_t, 20>;  // random, without NUL bytes

inline constexpr std::string_view kNativePassword = "mysql_native_password";
inline constexpr std::string_view kCachingSha2 = "caching_sha2_password";

struct Credential {
  std::string user;
  std::optional<Secret> password;  // absent: any password of that user is taken
};

// The answer a client computes from its password; empty for an empty password.
std::string native_token(std::string_view password, const Scramble& scramble);
std::string caching_sha2_token(std::string_view password, const Scramble& scramble);

// One of the two plugins above must be named; another never passes.
bool may_enter(const std::vector<Credential>& credentials, std::string_view user, std::string_view plugin,
               std::string_view token, const Scramble& scramble);

}  // namespace tanist::standin

// Bearer tokens and what their owners may do, from a file that nobody else can read:
//
//   # role  token
//   read    e3b0c44298fc1c149afbf4c8996fb924
//   admin   9f86d081884c7d659a2feaa0c55ad015
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "sys/files.h"

namespace tanist::http {

class Tokens {
 public:
  // Errc::refused when group or others can read the file; messages name file and line, never a token.
  static Result<Tokens> read(sys::Files& files, const std::string& path);

  // Of the value of an Authorization header. Takes the same time whichever token it is, or none.
  std::optional<Role> role_of(std::string_view authorization) const;

 private:
  struct Known {
    std::array<unsigned char, 32> digest;
    Role role;
  };
  std::vector<Known> known_;
};

}  // namespace tanist::http

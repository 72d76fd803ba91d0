#include "http/tokens.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

#include "base/text.h"

namespace tanist::http {

namespace {

constexpr size_t kShortest = 16;

std::array<unsigned char, 32> digest_of(std::string_view token) {
  std::array<unsigned char, 32> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return digest;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words = split(line, ' ');
  std::erase_if(words, [](const std::string& word) { return word.empty(); });
  return words;
}

}  // namespace

Result<Tokens> Tokens::read(sys::Files& files, const std::string& path) {
  auto facts = files.facts(path);
  if (!facts) return fail(facts.error());
  if (facts->mode & 077)
    return fail(Errc::refused, fmt::format("{}: others than its owner may read or write it (mode {:04o}); type: chmod 600 {}", path,
                                           facts->mode & 07777, path));
  auto text = files.read(path);
  if (!text) return fail(text.error());
  Tokens tokens;
  int number = 0;
  for (std::string& line : split(*text, '\n')) {
    ++number;
    std::replace_if(line.begin(), line.end(), [](char c) { return c == '\t' || c == '\r'; }, ' ');
    const auto words = words_of(line);
    if (words.empty() || words.front().starts_with('#')) continue;
    const auto wrong = [&](std::string_view what) { return fail(Errc::invalid, fmt::format("{}:{}: {}", path, number, what)); };
    if (words.size() != 2) return wrong("a line is a role and a token: admin TOKEN");
    if (words[0] != "read" && words[0] != "admin") return wrong("the role is neither read nor admin");
    if (words[1].size() < kShortest) return wrong(fmt::format("the token is shorter than {} characters", kShortest));
    tokens.known_.push_back({digest_of(words[1]), words[0] == "admin" ? Role::admin : Role::read});
  }
  if (tokens.known_.empty()) return fail(Errc::invalid, path + ": there is no token in it");
  return tokens;
}

std::optional<Role> Tokens::role_of(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (!iequals(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const auto digest = digest_of(trim(authorization.substr(kScheme.size())));
  std::optional<Role> role;
  for (const Known& one : known_) {
    const bool same = CRYPTO_memcmp(one.digest.data(), digest.data(), digest.size()) == 0;
    if (same) role = std::max(role.value_or(Role::read), one.role);
  }
  return role;
}

}  // namespace tanist::http

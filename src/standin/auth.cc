#include "standin/auth.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/result.h"

namespace tanist::standin {
namespace {

std::string digest(const EVP_MD* algorithm, std::string_view a, std::string_view b = {}) {
  std::string joined(a);
  joined += b;
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  TANIST_CHECK(EVP_Digest(joined.data(), joined.size(), out, &size, algorithm, nullptr) == 1);
  OPENSSL_cleanse(joined.data(), joined.size());
  return std::string(reinterpret_cast<char*>(out), size);
}

std::string exclusive_or(std::string a, std::string_view b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

std::string_view text_of(const Scramble& scramble) {
  return as_text(Bytes(scramble.data(), scramble.size()));
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string native_token(std::string_view password, const Scramble& scramble) {
  if (password.empty()) return {};
  const std::string once = digest(EVP_sha1(), password);
  return exclusive_or(once, digest(EVP_sha1(), text_of(scramble), digest(EVP_sha1(), once)));
}

std::string caching_sha2_token(std::string_view password, const Scramble& scramble) {
  if (password.empty()) return {};
  const std::string once = digest(EVP_sha256(), password);
  return exclusive_or(once, digest(EVP_sha256(), digest(EVP_sha256(), once), text_of(scramble)));
}

bool may_enter(const std::vector<Credential>& credentials, std::string_view user, std::string_view plugin,
               std::string_view token, const Scramble& scramble) {
  if (plugin != kNativePassword && plugin != kCachingSha2) return false;
  for (const Credential& credential : credentials) {
    if (credential.user != user) continue;
    if (!credential.password) return true;
    const std::string expected = plugin == kNativePassword
                                     ? native_token(credential.password->reveal(), scramble)
                                     : caching_sha2_token(credential.password->reveal(), scramble);
    if (same_secret(token, expected)) return true;
  }
  return false;
}

}  // namespace tanist::standin

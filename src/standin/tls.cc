#include "standin/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace tanist::standin {
namespace {

constexpr long kSelfSignedSeconds = 7L * 24 * 3600;
constexpr unsigned kRsaBits = 2048;

tl::unexpected<Error> tls_failure(std::string doing) {
  char reason[256] = "unknown reason";
  if (unsigned long code = ERR_get_error()) ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  return fail(Errc::io, std::move(doing) + ": " + reason);
}

// Replicas that do not verify take any certificate.
bool use_self_signed(SSL_CTX* context, TlsReach reach) {
  EVP_PKEY* key = reach == TlsReach::yassl ? EVP_RSA_gen(kRsaBits) : EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  bool ok = key && certificate;
  if (ok) {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), kSelfSignedSeconds);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>("stand-in source");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    ok = X509_sign(certificate, key, EVP_sha256()) > 0 &&
         SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  return ok;
}

// Security level 0 is what lets OpenSSL 3 sign with SHA-1, which TLS 1.1 is made of.
bool reach_back(SSL_CTX* context) {
  return SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") == 1;
}

}  // namespace

TlsReach tls_reach(const ServerVersion& source) {
  const bool current = source.is_mysql() ? source.at_least(8, 0) : source.at_least(10, 2);
  return current ? TlsReach::today : TlsReach::yassl;
}

Result<std::unique_ptr<TlsContext>> TlsContext::make(const TlsFiles& files, TlsReach reach) {
  // No configuration file: it may name modules that a static binary cannot load.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  std::unique_ptr<TlsContext> context(new TlsContext(SSL_CTX_new(TLS_server_method())));
  if (!context->raw()) return tls_failure("start TLS");
  SSL_CTX_set_session_cache_mode(context->raw(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context->raw(), SSL_MODE_AUTO_RETRY);
  if (reach == TlsReach::yassl && !reach_back(context->raw())) return tls_failure("allow TLS 1.0");
  if (files.certificate.empty()) {
    if (!use_self_signed(context->raw(), reach)) return tls_failure("make a self-signed certificate");
    return context;
  }
  // A key with a pass phrase is one that cannot be read; nobody is there to be asked.
  SSL_CTX_set_default_passwd_cb(context->raw(), [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_certificate_chain_file(context->raw(), files.certificate.c_str()) != 1) {
    return tls_failure("read certificate " + files.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context->raw(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return tls_failure("read key " + files.key);
  }
  return context;
}

Result<std::unique_ptr<TlsContext>> TlsContext::make_any(const std::vector<TlsFiles>& files, TlsReach reach) {
  for (const TlsFiles& pair : files) {
    if (auto made = make(pair, reach)) return made;
  }
  return make({}, reach);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

TlsLayer::TlsLayer(const TlsContext& context) : ssl_(SSL_new(context.raw())) {
  TANIST_CHECK(ssl_ != nullptr);
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl_);
}

TlsLayer::~TlsLayer() { SSL_free(ssl_); }

Result<std::string> TlsLayer::receive(Bytes wire) {
  if (!wire.empty()) BIO_write(SSL_get_rbio(ssl_), wire.data(), static_cast<int>(wire.size()));
  std::string plain;
  char chunk[16384];
  ERR_clear_error();
  while (true) {
    const int got = SSL_read(ssl_, chunk, sizeof chunk);
    if (got > 0) {
      plain.append(chunk, static_cast<size_t>(got));
      continue;
    }
    const int why = SSL_get_error(ssl_, got);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_ZERO_RETURN)
      return plain;
    return tls_failure("TLS");
  }
}

Status TlsLayer::send(std::string_view plain, std::string& wire) {
  ERR_clear_error();
  size_t written = 0;
  if (!plain.empty() && SSL_write_ex(ssl_, plain.data(), plain.size(), &written) != 1)
    return tls_failure("TLS");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl_), &bytes);
  if (size > 0) wire.append(bytes, static_cast<size_t>(size));
  (void)BIO_reset(SSL_get_wbio(ssl_));
  return {};
}

}  // namespace tanist::standin

#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <limits>

namespace tanist::http {

namespace {

// What OpenSSL says last, and nothing of it for the next one who asks.
std::string last_error() {
  char text[256] = "unknown error";
  if (const unsigned long code = ERR_peek_last_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

class TlsLine : public Line {
 public:
  TlsLine(SSL_CTX* context, int fd) : ssl_(SSL_new(context)), fd_(fd) {
    TANIST_CHECK(ssl_);
    SSL_set_fd(ssl_, fd);
    SSL_set_accept_state(ssl_);
  }
  TlsLine(const TlsLine&) = delete;
  ~TlsLine() override { SSL_free(ssl_); }

  Try greet() override {
    ERR_clear_error();
    return outcome(SSL_do_handshake(ssl_));
  }
  Try read(std::span<char> into) override {
    ERR_clear_error();
    return outcome(SSL_read(ssl_, into.data(), length(into.size())));
  }
  Try write(std::string_view bytes) override {
    ERR_clear_error();
    return outcome(SSL_write(ssl_, bytes.data(), length(bytes.size())));
  }
  void end_writing() override {
    if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
    ERR_clear_error();
    ::shutdown(fd_, SHUT_WR);
  }

 private:
  static int length(size_t bytes) { return static_cast<int>(std::min<size_t>(bytes, std::numeric_limits<int>::max())); }

  Try outcome(int returned) {
    if (returned > 0) return {Try::What::done, static_cast<size_t>(returned)};
    switch (SSL_get_error(ssl_, returned)) {
      case SSL_ERROR_WANT_READ: return {Try::What::wants_read, 0};
      case SSL_ERROR_WANT_WRITE: return {Try::What::wants_write, 0};
      case SSL_ERROR_ZERO_RETURN: return {Try::What::ended, 0};
      default: return {Try::What::failed, 0};
    }
  }

  SSL* ssl_;
  int fd_;
};

class OpensslTls : public Tls {
 public:
  OpensslTls() : context_(SSL_CTX_new(TLS_server_method())) {
    TANIST_CHECK(context_);
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  }
  OpensslTls(const OpensslTls&) = delete;
  ~OpensslTls() override { SSL_CTX_free(context_); }

  Status load(const std::string& certificate, const std::string& key) {
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context_, certificate.c_str()) != 1)
      return fail(Errc::invalid, certificate + ": no certificate can be read there: " + last_error());
    if (SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) != 1)
      return fail(Errc::invalid, key + ": no key can be read there: " + last_error());
    if (SSL_CTX_check_private_key(context_) != 1)
      return fail(Errc::invalid, key + ": is not the key of the certificate in " + certificate);
    return {};
  }
  std::unique_ptr<Line> line(int fd) override { return std::make_unique<TlsLine>(context_, fd); }

 private:
  SSL_CTX* context_;
};

}  // namespace

Result<std::shared_ptr<Tls>> Tls::open(const std::string& certificate, const std::string& key) {
  auto tls = std::make_shared<OpensslTls>();
  Status loaded = tls->load(certificate, key);
  if (!loaded) return fail(loaded.error());
  return tls;
}

}  // namespace tanist::http

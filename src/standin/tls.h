// TLS between memory buffers: sockets stay with their owner, and bytes that came early are just the first
// input.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/server_version.h"
#include "standin/job.h"

struct ssl_ctx_st;
struct ssl_st;

namespace tanist::standin {

// What replicas of a source of this version may be able to do at most. Until MySQL 8.0 and MariaDB 10.2 servers came
// with yaSSL: TLS 1.1, RSA keys, SHA-1. They are offered what their source offered them.
enum class TlsReach { today, yassl };
TlsReach tls_reach(const ServerVersion& source);

class TlsContext {
 public:
  static Result<std::unique_ptr<TlsContext>> make(const TlsFiles& files, TlsReach reach);
  // The first pair that can be used, else a self-signed one: whoever does not verify is served all the same.
  static Result<std::unique_ptr<TlsContext>> make_any(const std::vector<TlsFiles>& files, TlsReach reach);
  ~TlsContext();
  ssl_ctx_st* raw() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

// The server's end of one connection.
class TlsLayer {
 public:
  explicit TlsLayer(const TlsContext& context);
  ~TlsLayer();

  // Bytes from the socket in, decrypted bytes out.
  Result<std::string> receive(Bytes wire);
  // Encrypts; what must go to the socket is appended to `wire`, handshake answers too.
  Status send(std::string_view plain, std::string& wire);

 private:
  ssl_st* ssl_;
};

}  // namespace tanist::standin

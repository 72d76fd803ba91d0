// TLS for a door: certificate and key, once read, for every connection.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "http/stream.h"

namespace tanist::http {

class Tls {
 public:
  // PEM files; the certificate's may hold the chain behind it. TLS 1.2 at least.
  static Result<std::shared_ptr<Tls>> open(const std::string& certificate, const std::string& key);
  virtual ~Tls() = default;
  virtual std::unique_ptr<Line> line(int fd) = 0;
};

}  // namespace tanist::http

// What the handlers of the API have in common.
#pragma once

#include <string>

#include "base/result.h"
#include "http/message.h"

namespace tanist::daemon {

inline http::Response no_cluster(const std::string& name) { return http::error_response(404, "there is no cluster " + name); }

// What a person asked for was not done.
inline http::Response not_done(const Error& error) {
  switch (error.code) {
    case Errc::not_found: return http::error_response(404, error.what);
    case Errc::invalid:
    case Errc::unsupported: return http::error_response(400, error.what);
    case Errc::refused:
    case Errc::conflict: return http::error_response(409, error.what);
    default: return http::error_response(500, error.what);
  }
}

// Of the query; empty: it is not there.
inline std::string word(const http::Request& request, const std::string& name) {
  auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

}  // namespace tanist::daemon

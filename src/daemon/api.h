// What can be asked of `tanist run`, and told to it: a table of routes over its clusters.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/fleet.h"
#include "daemon/metrics.h"
#include "http/routes.h"
#include "store/journal.h"

namespace tanist::daemon {

class Api {
 public:
  // All must outlive it.
  Api(Fleet& fleet, store::Journal& journal, store::Memory& memory, sys::Clock& clock);

  sys::Task<http::Response> handle(http::Request request);

 private:
  using Request = http::Request;
  using Response = http::Response;

  sys::Task<Response> clusters(Request request);
  sys::Task<Response> cluster(Request request);
  sys::Task<Response> history(Request request);
  sys::Task<Response> recovery(Request request);
  sys::Task<Response> findings(Request request);
  sys::Task<Response> mark(Request request, const char* kind);
  sys::Task<Response> resume(Request request);
  sys::Task<Response> rejoin(Request request);
  sys::Task<Response> switch_over(Request request);
  sys::Task<Response> fail_over(Request request);
  sys::Task<Response> forecast(Request request);
  sys::Task<Response> events(Request request);
  sys::Task<Response> metrics(Request request);
  sys::Task<Response> health(Request request, bool as_primary);

  Fleet& fleet_;
  store::Journal& journal_;
  store::Memory& memory_;
  sys::Clock& clock_;
  RecoveryCounts counts_;
  uint64_t counted_ = 0;  // the last happening that is in them
  std::vector<http::Route> routes_;
};

// Method, pattern, role and words of every route, without handlers.
std::vector<http::Route> api_routes();
// The same as an OpenAPI document: docs/openapi.json, by `tanist run --openapi`.
std::string openapi();

}  // namespace tanist::daemon

#include "http/routes.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace tanist::http {

namespace {

using Words = std::map<std::string, std::string>;

std::optional<Words> match(const std::string& pattern, const std::string& path) {
  const auto wanted = split(pattern, '/'), given = split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  Words words;
  for (size_t at = 0; at < wanted.size(); ++at) {
    if (!wanted[at].starts_with('{')) {
      if (wanted[at] != given[at]) return std::nullopt;
      continue;
    }
    if (given[at].empty()) return std::nullopt;
    words[wanted[at].substr(1, wanted[at].size() - 2)] = given[at];
  }
  return words;
}

std::optional<Response> refusal(const Route& route, const Request& request) {
  if (!request.role) {
    Response unknown = error_response(401, "a token is needed: Authorization: Bearer TOKEN");
    unknown.headers["WWW-Authenticate"] = "Bearer";
    return unknown;
  }
  if (*request.role < route.role) return error_response(403, "the role admin is needed");
  for (const auto& [name, value] : request.query)
    if (std::find(route.query.begin(), route.query.end(), name) == route.query.end())
      return error_response(400, "there is no parameter " + name + " here" +
                                     (route.query.empty() ? "" : "; there is " + join(route.query, ", ")));
  return std::nullopt;
}

}  // namespace

sys::Task<Response> answer(const std::vector<Route>& routes, Request request) {
  std::vector<std::string> methods;
  const Route* found = nullptr;
  for (const Route& route : routes) {
    auto words = match(route.pattern, request.path);
    if (!words) continue;
    methods.push_back(route.method);
    if (route.method != request.method) continue;
    request.path_words = std::move(*words);
    found = &route;
    break;
  }
  if (!found && !request.role) co_return *refusal(Route{}, request);  // who has said nothing is told nothing
  if (!found && methods.empty()) co_return error_response(404, "there is no " + request.path + " here");
  if (!found) {
    Response wrong = error_response(405, request.path + " understands " + join(methods, ", ") + " only");
    wrong.headers["Allow"] = join(methods, ", ");
    co_return wrong;
  }
  if (auto refused = refusal(*found, request)) co_return *refused;
  auto answering = found->handler(std::move(request));
  Response response = co_await std::move(answering);
  co_return response;
}

}  // namespace tanist::http

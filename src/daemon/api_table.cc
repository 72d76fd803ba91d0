// The routes as data, and the document made of them.
#include <boost/json.hpp>

#include "daemon/api.h"

namespace tanist::daemon {

namespace json = boost::json;
using http::Role;
using http::Route;

std::vector<Route> api_routes() {
  const auto get = [](std::string pattern, std::string summary, std::vector<std::string> query = {},
                      std::string type = "application/json") {
    return Route{"GET", std::move(pattern), Role::read, std::move(summary), std::move(query), std::move(type), nullptr};
  };
  const auto post = [](std::string pattern, std::string summary) {
    return Route{"POST", std::move(pattern), Role::admin, std::move(summary), {}, "application/json", nullptr};
  };
  const std::string one = "/v1/clusters/{name}", server = one + "/servers/{server}";
  return {
      get("/v1/clusters", "All clusters: state, primary, pause."),
      get(one, "One cluster: its servers, who replicates from whom, how far everybody is. as=text: for people.", {"as"}),
      get("/v1/history", "Recoveries, the newest first.", {"cluster", "last"}),
      get("/v1/history/{id}", "One recovery: its plan and every step."),
      get("/v1/findings", "What was found of a cluster, when, on which evidence; the newest first.", {"cluster", "last"}),
      post(one + "/ack", "The last recovery was looked at: another one may follow at once. Body: {\"why\": TEXT} or nothing."),
      post(one + "/pause", "From now on nothing is done, only watched and said. Body: {\"until\": 2h or "
                           "2026-01-31T12:00:00Z, \"why\": TEXT} or nothing."),
      post(one + "/resume", "Ends a pause."),
      post(server + "/pause", "This server is not promoted and not cared for, and not replaced if it is the primary. Body: as for a "
                              "cluster."),
      post(server + "/resume", "Ends the pause of a server."),
      post(server + "/rejoin", "A primary that was replaced becomes a replica. Body: {\"discard_extra\": true} or nothing."),
      get(one + "/plan", "What would be done if its primary died now, or if another server died.", {"if_dies", "new_primary"}),
      post(one + "/switchover", "Makes another server the primary while the current one lives. Body: options of `tanist switchover` "
                                "by their names, such as {\"to\": \"db2\", \"dry_run\": true}, or nothing. 200: it was tried, "
                                "exit_code and why tell how it ended."),
      post(one + "/failover", "Replaces a dead primary. Body: options of `tanist failover` by their names, such as "
                              "{\"dead\": \"db1\"}, or nothing. 200: it was tried, exit_code and why tell how it ended."),
      get("/v1/events", "Changes of state, findings and recoveries as they happen (server-sent events).", {"cluster"},
          "text/event-stream"),
      get("/metrics", "Clusters and servers for Prometheus.", {}, "text/plain; version=0.0.4"),
      get(server + "/primary", "200 when clients may write to this server (HOST or HOST:PORT), else 503."),
      get(server + "/replica", "200 when clients may read from this server, at most lag (5s, 2m) behind; else 503.", {"lag"}),
  };
}

namespace {

json::object parameter(const std::string& name, const char* in) {
  return {{"name", name}, {"in", in}, {"required", std::string_view(in) == "path"}, {"schema", {{"type", "string"}}}};
}

json::object operation(const Route& route) {
  json::array parameters;
  for (size_t at = route.pattern.find('{'); at != std::string::npos; at = route.pattern.find('{', at + 1))
    parameters.push_back(parameter(route.pattern.substr(at + 1, route.pattern.find('}', at) - at - 1), "path"));
  for (const std::string& name : route.query) parameters.push_back(parameter(name, "query"));
  json::object responses;
  responses["200"] = json::object{{"description", "the answer"}, {"content", {{route.success, json::object{}}}}};
  if (route.pattern.find("{server}") != std::string::npos)
    responses["503"] = json::object{{"description", "no clients should be sent there; the sentence says why"}};
  responses["default"] = json::object{{"description", "{\"error\": a sentence}"}};
  return {{"summary", route.summary},
          {"x-role", route.role == Role::admin ? "admin" : "read"},
          {"parameters", std::move(parameters)},
          {"responses", std::move(responses)}};
}

}  // namespace

std::string openapi() {
  json::object paths;
  for (const Route& route : api_routes()) {
    json::object& path = paths.emplace(route.pattern, json::object{}).first->value().as_object();
    path[route.method == "GET" ? "get" : "post"] = operation(route);
  }
  const json::object document{
      {"openapi", "3.0.3"},
      {"info", {{"title", "tanist run"}, {"version", "1"}}},
      {"components", {{"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
      {"paths", paths}};
  return json::serialize(document) + "\n";
}

}  // namespace tanist::daemon

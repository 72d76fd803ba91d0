// Which handler answers: a table of method, path and role. The table is also the documentation of what there is.
#pragma once

#include <string>
#include <vector>

#include "http/message.h"

namespace tanist::http {

struct Route {
  std::string method;
  std::string pattern;  // "/v1/clusters/{name}/pause"; a {name} stands for one word of the path
  Role role = Role::read;
  std::string summary;
  std::vector<std::string> query = {};  // names of what it understands behind the "?"
  std::string success = "application/json";
  Handler handler = nullptr;
};

// By the table; 404, 405 with Allow, 401, 403 and 400 (of a query it does not understand) are said here.
sys::Task<Response> answer(const std::vector<Route>& routes, Request request);

}  // namespace tanist::http

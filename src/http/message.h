// A request and its answer, as handlers see them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/ids.h"
#include "sys/task.h"

namespace tanist::http {

enum class Role { read, admin };  // admin may do what read may

struct Request {
  std::string method;  // GET; HEAD arrives as GET
  std::string path;    // decoded, without the query
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::optional<Role> role;  // the caller's; nothing: it has not said who it is
  std::map<std::string, std::string> path_words;  // what stood for the {names} of the route's pattern
};

// Server-sent events: the next piece of text for the client; nothing if none came until the deadline.
using EventSource = std::function<sys::Task<std::optional<std::string>>(TimePoint deadline)>;

struct Response {
  unsigned status = 200;
  std::string body = {};
  std::string type = "application/json";
  std::map<std::string, std::string> headers = {};
  EventSource events = nullptr;  // set: instead of the body, for as long as the client stays
};

using Handler = std::function<sys::Task<Response>(Request)>;

// {"error": "..."}
Response error_response(unsigned status, const std::string& sentence);

struct Limits {
  size_t header = 16 * 1024;
  size_t body = 64 * 1024;
  size_t connections = 100;  // at each door: the crowd at one shuts no other
  Duration request = std::chrono::seconds(10);   // from its first byte (or the connection) to its last
  Duration idle = std::chrono::seconds(60);      // between two requests
  Duration write = std::chrono::seconds(10);     // until the client has taken an answer or an event
  Duration stream = std::chrono::hours(1);       // of events; clients come back by themselves
  Duration linger = std::chrono::seconds(1);     // for a client to read why it was sent away
};

}  // namespace tanist::http

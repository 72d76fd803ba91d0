// HTTP/1.1 as bytes: requests read piece by piece as they come, responses written. No I/O.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace tanist::http {

// Reads one request after the other; what comes behind one stays for the next.
class RequestReader {
 public:
  explicit RequestReader(const Limits& limits);
  ~RequestReader();

  enum class State { wants_more, complete, bad };
  State feed(std::string_view bytes);  // empty: look at what is there already
  bool begun() const;                  // some of a request has come
  bool wants_continue();               // once: the client waits for "100 Continue" before it sends the body

  // Of a complete one; the reader then begins the next.
  struct Taken {
    Request request;
    bool keep_alive = false;
    bool head_only = false;
  };
  Result<Taken> take();  // Errc::invalid: complete, but not understandable
  // Of a bad one: the status and a sentence.
  Response refusal() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string bytes_of(const Response& response, bool keep_alive, bool head_only, WallTime now);
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// What a client reads. Nothing: more is needed. `ended`: the other side has closed.
struct Answer {
  unsigned status = 0;
  std::string body;
};
class AnswerReader {
 public:
  explicit AnswerReader(size_t body_limit);
  ~AnswerReader();
  Result<std::optional<Answer>> feed(std::string_view bytes, bool ended);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tanist::http

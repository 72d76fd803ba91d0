#include "http/wire.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <sstream>

#include "base/text.h"
#include "http/target.h"

namespace tanist::http {

namespace beast = boost::beast::http;
using boost::beast::error_code;

namespace {

// Feeds all that is buffered; true when the message is complete.
template <class Parser>
bool advance(Parser& parser, std::string& buffered, error_code& error) {
  while (!buffered.empty() && !parser.is_done()) {
    const size_t used = parser.put(boost::asio::buffer(buffered), error);
    buffered.erase(0, used);
    if (error == beast::error::need_more) {
      error = {};
      return false;
    }
    if (error) return false;
    if (used == 0) break;
  }
  return parser.is_done();
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct RequestReader::Impl {
  explicit Impl(const Limits& given) : limits(given) { begin(); }

  void begin() {
    parser.emplace();
    parser->eager(true);
    parser->header_limit(static_cast<uint32_t>(limits.header));
    parser->body_limit(limits.body);
    asked_to_continue = false;
    seen = !buffered.empty();
  }

  Limits limits;
  std::string buffered;
  std::optional<beast::request_parser<beast::string_body>> parser;
  error_code error;
  bool asked_to_continue = false;
  bool seen = false;
};

RequestReader::RequestReader(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::feed(std::string_view bytes) {
  impl_->buffered += bytes;
  impl_->seen = impl_->seen || !bytes.empty();
  const bool complete = advance(*impl_->parser, impl_->buffered, impl_->error);
  if (impl_->error) return State::bad;
  return complete ? State::complete : State::wants_more;
}

bool RequestReader::begun() const { return impl_->seen; }

bool RequestReader::wants_continue() {
  if (impl_->asked_to_continue || !impl_->parser->is_header_done()) return false;
  const auto& message = impl_->parser->get();
  impl_->asked_to_continue = message.version() == 11 && iequals(view(message[beast::field::expect]), "100-continue");
  return impl_->asked_to_continue;
}

Result<RequestReader::Taken> RequestReader::take() {
  auto message = impl_->parser->release();
  impl_->begin();
  if (message.version() != 10 && message.version() != 11) return fail(Errc::invalid, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  if (message.version() == 11 && message.count(beast::field::host) != 1)
    return fail(Errc::invalid, "a request must have one Host header");
  auto target = parse_target(view(message.target()));
  if (!target) return fail(target.error());
  Taken taken;
  taken.head_only = message.method() == beast::verb::head;
  taken.keep_alive = message.keep_alive();
  taken.request.method = taken.head_only ? "GET" : std::string(view(message.method_string()));
  taken.request.path = std::move(target->path);
  taken.request.query = std::move(target->query);
  for (const auto& header : message)
    taken.request.headers.emplace(lower(view(header.name_string())), std::string(view(header.value())));
  taken.request.body = std::move(message.body());
  return taken;
}

Response RequestReader::refusal() const {
  const error_code& error = impl_->error;
  if (error == beast::error::header_limit)
    return error_response(431, fmt::format("the header is longer than {} bytes", impl_->limits.header));
  if (error == beast::error::body_limit)
    return error_response(413, fmt::format("the body is longer than {} bytes", impl_->limits.body));
  return error_response(400, "not an HTTP request: " + error.message());
}

std::string bytes_of(const Response& response, bool keep_alive, bool head_only, WallTime now) {
  beast::response<beast::string_body> message(beast::int_to_status(response.status), 11);
  message.result(response.status);
  message.set(beast::field::date,
              fmt::format("{:%a, %d %b %Y %T GMT}", fmt::gmtime(std::chrono::system_clock::to_time_t(now))));
  message.set(beast::field::content_type, response.type);
  message.set(beast::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) message.set(name, value);
  message.keep_alive(keep_alive);
  if (!response.events) message.content_length(response.body.size());
  if (!response.events && !head_only) message.body() = response.body;
  std::ostringstream out;
  out << message.base();
  return std::move(out).str() + message.body();
}

struct AnswerReader::Impl {
  std::string buffered;
  beast::response_parser<beast::string_body> parser;
};

AnswerReader::AnswerReader(size_t body_limit) : impl_(std::make_unique<Impl>()) {
  impl_->parser.eager(true);
  impl_->parser.body_limit(body_limit);
}
AnswerReader::~AnswerReader() = default;

Result<std::optional<Answer>> AnswerReader::feed(std::string_view bytes, bool ended) {
  impl_->buffered += bytes;
  error_code error;
  bool complete = advance(impl_->parser, impl_->buffered, error);
  if (!error && ended && !complete) {
    impl_->parser.put_eof(error);
    complete = impl_->parser.is_done();
  }
  if (error) return fail(Errc::corrupt, "the answer is no HTTP: " + error.message());
  if (!complete) return std::nullopt;
  auto message = impl_->parser.release();
  return Answer{message.result_int(), std::move(message.body())};
}

Response error_response(unsigned status, const std::string& sentence) {
  std::string quoted;
  for (char letter : sentence) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') quoted += '\\';
    const bool plain = code >= 0x20 && code < 0x7f;  // what came from the client need not be UTF-8
    quoted += plain ? std::string(1, letter) : fmt::format("\\u{:04x}", code);
  }
  return Response{.status = status, .body = "{\"error\":\"" + quoted + "\"}\n"};
}

}  // namespace tanist::http

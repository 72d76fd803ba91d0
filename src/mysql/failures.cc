#include "mysql/failures.h"

#include <mariadb/errmsg.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "base/text.h"

namespace tanist::mysql {

namespace {

// Numbers that the library gives itself; all others came in an error packet. 5000 on are Connector/C's own.
bool is_of_the_client(int number) { return (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) || number >= 5000; }

// Error packets by which a server ends a connection, asked or unasked: it was killed, it was idle too long, the server
// shuts down (MySQL 1053, 1152, 1927, 3169, 4031; MariaDB 1927). The connection is lost, the server may well live.
constexpr int kEndsTheConnection[] = {1053, 1152, 1927, 3169, 4031};

// Errors of ours with a server that is alive: it wants an authentication that we cannot give.
constexpr int kCannotLogIn[] = {CR_SECURE_AUTH, CR_AUTH_PLUGIN_CANNOT_LOAD, CR_AUTH_PLUGIN_ERR, CR_PLUGIN_NOT_ALLOWED,
                                CR_ERR_LOAD_PLUGIN};

template <size_t size>
bool contains(const int (&numbers)[size], int number) {
  return std::find(std::begin(numbers), std::end(numbers), number) != std::end(numbers);
}

// "Can't connect to server on '10.0.0.7' (111)", "... system error: 104": the last number of the sentence.
int errno_in(const std::string& text) {
  size_t last = text.find_last_of("0123456789");
  if (last == std::string::npos) return 0;
  size_t before = text.find_last_not_of("0123456789", last);
  size_t first = before == std::string::npos ? 0 : before + 1;
  auto number = parse_uint(std::string_view(text).substr(first, last - first + 1));
  return number && *number < 1000 ? static_cast<int>(*number) : 0;
}

Contact contact_of_errno(int number) {
  switch (number) {
    case ECONNREFUSED: return Contact::refused;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE: return Contact::lost;
    case ETIMEDOUT: return Contact::timeout;
    default: return Contact::no_route;  // EHOSTUNREACH, ENETUNREACH, EACCES of a local firewall
  }
}

// When the library means to encrypt, it wraps an error packet that comes in place of the greeting (1040, 1129, 1130 are
// sent so) in an error of its own: "... cannot be verified: 1040 - Too many connections".
std::optional<Failure> wrapped_error_packet(const std::string& text) {
  constexpr std::string_view kBefore = "cannot be verified: ", kBetween = " - ";
  size_t start = text.find(kBefore);
  size_t between = text.find(kBetween, start);
  if (start == std::string::npos || between == std::string::npos) return std::nullopt;
  start += kBefore.size();
  auto number = parse_uint(std::string_view(text).substr(start, between - start));
  if (!number) return std::nullopt;
  return query_failure(static_cast<int>(*number), text.substr(between + kBetween.size()));
}

}  // namespace

Failure connect_failure(int number, const std::string& text) {
  if (auto wrapped = wrapped_error_packet(text)) return *wrapped;
  if (number == CR_CONNECTION_ERROR || number == CR_CONN_HOST_ERROR) {
    int system = errno_in(text);
    return {contact_of_errno(system), system, text};
  }
  // The server greeted and then could not agree with us on encryption: a matter of settings, not of life.
  if (number == CR_SSL_CONNECTION_ERROR) return {Contact::error_packet, number, text};
  return query_failure(number, text);
}

Failure connect_timeout(Stage stage) {
  switch (stage) {
    case Stage::tcp: return {Contact::timeout, ETIMEDOUT, "no answer from the host"};
    case Stage::greeting: return {Contact::no_greeting, ETIMEDOUT, "the connection was accepted, but nothing was said"};
    case Stage::login:
    case Stage::open: break;
  }
  return {Contact::timeout, ETIMEDOUT, "the server greeted, but the login got no answer"};
}

Failure query_failure(int number, const std::string& text) {
  if (contains(kEndsTheConnection, number)) return {Contact::lost, number, text};
  if (!is_of_the_client(number) || contains(kCannotLogIn, number)) return {Contact::error_packet, number, text};
  return {Contact::lost, number, text};
}

Failure query_timeout() { return {Contact::timeout, ETIMEDOUT, "the query got no answer in time"}; }

}  // namespace tanist::mysql

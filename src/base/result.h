// Errors are values. A function that can fail for an expected reason returns Result<T>; the Error carries a class
// for callers that branch and a sentence for people that read. Each level adds what it was trying to do:
//
//   auto rows = co_await session.query(sql, deadline);
//   if (!rows) co_return fail(rows.error().during("read replica status of db2"));
//
// Log once, at the top; never both return and log. A broken promise of our own code is not an Error: use TANIST_CHECK.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace tanist {

enum class Errc {
  invalid,      // the input is wrong: configuration, option, packet, log bytes
  not_found,    // the named thing does not exist
  unreachable,  // no route, name not resolvable, connection lost
  refused,      // the other side is there and says no (port closed, access denied, error packet)
  timeout,      // the deadline passed
  corrupt,      // stored bytes contradict themselves
  unsupported,  // understood, but this build or that server cannot do it
  conflict,     // somebody else holds it, or the state changed under us
  io,           // the operating system failed a call
  cancelled,    // we were told to stop
  internal,     // our own fault
};

std::string_view to_string(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string what;  // a full sentence part, without a final full stop; never contains a secret
  int number = 0;    // the other side's own number where it has one: MySQL error, errno, exit status

  // The same error seen one level up: "during: what".
  Error during(std::string_view doing) const { return Error{code, std::string(doing) + ": " + what, number}; }
  bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> fail(Errc code, std::string what, int number = 0) {
  return tl::unexpected<Error>(Error{code, std::move(what), number});
}

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace tanist

// A promise of our own code; stays on in release builds.
#define TANIST_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::tanist::check_failed(#expression, __FILE__, __LINE__))

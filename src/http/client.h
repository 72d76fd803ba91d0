// One question to the server behind a unix socket.
#pragma once

#include <string>

#include "base/result.h"
#include "http/wire.h"
#include "sys/reactor.h"

namespace tanist::http {

// `target`: "/v1/clusters/app1?as=text". Errc::not_found when nobody listens there.
sys::Task<Result<Answer>> ask(sys::Reactor& reactor, std::string socket_path, std::string method, std::string target,
                              std::string body, TimePoint deadline);

}  // namespace tanist::http

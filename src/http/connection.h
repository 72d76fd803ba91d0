// One client, from its first byte to its end.
#pragma once

#include <memory>
#include <optional>

#include "http/message.h"
#include "http/stream.h"
#include "http/tokens.h"

namespace tanist::http {

// What every connection through one door is given.
struct Service {
  sys::Reactor& reactor;
  Handler handler;
  Limits limits;
  const Tokens* tokens = nullptr;      // who may do what; none: everybody has `role`
  Role role = Role::read;
  const bool& stopping;
};

// Answers requests until the client has enough, breaks a rule, or the server stops. Never longer than the limits say.
sys::Task<void> serve(const Service& service, std::shared_ptr<Stream> stream);

}  // namespace tanist::http

// Names to addresses. Whoever knows an address already (the usual case after the configuration is read) must not
// depend on a name service while a primary is dead.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "sys/task.h"

namespace tanist::sys {

class Reactor;

class Resolver {
 public:
  virtual ~Resolver() = default;
  // The first numeric address of the name (IPv6 without brackets), in the system's order; a numeric address is itself.
  virtual Task<Result<std::string>> resolve(std::string name, TimePoint deadline) = 0;
};

// Numeric IPv4 or IPv6, as inet_pton reads it.
bool is_numeric_address(const std::string& text);
// One spelling for each address, so that texts can be compared: IPv6 is written in many ways. Names stay as they are.
std::string canonical_address(std::string text);

// getaddrinfo knows no deadline, so it runs in a thread; several waits for one name share one look-up, so that a dead
// name service costs one thread a name.
class SystemResolver : public Resolver {
 public:
  explicit SystemResolver(Reactor& reactor) : reactor_(reactor) {}
  Task<Result<std::string>> resolve(std::string name, TimePoint deadline) override;

 private:
  struct Lookup;
  Reactor& reactor_;
  std::map<std::string, std::shared_ptr<Lookup>> running_;
};

// Names that a test or the simulated world makes up.
class FixedResolver : public Resolver {
 public:
  explicit FixedResolver(std::map<std::string, std::string> addresses = {}) : addresses_(std::move(addresses)) {}
  void set(const std::string& name, const std::string& address) { addresses_[name] = address; }
  Task<Result<std::string>> resolve(std::string name, TimePoint deadline) override;

 private:
  std::map<std::string, std::string> addresses_;
};

}  // namespace tanist::sys

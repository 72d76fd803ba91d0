// The service manager that started us, if one did (systemd's sd_notify(3) protocol): it waits until we are ready, shows
// one line of what we are doing, and starts us again when we no longer say that we live.
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"

namespace tanist::daemon {

class ServiceManager {
 public:
  virtual ~ServiceManager() = default;
  virtual void ready() = 0;
  virtual void reloading() = 0;  // ready() ends it
  virtual void stopping() = 0;
  virtual void alive() = 0;
  virtual void say(const std::string& status) = 0;
  // How often alive() is to be called at least; nothing: nobody waits for it.
  virtual std::optional<Duration> patience() const = 0;
};

// The one of this process's environment. Children do not inherit it.
class Systemd : public ServiceManager {
 public:
  Systemd();
  void ready() override;
  void reloading() override;
  void stopping() override;
  void alive() override;
  void say(const std::string& status) override;
  std::optional<Duration> patience() const override { return patience_; }

 private:
  std::optional<Duration> patience_;
};

}  // namespace tanist::daemon

// A manager that is killed (SIGKILL) at one of its writes to the journal: from there on it says nothing more, hears nothing,
// and does nothing. Its connections and stand-ins end with it; a script that it had called goes on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hooks/runner.h"
#include "mysql/session.h"
#include "remote/shell.h"
#include "store/journal.h"

namespace tanist::sim {

class Life {
 public:
  struct Death {
    int write = 0;  // the n-th of its life
    bool written = false;
  };
  std::optional<Death> death;
  std::function<void()> dies = [] {};

  bool over() const { return over_; }
  // Every write that was begun, by what it says: "07_repoint_server3 begins", "07_repoint_server3 ends", "the beginning", "the end".
  const std::vector<std::string>& said() const { return said_; }
  bool ends_before_this_write(std::string what);
  void wrote();

 private:
  void end();

  bool over_ = false;
  std::vector<std::string> said_;
};

std::unique_ptr<mysql::Connector> mortal(mysql::Connector& connector, std::shared_ptr<Life> life);
std::unique_ptr<remote::Shell> mortal(remote::Shell& shell, std::shared_ptr<Life> life);
std::unique_ptr<hooks::Runner> mortal(hooks::Runner& runner, std::shared_ptr<Life> life);
std::unique_ptr<store::Journal> mortal(store::Journal& journal, std::shared_ptr<Life> life);

}  // namespace tanist::sim

// For tests of commands that need nothing of the outside but files and other hosts' shells.
#pragma once

#include <gtest/gtest.h>

#include <set>

#include "compat/masterha_manager.h"
#include "remote/fake_shell.h"
#include "sys/manual_clock.h"
#include "sys/memory_files.h"
#include "sys/memory_log.h"
#include "sys/seeded_entropy.h"

namespace tanist::compat {

class NoServers : public mysql::Connector {
 public:
  bool may_be_asked = false;
  mysql::Failure failure;  // what each of them gives
  int asked = 0;
  sys::Task<mysql::Answer<std::unique_ptr<mysql::Session>>> connect(mysql::Endpoint, mysql::Credentials,
                                                                    TimePoint) override {
    EXPECT_TRUE(may_be_asked) << "this command needs no server";
    ++asked;
    co_return tl::unexpected(failure);
  }
};

// What it logs outlives the log that the command opens.
class RememberingLog : public sys::MemoryLog {
 public:
  explicit RememberingLog(std::string& all) : all_(all) {}
  ~RememberingLog() override {
    for (const std::string& record : records) all_ += record + "\n";
  }

 private:
  std::string& all_;
};

class ShellCommandTest : public testing::Test {
 protected:
  std::optional<int> run(sys::Task<int> (*command)(std::vector<std::string>, manager::Outside&),
                         std::vector<std::string> args) {
    std::optional<int> code;
    auto main = [&]() -> sys::Task<void> { code = co_await command(std::move(args), outside); };
    sys::start_detached(main());
    clock.run_until_idle();
    return code;
  }

  sys::ManualClock clock;
  sys::MemoryFiles files{clock};
  sys::SeededEntropy entropy{1};
  NoServers servers;
  sys::Event stop{clock};
  std::string printed, logged;
  int resolved = 0;  // names
  std::set<std::string> unreachable;
  remote::FakeShell::Script on_command;
  sys::Level least_logged = sys::Level::debug;
  manager::Outside outside{.clock = clock,
                           .files = files,
                           .entropy = entropy,
                           .mysql = servers,
                           .config = {.read = [this](const std::string& path) { return files.read(path); },
                                      .resolve = [this](std::string host) -> sys::Task<Result<std::string>> {
                                        ++resolved;
                                        co_return "10.0.0." + host.substr(2);
                                      },
                                      .run_script = {},
                                      .login_name = "root"},
                           .open_log =
                               [this](const std::string& path, sys::Level least) {
                                 EXPECT_EQ(path, "") << "always to stderr";
                                 EXPECT_EQ(least, least_logged);
                                 return std::make_unique<RememberingLog>(logged);
                               },
                           .open_journal = {},
                           .open_memory = {},
                           .lock_cluster = {},
                           .open_shell =
                               [this](sys::Log&) {
                                 auto shell = std::make_unique<remote::FakeShell>(on_command);
                                 shell->unreachable = unreachable;
                                 return shell;
                               },
                           .open_hooks = {},
                           .stop = stop,
                           .pid = 1,
                           .host_name = "manager",
                           .out = [this](std::string_view text) { printed += text; },
                           .err = [this](std::string_view text) { printed += text; },
                           .ask_line = {}};
};

}  // namespace tanist::compat

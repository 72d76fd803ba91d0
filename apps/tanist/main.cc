// One program under many names: argv[0] or the first word says which command. Wiring only.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "compat/commands.h"
#include "compat/masterha_manager.h"
#include "compat/masterha_supervise.h"
#include "daemon/run.h"
#include "production.h"

namespace {

using Args = std::vector<std::string>;

struct Command {
  std::string_view name;
  tanist::sys::Task<int> (*run)(Args, tanist::Production&);
};

template <auto kBody>
tanist::sys::Task<int> with_outside(Args args, tanist::Production& production) {
  return kBody(std::move(args), production.outside());
}
template <auto kBody>
tanist::sys::Task<int> with_small_world(Args args, tanist::Production& production) {
  return kBody(std::move(args), production.small_world());
}
template <auto kBody>
tanist::sys::Task<int> with_supervise_world(Args args, tanist::Production& production) {
  return kBody(std::move(args), production.supervise_world());
}

template <auto kBody>
tanist::sys::Task<int> with_run_world(Args args, tanist::Production& production) {
  return kBody(std::move(args), production.run_world());
}

template <auto kBody>
tanist::sys::Task<int> with_cli_world(Args args, tanist::Production& production) {
  return kBody(std::move(args), production.cli_world());
}

namespace compat = tanist::compat;
namespace cli = tanist::cli;

constexpr Command kCommands[] = {
    {"masterha_manager", with_outside<compat::masterha_manager>},
    {"masterha_master_monitor", with_outside<compat::masterha_master_monitor>},
    {"masterha_supervise", with_supervise_world<compat::masterha_supervise>},
    {"masterha_check_repl", with_outside<compat::masterha_check_repl>},
    {"masterha_check_ssh", with_outside<compat::masterha_check_ssh>},
    {"masterha_secondary_check", with_outside<compat::masterha_secondary_check>},
    {"masterha_master_switch", with_outside<compat::masterha_master_switch>},
    {"masterha_check_status", with_small_world<compat::masterha_check_status>},
    {"masterha_stop", with_small_world<compat::masterha_stop>},
    {"masterha_conf_host", with_small_world<compat::masterha_conf_host>},
    {"run", with_run_world<tanist::daemon::run>},
    {"check", with_outside<cli::check>},
    {"config", with_outside<cli::config_check>},
    {"status", with_cli_world<cli::status>},
    {"pause", with_cli_world<cli::pause>},
    {"resume", with_cli_world<cli::resume>},
    {"rejoin", with_cli_world<cli::rejoin>},
    {"plan", with_cli_world<cli::plan>},
    {"failover", with_cli_world<cli::failover>},
    {"switchover", with_cli_world<cli::switchover>},
    {"history", with_outside<cli::history>},
    {"rules", with_outside<cli::rules>},
    {"ack", with_outside<cli::ack>},
};

const Command* find(std::string_view name) {
  auto it = std::find_if(std::begin(kCommands), std::end(kCommands), [&](const Command& c) { return c.name == name; });
  return it == std::end(kCommands) ? nullptr : it;
}

}  // namespace

// For tools/man and the completion of shells.
int print_commands() {
  for (const Command& command : kCommands) std::printf("%s\n", std::string(command.name).c_str());
  return 0;
}

int main(int argc, char** argv) {
  Args words(argv, argv + argc);
  std::string self = words[0].substr(words[0].rfind('/') + 1);
  words.erase(words.begin());
  const Command* command = find(self);
  if (!command && !words.empty()) {
    command = find(words[0]);
    if (command) words.erase(words.begin());
  }
  if (!command && words == Args{"--commands"}) return print_commands();
  if (!command) {
    const bool asked = !words.empty() && (words[0] == "--help" || words[0] == "help");
    std::fputs(cli::overview().c_str(), asked ? stdout : stderr);
    return asked ? 0 : 2;
  }
  int code = 0;
  bool signalled = false;
  {
    tanist::Production production;
    code = production.reactor().run(command->run(std::move(words), production));
    signalled = production.signalled();
  }
  // A thread may still wait inside a library for what nobody wants any more: libraries must not be closed under it.
  if (signalled) std::_Exit(code);
  return code;
}

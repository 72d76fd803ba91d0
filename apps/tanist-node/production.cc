#include "production.h"

#include <csignal>
#include <cstring>
#include <iostream>
#include <string_view>

#include "base/text.h"
#include "sys/posix_entropy.h"
#include "sys/posix_files.h"
#include "sys/posix_processes.h"
#include "sys/reactor.h"

namespace tanist {

namespace {

// What follows the dashes of an option that a password belongs to, however much it is abbreviated.
bool names_password(std::string_view name) {
  std::string wanted = lower(name);
  auto short_for = [&](std::string_view whole, size_t least) {
    return wanted.size() >= least && whole.starts_with(wanted);
  };
  return short_for("slave_pass", 8) || short_for("password", 2);
}

void overwrite(char* text) { std::memset(text, 'x', std::strlen(text)); }

}  // namespace

void hide_passwords(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    size_t dashes = word.find_first_not_of("-+");
    if (dashes == 0 || dashes == std::string_view::npos) continue;
    size_t equals = word.find('=');
    std::string_view name = word.substr(dashes, equals == std::string_view::npos ? equals : equals - dashes);
    if (!names_password(name)) continue;
    if (equals != std::string_view::npos) {
      overwrite(argv[i] + equals + 1);
    } else if (i + 1 < argc) {
      overwrite(argv[++i]);
    }
  }
}

int run_node_command(NodeBody body, std::vector<std::string> args) {
  sys::Reactor reactor;
  sys::PosixFiles files;
  sys::PosixProcesses processes(reactor);
  sys::PosixEntropy entropy;
  std::cout << std::unitbuf;  // who reads a log wants to see it grow
  nodetools::NodeWorld world{reactor, files, processes, entropy, std::cout, std::cerr};
  auto signalled = [&] {
    world.interrupted = true;
    if (!world.signals_held) return reactor.end(1);
    std::cerr << "told to stop: what is under way is brought to an end first\n";
  };
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) reactor.on_signal(signal, signalled);
  return reactor.run(body(std::move(args), world));
}

}  // namespace tanist

#include "production.h"

#include <pwd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "hooks/shell_runner.h"
#include "mysql/connector.h"
#include "remote/openssh.h"
#include "store/sqlite_journal.h"
#include "sys/log_file.h"
#include "sys/posix_entropy.h"
#include "sys/posix_files.h"
#include "sys/posix_processes.h"
#include "sys/process_table.h"
#include "sys/resolver.h"

namespace tanist {

using namespace std::chrono_literals;

namespace {

void print(std::FILE* to, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), to);
  std::fflush(to);
}

std::string login_name() {
  const passwd* entry = getpwuid(geteuid());
  return entry ? entry->pw_name : "root";
}

std::string own_host_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

// tanist-node lies beside the program itself, however that was called.
std::string node_binary() {
  std::error_code error;
  auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "tanist-node" : (self.parent_path() / "tanist-node").string();
}

}  // namespace

struct Production::Parts {
  explicit Parts(sys::Reactor& loop)
      : reactor(loop), processes(loop), resolver(loop), connector(loop), stop(loop) {}

  sys::Reactor& reactor;
  sys::PosixFiles files;
  sys::PosixEntropy entropy;
  sys::PosixProcesses processes;
  sys::PosixProcessTable table;
  sys::SystemResolver resolver;
  mysql::MariadbConnector connector;
  sys::Event stop;
  std::unique_ptr<manager::Outside> outside;
  std::unique_ptr<compat::World> small;

  config::ConfigWorld config_world() {
    config::ConfigWorld world;
    world.read = [this](const std::string& path) { return files.read(path); };
    world.resolve = [this](std::string host) { return resolver.resolve(std::move(host), reactor.now() + 5s); };
    world.run_script = [this](std::string command) { return run_script(std::move(command)); };
    world.login_name = login_name();
    return world;
  }

  sys::Task<Result<config::ScriptOutput>> run_script(std::string command) {
    sys::ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", std::move(command)};
    spec.deadline = reactor.now() + 30s;
    auto result = co_await processes.run(std::move(spec));
    if (!result) co_return fail(result.error());
    co_return config::ScriptOutput{result->status.code, std::move(result->output)};
  }

  Result<std::unique_ptr<store::Journal>> open_journal(const std::string& path) {
    auto journal = store::SqliteJournal::open(path);
    if (!journal) return fail(journal.error());
    return std::unique_ptr<store::Journal>(std::move(*journal));
  }

  std::unique_ptr<remote::Shell> open_shell(sys::Log& log) {
    remote::OpenSsh::World world{processes, reactor, files, entropy};
    auto shell = remote::OpenSsh::open(world, "/tmp", node_binary());
    if (shell) return std::move(*shell);
    log.error(shell.error().what);
    std::exit(1);
  }
};

Production::Production() : parts_(std::make_unique<Parts>(reactor_)) {
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    reactor_.on_signal(signal, [this] { parts_->stop.set(); });
  }
}

Production::~Production() = default;

manager::Outside& Production::outside() {
  if (!parts_->outside) {
    Parts* parts = parts_.get();
    parts->outside.reset(new manager::Outside{
        .clock = reactor_,
        .files = parts->files,
        .entropy = parts->entropy,
        .mysql = parts->connector,
        .config = parts->config_world(),
        .open_log =
            [parts](const std::string& path, sys::Level least) {
              return std::make_unique<sys::LogFile>(parts->reactor, parts->files, path, least);
            },
        .open_journal = [parts](const std::string& path) { return parts->open_journal(path); },
        .lock_cluster = [](const std::string& workdir,
                           const std::string& name) { return store::lock_cluster(workdir, name); },
        .open_shell = [parts](sys::Log& log) { return parts->open_shell(log); },
        .open_hooks =
            [parts](sys::Log& log) { return std::make_unique<hooks::ShellRunner>(parts->processes, parts->reactor, log); },
        .stop = parts->stop,
        .pid = getpid(),
        .host_name = own_host_name(),
        .out = [](std::string_view text) { print(stdout, text); },
        .err = [](std::string_view text) { print(stderr, text); },
        .ask_line = [](std::string_view question) -> std::optional<std::string> {
          print(stdout, question);
          std::string line;
          if (!std::getline(std::cin, line)) return std::nullopt;
          return line;
        },
    });
  }
  return *parts_->outside;
}

compat::World& Production::small_world() {
  if (!parts_->small) {
    parts_->small.reset(new compat::World{reactor_, parts_->files, parts_->table, parts_->config_world(),
                                          [](std::string_view text) { print(stdout, text); },
                                          [](std::string_view text) { print(stderr, text); }});
  }
  return *parts_->small;
}

}  // namespace tanist

#include "production.h"

#include <poll.h>
#include <pwd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "config/system_world.h"
#include "hooks/shell_runner.h"
#include "mysql/connector.h"
#include "remote/openssh.h"
#include "store/sqlite_journal.h"
#include "sys/environment.h"
#include "sys/log_file.h"
#include "sys/posix_entropy.h"
#include "sys/posix_files.h"
#include "sys/file_limit.h"
#include "sys/posix_processes.h"
#include "sys/process_table.h"
#include "sys/resolver.h"
#include "sys/unique_fd.h"

namespace tanist {

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

constexpr int kEndingSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// A line from the terminal; nothing when it ends, or when a signal comes instead, which takes its usual way then. The
// loop stands still meanwhile: nothing moves while a person thinks. Whoever sees the question may send a signal at once.
std::optional<std::string> read_answer(std::string_view question, bool& interrupted) {
  sigset_t ending, before;
  sigemptyset(&ending);
  for (int signal : kEndingSignals) sigaddset(&ending, signal);
  ::pthread_sigmask(SIG_BLOCK, &ending, &before);
  print(stdout, question);
  sys::UniqueFd signals(::signalfd(-1, &ending, SFD_CLOEXEC));
  pollfd wanted[] = {{STDIN_FILENO, POLLIN, 0}, {signals.get(), POLLIN, 0}};
  while (std::cin.rdbuf()->in_avail() <= 0 && ::poll(wanted, 2, -1) < 0 && errno == EINTR) {
  }
  interrupted = (wanted[1].revents & POLLIN) != 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::string line;
  if (interrupted || !std::getline(std::cin, line)) return std::nullopt;
  return line;
}

std::optional<std::string> environment_variable(std::string_view name) {
  for (const std::string& variable : sys::environment_of_children()) {
    if (variable.starts_with(std::string(name) + "=")) return variable.substr(name.size() + 1);
  }
  return std::nullopt;
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
  bool held = false;         // signals only set `stop`
  bool interrupted = false;  // a signal came at a question: no further one is asked
  std::unique_ptr<manager::Outside> outside;
  std::unique_ptr<compat::World> small;
  std::unique_ptr<compat::SuperviseWorld> supervise;
  sys::Event reload{reactor};
  std::unique_ptr<daemon::Systemd> service;
  std::unique_ptr<daemon::RunWorld> run;
  std::unique_ptr<cli::World> cli;

  // To read the files again, where somebody does; else one of the signals that end us.
  void hung_up() {
    if (run) {
      reload.set();
    } else {
      signalled();
    }
  }

  void signalled() {
    if (outside && outside->on_signal) outside->on_signal();
    stop.set();
    if (!held) reactor.end(1);
  }

  config::ConfigWorld config_world() {
    return config::system_world(files, processes, resolver, reactor, login_name(),
                                [](std::string_view text) { print(stderr, text); });
  }

  Result<std::shared_ptr<store::Journal>> open_journal(const std::string& path) {
    auto journal = store::SqliteJournal::open(path);
    if (!journal) return fail(journal.error());
    return std::shared_ptr<store::Journal>(std::move(*journal));
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
  for (int signal : {SIGINT, SIGTERM, SIGQUIT})
    reactor_.on_signal(signal, [parts = parts_.get()] { parts->signalled(); });
  reactor_.on_signal(SIGHUP, [parts = parts_.get()] { parts->hung_up(); });
}

Production::~Production() = default;

bool Production::signalled() const { return parts_->stop.is_set(); }

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
        .open_memory = [](const std::string& path) { return store::open_memory(path); },
        .lock_cluster = [](const std::string& workdir,
                           const std::string& name) { return store::lock_cluster(workdir, name); },
        .open_shell = [parts](sys::Log& log) { return parts->open_shell(log); },
        .open_hooks =
            [parts](sys::Log& log) { return std::make_unique<hooks::ShellRunner>(parts->processes, parts->reactor, log); },
        .stop = parts->stop,
        .hold_signals = [parts] { parts->held = true; },
        .lead_process_group = [] { ::setpgid(0, 0); },  // refused to a session's leader, which leads one already
        .pid = getpid(),
        .host_name = own_host_name(),
        .out = [](std::string_view text) { print(stdout, text); },
        .err = [](std::string_view text) { print(stderr, text); },
        .environment = environment_variable,
        .ask_line = [parts](std::string_view question) -> std::optional<std::string> {
          if (!parts->stop.is_set() && !parts->interrupted) return read_answer(question, parts->interrupted);
          print(stdout, question);
          return std::nullopt;
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

compat::SuperviseWorld& Production::supervise_world() {
  if (!parts_->supervise) {
    parts_->supervise.reset(new compat::SuperviseWorld{
        outside(), small_world(), parts_->processes,
        [parts = parts_.get()](const std::string& path) { return sys::follow_file(parts->reactor, path); }});
  }
  return *parts_->supervise;
}

cli::World& Production::cli_world() {
  if (!parts_->cli) {
    parts_->cli.reset(new cli::World{
        outside(), [this](std::string socket, std::string method, std::string target, std::string body, TimePoint deadline) {
          return http::ask(reactor_, std::move(socket), std::move(method), std::move(target), std::move(body), deadline);
        }});
  }
  return *parts_->cli;
}

daemon::RunWorld& Production::run_world() {
  if (!parts_->run) {
    parts_->service = std::make_unique<daemon::Systemd>();
    parts_->run.reset(new daemon::RunWorld{
        .outside = outside(),
        .processes = parts_->processes,
        .service = *parts_->service,
        .reload = parts_->reload,
        .file_limit = sys::raise_file_limit(),
        .watch_directories = [parts = parts_.get()] { return sys::watch_directories(parts->reactor); },
        .open_http =
            [parts = parts_.get()](http::ServerOptions options, sys::Log& log, http::Handler handler) {
              return http::Server::open(parts->reactor, parts->files, log, std::move(options), std::move(handler));
            },
    });
  }
  return *parts_->run;
}

}  // namespace tanist

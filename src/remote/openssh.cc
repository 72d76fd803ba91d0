#include "remote/openssh.h"

#include "base/text.h"
#include "remote/options.h"
#include "remote/own_status.h"

namespace tanist::remote {

namespace {

// sun_path holds 108 bytes with its end; while it binds, ssh appends a dot and 16 random characters; and we
// append
// "/" and at most eight characters for host and attempt.
constexpr size_t kLongestDirectory = 107 - 17 - 9;
constexpr int kFailureOfSsh = 255;
constexpr size_t kKeptOfForwarded = 4096;  // of output that goes elsewhere: enough for ssh's reason

// A remote command that keeps its connection.
class RemoteChild : public sys::Child {
 public:
  RemoteChild(std::unique_ptr<sys::Child> session, std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)), session_(std::move(session)) {}
  int pid() const override { return session_->pid(); }
  sys::Task<Status> write(std::string text, TimePoint deadline) override {
    return session_->write(std::move(text), deadline);
  }
  void close_stdin() override { session_->close_stdin(); }
  sys::Task<Result<std::string>> read_line(TimePoint deadline) override {
    return session_->read_line(deadline);
  }
  std::string errors() const override { return session_->errors(); }
  sys::Task<sys::ExitStatus> wait(TimePoint deadline) override { return session_->wait(deadline); }

 private:
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<sys::Child> session_;
};

}  // namespace

Result<std::unique_ptr<OpenSsh>> OpenSsh::open(World world, const std::string& run_dir,
                                               const std::string& node_binary) {
  auto sockets = sys::TemporaryDirectory::make(run_dir, "ssh-");
  if (!sockets) return fail(sockets.error().during("make a place for ssh's sockets"));
  if (sockets->path().size() > kLongestDirectory) {
    return fail(Errc::invalid, "the directory for ssh's sockets has too long a name: " + run_dir);
  }
  return std::unique_ptr<OpenSsh>(new OpenSsh(world, std::move(*sockets), node_binary));
}

OpenSsh::OpenSsh(World world, sys::TemporaryDirectory sockets, const std::string& node_binary)
    : world_(world),
      sockets_(std::move(sockets)),
      copier_(*this, world.processes, world.files, world.entropy),
      node_provider_(*this, world.processes, world.clock, copier_, node_binary) {}

WarmHost& OpenSsh::warm(const Host& host) {
  std::unique_ptr<WarmHost>& found = warm_hosts_[connection_key(host)];
  if (!found) {
    std::string prefix = sockets_.file(std::to_string(warm_hosts_.size()) + ".");
    found = std::make_unique<WarmHost>(world_.processes, world_.clock, host, prefix);
  }
  return *found;
}

std::string OpenSsh::bounded_by(TimePoint deadline, const std::string& script) const {
  // A year is no bound; and clocks need not agree to the second.
  Duration left = std::min<Duration>(deadline - world_.clock.now(), std::chrono::years(1));
  return bounded(script, std::chrono::ceil<std::chrono::seconds>(left) + std::chrono::seconds(1));
}

sys::Task<Status> OpenSsh::connect(Host host, TimePoint deadline) {
  WarmHost& way = warm(host);
  way.doubt();
  auto connection = co_await way.connection(deadline);
  if (!connection) co_return fail(connection.error());
  co_return Status{};
}

sys::Task<Result<sys::ProcessResult>> OpenSsh::run(Host host, Command command) {
  sys::ProcessSpec spec;
  spec.stdin_text = std::move(command.stdin_text);
  spec.deadline = command.deadline;
  spec.on_output = std::move(command.on_output);
  return run_script(std::move(host), script_of(command.argv), std::move(spec));
}

sys::Task<Result<sys::ProcessResult>> OpenSsh::run_script(Host host, std::string script,
                                                          sys::ProcessSpec spec) {
  WarmHost& way = warm(host);
  auto connection = co_await way.connection(spec.deadline);
  if (!connection) co_return fail(connection.error());

  std::string word = "tanist-" + world_.entropy.hex(8), said;
  auto forward = std::move(spec.on_output);
  WordFilter filter(word, [&said, &forward](std::string_view text) {
    said += text;
    if (!forward) return;
    forward(text);
    if (said.size() > kKeptOfForwarded) said.erase(0, said.size() - kKeptOfForwarded);
  });
  if (forward) spec.on_output = std::ref(filter);
  spec.argv = session_argv(host, (*connection)->socket(),
                           in_sh(telling_its_own_255(bounded_by(spec.deadline, script), word)));
  auto result = co_await world_.processes.run(std::move(spec));
  if (!result) co_return fail(result.error());
  filter(result->errors);
  filter.finish();

  bool ssh_failed = result->status.code == kFailureOfSsh && result->status.signal == 0 && !filter.heard();
  if (ssh_failed || result->status.ended_by_us) {
    way.doubt();
  } else {
    way.heard();
  }
  if (ssh_failed) {
    std::string why(last_line(said));
    co_return fail(Errc::unreachable,
                   "ssh to " + to_text(host) + ": " + (why.empty() ? "lost the connection" : why));
  }
  if (!forward) result->errors = std::move(said);
  co_return result;
}

sys::Task<Result<std::unique_ptr<sys::Child>>> OpenSsh::start(Host host, Command command) {
  auto connection = co_await warm(host).connection(command.deadline);
  if (!connection) co_return fail(connection.error());
  sys::ProcessSpec spec;
  spec.argv = session_argv(host, (*connection)->socket(),
                           in_sh(bounded_by(command.deadline, "exec " + script_of(command.argv))));
  spec.deadline = command.deadline;
  spec.on_output = std::move(command.on_output);
  auto session = world_.processes.start(std::move(spec));
  if (!session) co_return fail(session.error());
  std::unique_ptr<sys::Child> child = std::make_unique<RemoteChild>(std::move(*session), *connection);
  if (command.stdin_text.empty()) co_return child;
  auto written = co_await child->write(std::move(command.stdin_text), command.deadline);
  if (!written) co_return fail(written.error());
  co_return child;
}

sys::Task<Status> OpenSsh::fetch(Host host, std::string remote_path, std::string local_path,
                                 TimePoint deadline) {
  return copier_.fetch(std::move(host), std::move(remote_path), std::move(local_path), deadline);
}

sys::Task<Status> OpenSsh::send(Host host, std::string local_path, std::string remote_path, unsigned mode,
                                TimePoint deadline) {
  return copier_.send(std::move(host), std::move(local_path), std::move(remote_path), mode, deadline);
}

sys::Task<Result<std::string>> OpenSsh::node(Host host, std::string workdir, TimePoint deadline) {
  return node_provider_.path(std::move(host), std::move(workdir), deadline);
}

sys::Task<void> OpenSsh::close_all(TimePoint deadline) {
  std::vector<sys::Task<void>> closing;
  for (auto& [key, way] : warm_hosts_) closing.push_back(way->close(deadline));
  co_await sys::when_all(std::move(closing));
}

}  // namespace tanist::remote

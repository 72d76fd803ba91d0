#include "nodetools/diff_sender.h"

#include "base/text.h"
#include "nodetools/log_output.h"
#include "remote/copier.h"
#include "remote/options.h"

namespace tanist::nodetools {

namespace {

constexpr int kAttempts = 3;

// One connection for each script: a diff is sent once, and MHA's option list is taken as it is.
class PlainSsh : public remote::ScriptRunner {
 public:
  explicit PlainSsh(sys::Processes& processes) : processes_(processes) {}

  sys::Task<Result<sys::ProcessResult>> run_script(remote::Host host, std::string script,
                                                   sys::ProcessSpec spec) override {
    spec.argv = {"ssh"};
    spec.argv.insert(spec.argv.end(), host.options.begin(), host.options.end());
    spec.argv.insert(spec.argv.end(),
                     {"-p", std::to_string(host.port), "-l", host.user, "--", host.address, script});
    return processes_.run(std::move(spec));
  }

  sys::Task<Status> run(remote::Host host, std::string script, TimePoint deadline) {
    sys::ProcessSpec spec;
    spec.deadline = deadline;
    std::string doing = "ssh " + host.user + "@" + host.name + " " + script;
    auto result = co_await run_script(std::move(host), std::move(script), std::move(spec));
    if (!result) co_return fail(result.error());
    if (result->status.ok()) co_return Status{};
    co_return fail(Errc::unreachable, doing + " ended with code " + std::to_string(result->status.code) +
                                          ": " + std::string(trim(result->errors)));
  }

 private:
  sys::Processes& processes_;
};

}  // namespace

remote::Host scp_target(const Options& options) {
  remote::Host host;
  host.name = host.address = options.text("scp_host");
  host.port = static_cast<uint16_t>(options.number("scp_port"));
  host.user = options.text("scp_user");
  // A list that is given replaces the usual one.
  if (!options.given("ssh_options")) {
    host.options = remote::alive_options({});
    return host;
  }
  for (std::string& word : split(options.text("ssh_options"), ' '))
    if (!word.empty()) host.options.push_back(std::move(word));
  return host;
}

sys::Task<Status> check_ssh(NodeWorld& world, remote::Host host) {
  PlainSsh ssh(world.processes);
  std::string script = "exit 0";
  co_return co_await ssh.run(std::move(host), std::move(script), world.clock.now() + kAnswerWithin);
}

sys::Task<Status> send_diff(NodeWorld& world, remote::Host host, std::string path) {
  PlainSsh ssh(world.processes);
  remote::Copier copier(ssh, world.processes, world.files, world.entropy);
  std::string make_directory = "mkdir -p -- " + shell_quote(directory_of(path));
  Status sent;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    sent = co_await ssh.run(host, make_directory, world.clock.now() + kAnswerWithin);
    if (sent) sent = co_await copier.send(host, path, path, 0600, world.clock.now() + kWorkWithin);
    if (sent) break;
    world.err << "attempt " << attempt << " of " << kAttempts << ": " << sent.error().what << "\n";
  }
  co_return sent;
}

}  // namespace tanist::nodetools

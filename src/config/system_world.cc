#include "config/system_world.h"

namespace tanist::config {

namespace {

sys::Task<Result<std::string>> resolve(sys::Resolver& resolver, const sys::Clock& clock, std::string host) {
  co_return co_await resolver.resolve(std::move(host), clock.now() + kResolveWithin);
}

sys::Task<Result<ScriptOutput>> run_script(sys::Processes& processes, const sys::Clock& clock,
                                           std::string command,
                                           std::function<void(std::string_view)> errors) {
  sys::ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", command};
  spec.deadline = clock.now() + kInitScriptWithin;
  Result<sys::ProcessResult> ran = co_await processes.run(std::move(spec));
  if (!ran) co_return fail(ran.error());
  if (!ran->errors.empty()) errors(ran->errors);
  if (ran->status.ended_by_us) {
    std::string limit = std::to_string(kInitScriptWithin.count());
    co_return fail(Errc::timeout, "did not end within " + limit + " s and was killed");
  }
  if (ran->status.signal != 0) {
    co_return fail(Errc::io, "was ended by signal " + std::to_string(ran->status.signal));
  }
  co_return ScriptOutput{ran->status.code, std::move(ran->output)};
}

}  // namespace

ConfigWorld system_world(sys::Files& files, sys::Processes& processes, sys::Resolver& resolver,
                         const sys::Clock& clock, std::string login_name,
                         std::function<void(std::string_view)> errors) {
  ConfigWorld world;
  world.read = [&files](const std::string& path) { return files.read(path); };
  world.resolve = [&resolver, &clock](std::string host) { return resolve(resolver, clock, std::move(host)); };
  world.run_script = [&processes, &clock, errors = std::move(errors)](std::string command) {
    return run_script(processes, clock, std::move(command), errors);
  };
  world.login_name = std::move(login_name);
  return world;
}

}  // namespace tanist::config

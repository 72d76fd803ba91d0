#include "hooks/shell_runner.h"

namespace tanist::hooks {

namespace {

// What a shell answers for a command that it cannot start.
constexpr int kCannotStart = 127;

std::string how_it_ended(const sys::ExitStatus& status, Duration took) {
  if (status.ended_by_us) {
    auto seconds = std::chrono::round<std::chrono::seconds>(took).count();
    return "ended by us after " + std::to_string(seconds) + " s";
  }
  return "return code " + std::to_string(status.code) + ":" + std::to_string(status.signal);
}

}  // namespace

sys::Task<Outcome> ShellRunner::run(Call call) {
  sys::ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", command_line(call)};
  spec.extra_env = environment(call);
  spec.deadline = call.deadline;
  spec.on_output = [this](std::string_view text) { log_.raw(text); };
  TimePoint started = clock_.now();
  auto result = co_await processes_.run(std::move(spec));
  if (!result) co_return Outcome{{.code = kCannotStart}, "not run: " + result.error().what};
  co_return Outcome{result->status, how_it_ended(result->status, clock_.now() - started)};
}

}  // namespace tanist::hooks

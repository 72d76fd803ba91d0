// Processes that a test or the simulated world plays: each run is recorded and answered by a function.
#pragma once

#include <utility>
#include <vector>

#include "sys/process.h"

namespace tanist::sys {

class ScriptedProcesses : public Processes {
 public:
  using Script = std::function<Result<ProcessResult>(const ProcessSpec&)>;

  ScriptedProcesses() : script_([](const ProcessSpec&) { return ProcessResult{}; }) {}
  explicit ScriptedProcesses(Script script) : script_(std::move(script)) {}

  Task<Result<ProcessResult>> run(ProcessSpec spec) override {
    seen.push_back(spec);
    auto result = script_(spec);
    if (result && spec.on_output && !spec.inherit_output) spec.on_output(result->output + result->errors);
    co_return result;
  }
  Result<std::unique_ptr<Child>> start(ProcessSpec spec) override {
    return fail(Errc::unsupported, "start " + spec.argv[0] + ": a scripted process cannot be talked with");
  }

  std::vector<ProcessSpec> seen;

 private:
  Script script_;
};

}  // namespace tanist::sys

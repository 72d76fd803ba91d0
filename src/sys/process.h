// Child processes: always an argument vector, never a shell line of ours; always a deadline; output never lost.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "sys/task.h"

namespace tanist::sys {

struct ExitStatus {
  int code = 0;       // exit code, when signal == 0
  int signal = 0;     // the signal that ended it
  bool ended_by_us = false;  // the deadline passed and its whole process group was killed
  bool ok() const { return code == 0 && signal == 0 && !ended_by_us; }
};

struct ProcessSpec {
  std::vector<std::string> argv;
  std::string stdin_text;                       // written, then closed; empty: /dev/null
  // Whole files that the program reads and writes by itself, so that gigabytes need not pass through the decision
  // thread. stdout_file is created (it must not exist) with mode 0600.
  std::string stdin_file;
  std::string stdout_file;
  std::map<std::string, std::string> extra_env; // secrets go here or to stdin, never to argv
  TimePoint deadline;                           // at which the process group is killed
  bool inherit_output = false;                  // true: stdout and stderr go where ours go
  std::function<void(std::string_view)> on_output;  // else: called with stdout and stderr as they come (merged);
                                                    // of a Child with stderr only
};

struct ProcessResult {
  ExitStatus status;
  std::string output;  // stdout only, when on_output is not set; at most 16 MiB are kept
  std::string errors;  // stderr only, likewise
};

// A child that is talked with line by line; ends with its destructor (stdin closed, then killed).
class Child {
 public:
  virtual ~Child() = default;
  virtual int pid() const = 0;
  virtual Task<Status> write(std::string text, TimePoint deadline) = 0;
  virtual void close_stdin() = 0;
  // The next line of stdout without its newline; Errc::not_found at end of output.
  virtual Task<Result<std::string>> read_line(TimePoint deadline) = 0;
  virtual std::string errors() const = 0;  // stderr so far (last 64 KiB)
  // Waits for the end; at the deadline the process group is killed.
  virtual Task<ExitStatus> wait(TimePoint deadline) = 0;
};

class Processes {
 public:
  virtual ~Processes() = default;
  // Fails only if the program cannot be started at all; a bad exit is a result. Ends when the program has ended and
  // what it wrote is read: a background child of a script that keeps stdout open is not waited for.
  virtual Task<Result<ProcessResult>> run(ProcessSpec spec) = 0;
  virtual Result<std::unique_ptr<Child>> start(ProcessSpec spec) = 0;  // spec.deadline bounds its whole life
};

}  // namespace tanist::sys

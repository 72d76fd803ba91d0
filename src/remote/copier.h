// Whole files from host to host: streamed through `cat` over the warm connection from file to file, never
// through our memory; believed only when the SHA-256 of both ends is the same; the target appears at once and
// complete.
#pragma once

#include <string>

#include "remote/shell.h"
#include "sys/entropy.h"
#include "sys/files.h"

namespace tanist::remote {

// Runs a POSIX shell script on a host; the spec says where its input comes from and its output goes to, and
// until when.
class ScriptRunner {
 public:
  virtual ~ScriptRunner() = default;
  virtual sys::Task<Result<sys::ProcessResult>> run_script(Host host, std::string script,
                                                           sys::ProcessSpec spec) = 0;
};

struct Fingerprint {
  std::string sha256;  // lower-case hexadecimal
  uint64_t size = 0;
  bool operator==(const Fingerprint&) const = default;
};

class Copier {
 public:
  Copier(ScriptRunner& hosts, sys::Processes& processes, sys::Files& files, sys::Entropy& entropy)
      : hosts_(hosts), processes_(processes), files_(files), entropy_(entropy) {}

  sys::Task<Status> fetch(Host host, std::string remote_path, std::string local_path, TimePoint deadline);
  sys::Task<Status> send(Host host, std::string local_path, std::string remote_path, unsigned mode,
                         TimePoint deadline);
  sys::Task<Result<Fingerprint>> fingerprint(std::string local_path, TimePoint deadline);

 private:
  sys::Task<Status> fetch_beside(Host host, std::string remote_path, std::string beside, TimePoint deadline);
  Status arrived_whole(const std::string& beside, uint64_t expected);

  ScriptRunner& hosts_;
  sys::Processes& processes_;
  sys::Files& files_;
  sys::Entropy& entropy_;
};

// The script's first and only word on stderr is the fingerprint, then the file goes to stdout.
std::string fetching_script(const std::string& path);
// Takes the file from stdin; `beside` must be in the directory of `path` and not exist.
std::string sending_script(const std::string& path, const std::string& beside, const Fingerprint& expected,
                           unsigned mode);
// From the two lines of `sha256sum` and `wc -c`, after whatever a login script may have printed.
Result<Fingerprint> fingerprint_in(std::string_view text);

}  // namespace tanist::remote

#include "remote/copier.h"

#include <cstdio>

#include "base/text.h"
#include "remote/own_status.h"

namespace tanist::remote {

namespace {

constexpr int kArrivedDamaged = 65;  // as the script below says

// noclobber: the temporary file must be new, whatever somebody laid out there. A lost connection looks like
// the end of the file, so that the sum tells it.
constexpr const char* kReceive = R"(umask 077; set -C
cat >"$beside" || { rm -f "$beside"; exit 1; }
got=$(sha256sum <"$beside")
[ "${got%% *}" = "$sum" ] || { rm -f "$beside"; echo 'it arrived damaged' >&2; exit 65; }
chmod "$mode" "$beside" && mv -f "$beside" "$to" || { rm -f "$beside"; exit 1; })";

// What ended badly, in the program's own words.
Status outcome(const Result<sys::ProcessResult>& result) {
  if (!result) return fail(result.error());
  if (result->status.ok()) return {};
  if (result->status.ended_by_us) return fail(Errc::timeout, "not done in time");
  std::string why = last_line(result->errors);
  if (why.empty()) why = "ended with code " + std::to_string(result->status.code);
  return fail(result->status.code == kArrivedDamaged ? Errc::corrupt : Errc::io, why, result->status.code);
}

std::string octal(unsigned mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%o", mode);
  return text;
}

}  // namespace

std::string fetching_script(const std::string& path) {
  std::string from = " <" + shell_quote(path);
  return "{ sha256sum" + from + " && wc -c" + from + "; } >&2 && cat" + from;
}

std::string sending_script(const std::string& path, const std::string& beside, const Fingerprint& expected,
                           unsigned mode) {
  return "to=" + shell_quote(path) + " beside=" + shell_quote(beside) + " sum=" + expected.sha256 +
         " mode=" + octal(mode) + "\n" + kReceive;
}

Result<Fingerprint> fingerprint_in(std::string_view text) {
  std::vector<std::string> lines = split(trim(text), '\n');
  if (lines.size() >= 2) {
    const std::string& hash = lines[lines.size() - 2];
    auto size = parse_uint(trim(lines.back()));
    if (size && hash.size() > 64 && hash.find_first_not_of("0123456789abcdef") == 64) {
      return Fingerprint{hash.substr(0, 64), *size};
    }
  }
  return fail(Errc::invalid, "no SHA-256 and size in: " + std::string(text));
}

sys::Task<Result<Fingerprint>> Copier::fingerprint(std::string local_path, TimePoint deadline) {
  sys::ProcessSpec spec;
  spec.argv = {"sha256sum"};
  spec.stdin_file = local_path;
  spec.deadline = deadline;
  auto result = co_await processes_.run(std::move(spec));
  auto done = outcome(result);
  if (!done) co_return fail(done.error().during("read " + local_path));
  auto facts = files_.facts(local_path);
  if (!facts) co_return fail(facts.error());
  co_return fingerprint_in(result->output + std::to_string(facts->size));
}

sys::Task<Status> Copier::fetch(Host host, std::string remote_path, std::string local_path,
                                TimePoint deadline) {
  std::string beside = local_path + ".tanist-" + entropy_.hex(8);
  Status done = co_await fetch_beside(host, remote_path, beside, deadline);
  if (done) done = files_.rename(beside, local_path);
  if (done) co_return done;
  files_.remove(beside);
  co_return fail(done.error().during("fetch " + host.name + ":" + remote_path));
}

sys::Task<Status> Copier::fetch_beside(Host host, std::string remote_path, std::string beside,
                                       TimePoint deadline) {
  sys::ProcessSpec spec;
  spec.stdout_file = beside;
  spec.deadline = deadline;
  auto fetched = co_await hosts_.run_script(host, fetching_script(remote_path), std::move(spec));
  auto done = outcome(fetched);
  if (!fetched) co_return done;
  auto theirs = fingerprint_in(fetched->errors);
  if (theirs && (done || done.error().code != Errc::timeout)) {
    if (Status whole = arrived_whole(beside, theirs->size); !whole) co_return whole;
  }
  if (!done) co_return done;
  if (!theirs) co_return fail(theirs.error());
  auto ours = co_await fingerprint(beside, deadline);
  if (!ours) co_return fail(ours.error());
  if (*ours != *theirs) {
    co_return fail(Errc::corrupt, "it arrived damaged, or changed meanwhile (" +
                                      std::to_string(theirs->size) + " bytes there, " +
                                      std::to_string(ours->size) + " here)");
  }
  // What is fetched may be the last copy of it; a child waits for the disk, not the decision thread.
  sys::ProcessSpec sync;
  sync.argv = {"sync", "--", beside};
  sync.deadline = deadline;
  auto synced = co_await processes_.run(std::move(sync));
  co_return outcome(synced);
}

// All that ssh says of a full disk here is that it ended. A file that cannot grow says why by itself.
Status Copier::arrived_whole(const std::string& beside, uint64_t expected) {
  constexpr size_t kBeyondAnyBlock = 1 << 16;
  auto here = files_.facts(beside);
  if (!here || here->size >= expected) return {};
  if (auto grown = files_.append(beside, std::string(kBeyondAnyBlock, '\0')); !grown) return grown;
  return fail(Errc::io,
              "only " + std::to_string(here->size) + " of " + std::to_string(expected) + " bytes arrived");
}

sys::Task<Status> Copier::send(Host host, std::string local_path, std::string remote_path, unsigned mode,
                               TimePoint deadline) {
  std::string doing = "send " + local_path + " to " + host.name + ":" + remote_path;
  auto ours = co_await fingerprint(local_path, deadline);
  if (!ours) co_return fail(ours.error().during(doing));
  std::string beside = remote_path + ".tanist-" + entropy_.hex(8);
  sys::ProcessSpec spec;
  spec.stdin_file = local_path;
  spec.deadline = deadline;
  auto sent =
      co_await hosts_.run_script(host, sending_script(remote_path, beside, *ours, mode), std::move(spec));
  auto done = outcome(sent);
  if (!done) co_return fail(done.error().during(doing));
  co_return Status{};
}

}  // namespace tanist::remote

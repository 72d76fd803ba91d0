#include "remote/node_provider.h"

#include "base/text.h"
#include "remote/options.h"

namespace tanist::remote {

namespace {

constexpr const char* kInstalled = "/usr/bin/tanist-node";
constexpr std::string_view kFound = "found ";
constexpr unsigned kMode = 0700;

// "$1" is the version line, "$2" the package's own place, the rest are candidates. Login scripts may print too, so the
// answer has a word before it. The work directory is usually /var/tmp, where anybody may lay out a program of this name
// beforehand: only a plain file that we have written ourselves is even asked for its version.
constexpr const char* kFindScript = R"(line=$1; package=$2; shift 2
for f; do
  [ -e "$f" ] || continue
  if [ "$f" != "$package" ] && { [ -L "$f" ] || [ ! -O "$f" ]; }; then echo "$f is not ours: remove it" >&2; continue; fi
  said=$("$f" --version 2>&1) && [ "$said" = "$line" ] && { echo "found $f"; exit 0; }
  echo "$f says: $said" >&2
done
exit 1)";

// "0.1.0" of "tanist-node version 0.1.0."
std::string version_in(std::string_view line) {
  constexpr std::string_view kBefore = " version ";
  size_t at = line.find(kBefore);
  if (at == std::string_view::npos) return "";
  std::string_view version = line.substr(at + kBefore.size());
  version = version.substr(0, version.find(' '));
  while (version.ends_with('.')) version.remove_suffix(1);
  return std::string(version);
}

}  // namespace

sys::Task<Result<NodeProvider::Own>> NodeProvider::own(TimePoint deadline) {
  if (own_) co_return *own_;
  sys::ProcessSpec spec;
  spec.argv = {own_binary_, "--version"};
  spec.deadline = deadline;
  auto said = co_await processes_.run(std::move(spec));
  if (!said) co_return fail(said.error().during("our own tanist-node"));
  std::string line(trim(said->output));
  std::string version = version_in(line);
  if (!said->status.ok() || version.empty()) {
    co_return fail(Errc::unsupported,
                   "our own tanist-node: " + own_binary_ + " --version does not tell its version");
  }
  auto print = co_await copier_.fingerprint(own_binary_, deadline);
  if (!print) co_return fail(print.error().during("our own tanist-node"));
  own_ = Own{line, "tanist-node-" + version + "-" + print->sha256.substr(0, 8)};
  co_return *own_;
}

sys::Task<Result<std::string>> NodeProvider::find(Host host, std::vector<std::string> candidates,
                                                  std::string version_line, TimePoint deadline) {
  Command command;
  command.argv = {"sh", "-c", kFindScript, "sh", version_line, kInstalled};
  command.argv.insert(command.argv.end(), candidates.begin(), candidates.end());
  command.deadline = deadline;
  auto looked = co_await shell_.run(host, std::move(command));
  if (!looked) co_return fail(looked.error());
  if (looked->status.ended_by_us) co_return fail(Errc::timeout, host.name + " did not answer in time");
  for (const std::string& line : split(looked->output, '\n')) {
    if (looked->status.ok() && line.starts_with(kFound)) co_return line.substr(kFound.size());
  }
  co_return fail(Errc::not_found, std::string(trim(looked->errors)));
}

sys::Task<Result<std::string>> NodeProvider::path(Host host, std::string workdir, TimePoint deadline) {
  auto ours = co_await own(deadline);
  if (!ours) co_return fail(ours.error());
  std::string sent_path = workdir + "/" + ours->file_name;
  std::vector<std::string> candidates{kInstalled, sent_path};
  auto found = co_await find(host, candidates, ours->version_line, deadline);
  if (found || found.error().code != Errc::not_found) co_return found;

  auto sent = co_await copier_.send(host, own_binary_, sent_path, kMode, deadline);
  if (!sent) co_return fail(sent.error());
  candidates = {sent_path};
  found = co_await find(host, candidates, ours->version_line, deadline);
  if (!found && found.error().code == Errc::not_found) {
    co_return fail(Errc::unsupported,
                   "our tanist-node does not run on " + host.name + ": " + found.error().what);
  }
  co_return found;
}

}  // namespace tanist::remote

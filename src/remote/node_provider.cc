#include "remote/node_provider.h"

#include "base/text.h"
#include "remote/options.h"

namespace tanist::remote {

namespace {

constexpr const char* kInstalled = "/usr/bin/tanist-node";
constexpr std::string_view kFound = "usable";
constexpr unsigned kMode = 0700;
constexpr Duration kFoundIsFresh = std::chrono::seconds(10);

// "$1" is the version line, "$2" the package's own place, "$3" the candidate. Login scripts may print too, so the
// answer is a word of its own. The work directory is usually /var/tmp, where anybody may lay out a program of this name
// beforehand: only a plain file that we have written ourselves is even asked for its version.
constexpr const char* kFindScript = R"(line=$1; package=$2; f=$3
[ -e "$f" ] || exit 1
if [ "$f" != "$package" ] && { [ -L "$f" ] || [ ! -O "$f" ]; }; then echo "$f is not ours: remove it" >&2; exit 1; fi
said=$("$f" --version 2>&1) && [ "$said" = "$line" ] && { echo usable; exit 0; }
echo "$f says: $said" >&2
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

sys::Task<NodeProvider::Text> NodeProvider::once(std::string* known, sys::Task<Text> finding) {
  co_await turns_.begin();
  Text result = *known;
  if (known->empty()) result = co_await std::move(finding);
  if (result) *known = *result;
  turns_.end();
  co_return result;
}

sys::Task<NodeProvider::Text> NodeProvider::ask_version_line(TimePoint deadline) {
  sys::ProcessSpec spec;
  spec.argv = {own_binary_, "--version"};
  spec.deadline = deadline;
  auto said = co_await processes_.run(std::move(spec));
  if (!said) co_return fail(said.error().during("our own tanist-node"));
  std::string line(trim(said->output));
  if (!said->status.ok() || version_in(line).empty()) {
    co_return fail(Errc::unsupported,
                   "our own tanist-node: " + own_binary_ + " --version does not tell its version");
  }
  co_return line;
}

sys::Task<NodeProvider::Text> NodeProvider::make_file_name(TimePoint deadline) {
  auto print = co_await copier_.fingerprint(own_binary_, deadline);
  if (!print) co_return fail(print.error().during("our own tanist-node"));
  co_return "tanist-node-" + version_in(version_line_) + "-" + print->sha256.substr(0, 8);
}

sys::Task<NodeProvider::Text> NodeProvider::find(Host host, std::string candidate, TimePoint deadline) {
  Command command;
  command.argv = {"sh", "-c", kFindScript, "sh", version_line_, kInstalled, candidate};
  command.deadline = deadline;
  auto looked = co_await shell_.run(host, std::move(command));
  if (!looked) co_return fail(looked.error());
  if (looked->status.ended_by_us) co_return fail(Errc::timeout, host.name + " did not answer in time");
  for (const std::string& line : split(looked->output, '\n')) {
    if (looked->status.ok() && line == kFound) co_return candidate;
  }
  co_return fail(Errc::not_found, std::string(trim(looked->errors)));
}

sys::Task<Result<std::string>> NodeProvider::path(Host host, std::string workdir, TimePoint deadline) {
  const std::string key = connection_key(host) + " " + workdir;
  auto before = found_.find(key);
  if (before != found_.end() && clock_.now() - before->second.when < kFoundIsFresh) co_return before->second.path;
  auto found = co_await find_or_send(std::move(host), std::move(workdir), deadline);
  if (found) found_[key] = {*found, clock_.now()};
  co_return found;
}

sys::Task<NodeProvider::Text> NodeProvider::find_or_send(Host host, std::string workdir, TimePoint deadline) {
  auto line = co_await once(&version_line_, ask_version_line(deadline));
  if (!line) co_return line;
  auto found = co_await find(host, kInstalled, deadline);
  if (found || found.error().code != Errc::not_found) co_return found;

  auto name = co_await once(&file_name_, make_file_name(deadline));
  if (!name) co_return name;
  const std::string sent_path = workdir + "/" + *name;
  found = co_await find(host, sent_path, deadline);
  if (found || found.error().code != Errc::not_found) co_return found;

  auto sent = co_await copier_.send(host, own_binary_, sent_path, kMode, deadline);
  if (!sent) co_return fail(sent.error());
  found = co_await find(host, sent_path, deadline);
  if (!found && found.error().code == Errc::not_found) {
    co_return fail(Errc::unsupported,
                   "our tanist-node does not run on " + host.name + ": " + found.error().what);
  }
  co_return found;
}

}  // namespace tanist::remote

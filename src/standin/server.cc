#include "standin/server.h"

#include <openssl/rand.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "base/options.h"
#include "base/text.h"
#include "standin/link.h"
#include "standin/prepare.h"
#include "standin/report.h"
#include "sys/posix_files.h"

namespace tanist::standin {
namespace {

constexpr size_t kMostLinks = 64;  // replicas leave half-closed dumps behind when they connect again
constexpr size_t kLongestJob = 1024 * 1024;
constexpr std::chrono::seconds kJobTime{30};

// Lines go out whole, from any thread. A manager that does not read any more is noticed at standard input.
void say(const std::string& line) {
  static std::mutex one_at_a_time;
  std::lock_guard lock(one_at_a_time);
  fwrite(line.data(), 1, line.size(), stdout);
  fflush(stdout);
}

// Standard input by lines, without reading ahead of what poll() can see.
class Orders {
 public:
  // Reads what is there; false at the end of input.
  bool read_more() {
    char chunk[4096];
    const ssize_t got = read(STDIN_FILENO, chunk, sizeof chunk);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    text_.append(chunk, static_cast<size_t>(got));
    return got > 0;
  }
  std::optional<std::string> next_line() {
    const size_t end = text_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }
  size_t waiting() const { return text_.size(); }
  std::string rest() { return std::exchange(text_, {}); }

 private:
  std::string text_;
};

Result<std::string> read_job(Orders& orders) {
  const TimePoint deadline = monotonic_now() + kJobTime;
  while (true) {
    if (std::optional<std::string> line = orders.next_line()) return *line;
    pollfd wait{STDIN_FILENO, POLLIN, 0};
    poll(&wait, 1, poll_timeout_ms(monotonic_now(), deadline));
    if (monotonic_now() >= deadline) return fail(Errc::timeout, "no job on standard input");
    if (orders.waiting() > kLongestJob) return fail(Errc::invalid, "the job is too long");
    if (!orders.read_more()) {
      std::string rest = orders.rest();
      if (trim(rest).empty()) return fail(Errc::invalid, "no job on standard input");
      return rest;
    }
  }
}

Scramble random_scramble() {
  Scramble scramble;
  TANIST_CHECK(RAND_bytes(scramble.data(), scramble.size()) == 1);
  for (uint8_t& byte : scramble)
    byte = static_cast<uint8_t>(byte % 93 + 33);  // printable: no NUL, no '$' trouble
  return scramble;
}

std::string random_uuid() {
  gtid::Uuid uuid;
  TANIST_CHECK(RAND_bytes(uuid.data(), uuid.size()) == 1);
  uuid[6] = static_cast<uint8_t>((uuid[6] & 0x0f) | 0x40);
  uuid[8] = static_cast<uint8_t>((uuid[8] & 0x3f) | 0x80);
  return gtid::uuid_text(uuid);
}

struct Prepared {
  Job job;
  std::unique_ptr<binlog::LogSource> source;
  Profile profile;
};

Result<Prepared> prepare(Orders& orders, bool listens) {
  sys::PosixFiles files;
  Result<std::string> text = read_job(orders);
  if (!text) return fail(text.error());
  Result<Job> job = Job::parse(*text, listens);
  if (!job) return fail(job.error());
  Result<std::unique_ptr<binlog::LogSource>> source = open_source(*job, files);
  if (!source) return fail(source.error());
  Result<Profile> profile = make_profile(*job, (*source)->facts(), files, random_uuid());
  if (!profile) return fail(profile.error());
  return Prepared{std::move(*job), std::move(*source), std::move(*profile)};
}

// The threads of the connections; all end when the writing end of the stop pipe is closed.
class Links {
 public:
  explicit Links(const LinkSetting& setting) : setting_(setting) {}

  void add(Accepted accepted) {
    reap();
    if (links_.size() >= kMostLinks) return;  // closed unheard
    One& one = links_.emplace_back();
    const uint32_t connection = ++connections_;
    one.thread = std::thread([this, &one, connection, accepted = std::move(accepted)]() mutable {
      run_link(std::move(accepted), connection, random_scramble(), setting_,
               [](const Event& event) { say(event_line(event)); });
      one.over = true;
    });
  }
  void join() {
    for (One& one : links_) one.thread.join();
    links_.clear();
  }

 private:
  struct One {
    std::thread thread;
    std::atomic<bool> over = false;
  };
  void reap() {
    links_.remove_if([](One& one) {
      if (!one.over) return false;
      one.thread.join();
      return true;
    });
  }

  const LinkSetting& setting_;
  std::list<One> links_;
  uint32_t connections_ = 0;
};

// Until standard input ends or says stop, or the deadline passes.
void serve(const sys::UniqueFd& listening, Orders& orders, TimePoint deadline, Links& links) {
  while (true) {
    while (std::optional<std::string> line = orders.next_line()) {
      if (trim(*line) == "stop") return;
    }
    const TimePoint now = monotonic_now();
    if (now >= deadline) return;
    pollfd waits[2] = {{listening.get(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    if (poll(waits, 2, poll_timeout_ms(now, deadline)) < 0 && errno != EINTR) return;
    if (waits[0].revents != 0) {
      if (Result<Accepted> accepted = accept_from(listening)) links.add(std::move(*accepted));
    }
    if (waits[1].revents != 0 && !orders.read_more()) return;
  }
}

Status stand_in(Orders& orders) {
  Result<Prepared> prepared = prepare(orders, true);
  if (!prepared) return fail(prepared.error());
  const Job& job = prepared->job;
  std::unique_ptr<TlsContext> tls;
  if (job.tls) {
    const TlsReach reach = tls_reach(prepared->profile.version);
    Result<std::unique_ptr<TlsContext>> made = job.tls->certificate.empty()
                                                   ? TlsContext::make_any(job.tls_to_try, reach)
                                                   : TlsContext::make(*job.tls, reach);
    if (!made) return fail(made.error());
    tls = std::move(*made);
  }
  Result<sys::UniqueFd> listening = listen_on({job.address, job.port});
  if (!listening) return fail(listening.error());
  Result<Endpoint> local = local_endpoint(*listening);
  if (!local) return fail(local.error());
  int ends[2];
  if (pipe(ends) != 0) return fail(Errc::io, "no pipe", errno);
  const sys::UniqueFd stop_reader(ends[0]);
  sys::UniqueFd stop_writer(ends[1]);

  const TimePoint deadline = monotonic_now() + job.deadline;
  const LinkSetting setting{prepared->profile, *prepared->source, tls.get(), stop_reader.get(), deadline};
  Links links(setting);
  say(ready_line(prepared->source->facts(), prepared->profile, &*local));
  serve(*listening, orders, deadline, links);
  stop_writer.close();
  links.join();
  return {};
}

Status tail(Orders& orders) {
  Result<Prepared> prepared = prepare(orders, false);
  if (!prepared) return fail(prepared.error());
  say(ready_line(prepared->source->facts(), prepared->profile, nullptr));
  return {};
}

int run(const CommandTable& table, std::span<const std::string> args, Status (*act)(Orders&)) {
  const CommandLine line = read_command_line(table, args);
  fputs(line.out.c_str(), stdout);
  fputs(line.err.c_str(), stderr);
  if (line.exit_code) return *line.exit_code;
  signal(SIGPIPE, SIG_IGN);
  Orders orders;
  if (Status done = act(orders); !done) {
    say(failed_line(done.error()));
    return 1;
  }
  return 0;
}

constexpr CommandTable kStandin{.name = "tanist-node standin",
                                .usage = "< JOB",
                                .summary =
                                    "Serves a dead primary's binary logs, or a replica's relay logs, to "
                                    "replicas. Reads the job as one line of JSON "
                                    "from standard input and ends with it.",
                                .rows = {},
                                .unknown_options = Unknown::error,
                                .extra_words = Unknown::error};
constexpr CommandTable kTail{
    .name = "tanist-node tail",
    .usage = "< JOB",
    .summary = "Prints as JSON how far the logs of a job reach, without serving them.",
    .rows = {},
    .unknown_options = Unknown::error,
    .extra_words = Unknown::error};

}  // namespace

int run_standin(std::span<const std::string> args) { return run(kStandin, args, stand_in); }
int run_tail(std::span<const std::string> args) { return run(kTail, args, tail); }

}  // namespace tanist::standin

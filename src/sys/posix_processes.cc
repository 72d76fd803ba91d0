#include "sys/posix_processes.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "sys/child_life.h"
#include "sys/os_error.h"
#include "sys/reactor.h"
#include "sys/spawn.h"

namespace tanist::sys {

namespace {

constexpr size_t kKeptOutput = 16U << 20;
constexpr size_t kKeptErrors = 64U << 10;
constexpr size_t kPiece = 64U << 10;
constexpr int kPiecesInPipes = 2 * (1 << 20) / kPiece;  // the largest size of two pipes

// What a read gave.
enum class Piece { data, nothing_now, end };

Piece read_piece(int fd, std::string& into) {
  char block[kPiece];
  for (;;) {
    ssize_t count = ::read(fd, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return Piece::nothing_now;
    if (count <= 0) return Piece::end;
    into.append(block, static_cast<size_t>(count));
    return Piece::data;
  }
}

Task<Status> write_all(Reactor& reactor, int fd, std::string text, TimePoint deadline) {
  for (std::string_view left = text; !left.empty();) {
    ssize_t written = ::write(fd, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      bool writable = co_await reactor.writable(fd, deadline);
      if (!writable) co_return fail(Errc::timeout, "the child does not read its input");
    } else if (errno != EINTR) {
      co_return os_failure("write to the child", "", errno);
    }
  }
  co_return Status{};
}

// A running child with our ends of its pipes; kept alive by whoever still reads.
struct Family {
  Reactor& reactor;
  std::shared_ptr<ChildLife> life;
  Spawned ends;
  std::string kept_errors = {};
  int pieces_after_end = 0;

  void interrupt_all() {
    for (UniqueFd* fd : {&ends.in, &ends.out, &ends.err}) {
      if (*fd) reactor.interrupt(fd->get());
    }
  }
};
using FamilyPtr = std::shared_ptr<Family>;
using Sink = std::function<void(std::string_view)>;

// The next piece of a pipe. A grandchild that goes on in the background may hold the pipe open for ever (an ssh master,
// anything started with &), so once the child is over only what a pipe can hold is still taken.
Task<Piece> next_piece(FamilyPtr family, int fd, std::string& into, TimePoint deadline) {
  for (;;) {
    bool was_over = family->life->over();
    if (was_over && family->pieces_after_end++ > kPiecesInPipes) co_return Piece::end;
    if (!was_over) {
      bool woken = co_await family->reactor.readable(fd, deadline);
      if (!woken && !family->life->over()) co_return Piece::nothing_now;
    }
    Piece got = read_piece(fd, into);
    if (got != Piece::nothing_now) co_return got;
    if (was_over) co_return Piece::end;
  }
}

Task<void> drain(FamilyPtr family, int fd, Sink sink) {
  for (std::string piece;; piece.clear()) {
    Piece got = co_await next_piece(family, fd, piece, TimePoint::max());
    if (got != Piece::data) co_return;
    sink(piece);
  }
}

Task<void> feed(FamilyPtr family, std::string text) {
  // A child that does not want all of its input is no error; its exit status tells.
  co_await write_all(family->reactor, family->ends.in.get(), std::move(text), TimePoint::max());
  family->ends.in.close();
}

// Wakes the readers when the child is over: an open pipe alone would not.
Task<void> wake_at_end(FamilyPtr family) {
  co_await family->life->end_by(TimePoint::max());
  family->interrupt_all();
}

Sink keep_first(std::string& into, size_t limit) {
  return [&into, limit](std::string_view piece) { into += piece.substr(0, limit - std::min(limit, into.size())); };
}

class PosixChild : public Child {
 public:
  PosixChild(FamilyPtr family, Sink on_errors) : family_(std::move(family)) {
    start_detached(wake_at_end(family_));
    if (!family_->ends.err) return;
    Sink keep_last = [&kept = family_->kept_errors, on_errors](std::string_view piece) {
      kept += piece;
      if (kept.size() > kKeptErrors) kept.erase(0, kept.size() - kKeptErrors);
      if (on_errors) on_errors(piece);
    };
    start_detached(drain(family_, family_->ends.err.get(), keep_last));
  }
  ~PosixChild() override {
    close_stdin();
    family_->life->kill_group();
  }

  int pid() const override { return family_->life->pid(); }

  Task<Status> write(std::string text, TimePoint deadline) override {
    if (!family_->ends.in) co_return fail(Errc::io, "write to the child: its input is closed");
    co_return co_await write_all(family_->reactor, family_->ends.in.get(), std::move(text), deadline);
  }

  void close_stdin() override {
    if (family_->ends.in) family_->reactor.interrupt(family_->ends.in.get());
    family_->ends.in.close();
  }

  Task<Result<std::string>> read_line(TimePoint deadline) override {
    FamilyPtr family = family_;
    if (!family->ends.out) co_return fail(Errc::not_found, "the child's output is not ours to read");
    for (;;) {
      size_t newline = unread_.find('\n');
      if (newline != std::string::npos) co_return take(newline, newline + 1);
      Piece got = co_await next_piece(family, family->ends.out.get(), unread_, deadline);
      if (got == Piece::nothing_now) co_return fail(Errc::timeout, "the child wrote no line in time");
      if (got == Piece::end && unread_.empty()) co_return fail(Errc::not_found, "end of the child's output");
      if (got == Piece::end) co_return take(unread_.size(), unread_.size());
    }
  }

  std::string errors() const override { return family_->kept_errors; }
  Task<ExitStatus> wait(TimePoint deadline) override { return family_->life->end_by(deadline); }

 private:
  std::string take(size_t length, size_t consumed) {
    std::string line = unread_.substr(0, length);
    unread_.erase(0, consumed);
    return line;
  }

  FamilyPtr family_;
  std::string unread_;
};

OutputKind output_of(const ProcessSpec& spec) {
  if (spec.inherit_output) return OutputKind::inherit;
  return spec.on_output ? OutputKind::merged : OutputKind::separate;
}

}  // namespace

PosixProcesses::PosixProcesses(Reactor& reactor) : reactor_(reactor), nursery_(std::make_shared<Nursery>(reactor)) {
  reactor.on_signal(SIGCHLD, [nursery = nursery_] { nursery->reap(); });
}

PosixProcesses::~PosixProcesses() { nursery_->kill_all(); }

Task<Result<ProcessResult>> PosixProcesses::run(ProcessSpec spec) {
  auto spawned = spawn(spec, spec.stdin_text.empty() ? StdinKind::none : StdinKind::pipe, output_of(spec));
  if (!spawned) co_return fail(spawned.error());
  auto life = nursery_->adopt(spawned->pid, spec.deadline);
  auto family = std::make_shared<Family>(Family{reactor_, life, std::move(*spawned)});

  ProcessResult result;
  TaskGroup pipes;
  if (family->ends.in) pipes.start(feed(family, std::move(spec.stdin_text)));
  Sink output = spec.on_output ? spec.on_output : keep_first(result.output, kKeptOutput);
  if (family->ends.out) pipes.start(drain(family, family->ends.out.get(), output));
  if (family->ends.err) pipes.start(drain(family, family->ends.err.get(), keep_first(result.errors, kKeptOutput)));

  result.status = co_await life->end_by(spec.deadline);
  family->interrupt_all();
  co_await pipes.wait();
  co_return result;
}

Result<std::unique_ptr<Child>> PosixProcesses::start(ProcessSpec spec) {
  auto spawned = spawn(spec, StdinKind::pipe, spec.inherit_output ? OutputKind::inherit : OutputKind::separate);
  if (!spawned) return fail(spawned.error());
  auto life = nursery_->adopt(spawned->pid, spec.deadline);
  auto family = std::make_shared<Family>(Family{reactor_, life, std::move(*spawned)});
  return std::unique_ptr<Child>(std::make_unique<PosixChild>(family, std::move(spec.on_output)));
}

}  // namespace tanist::sys

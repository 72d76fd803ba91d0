#include "sys/followed_file.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "sys/os_error.h"
#include "sys/reactor.h"
#include "sys/unique_fd.h"

namespace tanist::sys {

namespace {

constexpr off_t kFirstLook = 1 << 20;
constexpr uint32_t kEvents =
    IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;

class InotifyFile : public FollowedFile {
 public:
  InotifyFile(Reactor& reactor, std::string path, UniqueFd notify)
      : reactor_(reactor), path_(std::move(path)), notify_(std::move(notify)) {
    size_t slash = path_.rfind('/');
    directory_ = slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash);
    name_ = path_.substr(slash == std::string::npos ? 0 : slash + 1);
  }
  ~InotifyFile() override { reactor_.interrupt(notify_.get()); }

  // The directory and not the file is watched: a name outlives the file that has it.
  Status watch() {
    if (::inotify_add_watch(notify_.get(), directory_.c_str(), kEvents) >= 0) return {};
    return os_failure("watch", directory_, errno);
  }

  Task<bool> changed(TimePoint deadline) override {
    for (;;) {
      if (take_events()) co_return true;
      bool woken = co_await reactor_.readable(notify_.get(), deadline);
      if (!woken) co_return false;
    }
  }

  Result<std::string> read_new() override {
    std::string text;
    const bool first = !asked_;
    asked_ = true;
    struct stat named{}, opened{};
    if (::stat(path_.c_str(), &named) != 0) {
      if (errno != ENOENT) return os_failure("look at", path_, errno);
      if (file_) read_to_end(text);  // renamed and not yet made anew
      return text;
    }
    if (file_ && ::fstat(file_.get(), &opened) == 0) {
      if (opened.st_size < offset_) offset_ = 0;  // truncated: what is there now is new
      read_to_end(text);
      if (opened.st_ino == named.st_ino && opened.st_dev == named.st_dev) return text;
    }
    file_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_) return os_failure("open", path_, errno);
    offset_ = first && named.st_size > kFirstLook ? named.st_size - kFirstLook : 0;
    const bool within_a_line = offset_ > 0;
    read_to_end(text);
    if (within_a_line) text.erase(0, text.find('\n') + 1);
    return text;
  }

 private:
  // Whether any of what has happened in the directory concerns the file.
  bool take_events() {
    alignas(inotify_event) char block[4096];
    bool ours = false;
    for (;;) {
      ssize_t count = ::read(notify_.get(), block, sizeof block);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return ours;
      for (ssize_t at = 0; at < count;) {
        inotify_event event;
        std::memcpy(&event, block + at, sizeof event);
        const char* name = block + at + sizeof event;
        ours |= event.len > 0 ? name_ == name : true;  // without a name: the directory, or the queue ran over
        if (event.mask & IN_IGNORED) static_cast<void>(watch());
        at += static_cast<ssize_t>(sizeof event + event.len);
      }
    }
  }

  void read_to_end(std::string& text) {
    char block[65536];
    for (;;) {
      ssize_t count = ::pread(file_.get(), block, sizeof block, offset_);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      text.append(block, static_cast<size_t>(count));
      offset_ += count;
    }
  }

  Reactor& reactor_;
  std::string path_, directory_, name_;
  UniqueFd notify_;
  UniqueFd file_;
  off_t offset_ = 0;
  bool asked_ = false;
};

}  // namespace

Result<std::unique_ptr<FollowedFile>> follow_file(Reactor& reactor, const std::string& path) {
  UniqueFd notify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!notify) return os_failure("watch", path, errno);
  auto file = std::make_unique<InotifyFile>(reactor, path, std::move(notify));
  Status watched = file->watch();
  if (!watched) return fail(watched.error());
  return std::unique_ptr<FollowedFile>(std::move(file));
}

}  // namespace tanist::sys

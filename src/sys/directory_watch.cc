#include "sys/directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>

#include "sys/os_error.h"
#include "sys/reactor.h"
#include "sys/unique_fd.h"

namespace tanist::sys {

namespace {

// Not IN_MODIFY: a file that is being written is not read before its writer has closed it.
constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR;

class InotifyWatch : public DirectoryWatch {
 public:
  InotifyWatch(Reactor& reactor, UniqueFd notify) : reactor_(reactor), notify_(std::move(notify)) {}
  ~InotifyWatch() override { reactor_.interrupt(notify_.get()); }

  Status add(const std::string& directory) override {
    if (::inotify_add_watch(notify_.get(), directory.c_str(), kEvents) >= 0) return {};
    return os_failure("watch", directory, errno);
  }

  Task<bool> changed(TimePoint deadline) override {
    bool woken = co_await reactor_.readable(notify_.get(), deadline);
    char block[4096];
    while (woken && ::read(notify_.get(), block, sizeof block) > 0) {
    }
    co_return woken;
  }

 private:
  Reactor& reactor_;
  UniqueFd notify_;
};

}  // namespace

Result<std::unique_ptr<DirectoryWatch>> watch_directories(Reactor& reactor) {
  UniqueFd notify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!notify) return os_failure("watch", "directories", errno);
  return std::unique_ptr<DirectoryWatch>(std::make_unique<InotifyWatch>(reactor, std::move(notify)));
}

}  // namespace tanist::sys

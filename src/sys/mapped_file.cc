#include "sys/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tanist::sys {

namespace {

tl::unexpected<Error> failed(const char* doing, const std::string& path) {
  int number = errno;
  Errc code = number == ENOENT ? Errc::not_found : Errc::io;
  return fail(code, std::string(doing) + " " + path + ": " + std::strerror(number), number);
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  // Non-blocking: a FIFO of that name must not hang us; it is refused below.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed("open", path);
  MappedFile file;
  file.path_ = path;
  struct stat facts {};
  Status status;
  if (::fstat(fd, &facts) != 0) {
    status = failed("stat", path);
  } else if (!S_ISREG(facts.st_mode)) {
    status = fail(Errc::invalid, path + " is not a regular file");
  } else if (facts.st_size > 0) {
    size_t size = static_cast<size_t>(facts.st_size);
    void* start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (start == MAP_FAILED) {
      status = failed("map", path);
    } else {
      ::madvise(start, size, MADV_SEQUENTIAL);  // a hint: its failure changes nothing
      file.start_ = start;
      file.size_ = size;
    }
  }
  ::close(fd);
  if (!status) return fail(status.error());
  return file;
}

MappedFile::~MappedFile() {
  if (start_) ::munmap(start_, size_);
}

}  // namespace tanist::sys

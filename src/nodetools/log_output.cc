#include "nodetools/log_output.h"

#include "sys/new_file.h"

namespace tanist::nodetools {

Result<std::vector<binlog::LogFile>> open_logs(const std::vector<std::string>& paths) {
  std::vector<binlog::LogFile> logs;
  for (const std::string& path : paths) {
    auto log = binlog::LogFile::open(path);
    if (!log) return fail(log.error());
    logs.push_back(std::move(*log));
  }
  return logs;
}

Result<std::vector<binlog::LogFile>> open_logs(const binlog::LogSeries& series) {
  std::vector<std::string> paths;
  for (const std::string& name : series.files) paths.push_back(series.path(name));
  return open_logs(paths);
}

Result<uint64_t> write_extract(const LogExtract& extract, const std::string& path) {
  auto file = sys::NewFile::create(path);
  if (!file) return fail(file.error());
  for (Bytes piece : extract.pieces)
    if (Status written = file->write(piece); !written) return fail(written.error());
  if (Status finished = file->finish(); !finished) return fail(finished.error());
  return file->size();
}

std::string directory_of(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace tanist::nodetools

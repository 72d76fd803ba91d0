#include "binlog/log_series.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "binlog/event.h"
#include "gtid/coordinates.h"
#include "sys/mapped_file.h"

namespace tanist::binlog {

namespace {

using Numbered = std::map<uint64_t, std::string>;

std::string base_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

// The number of a file of the series. Servers write at least 6 digits and no needless zeros.
std::optional<uint64_t> number_in(const std::string& prefix, const std::string& file) {
  auto name = gtid::LogName::parse(file);
  if (!name || name->prefix != prefix || gtid::LogName{prefix, name->number}.text() != file)
    return std::nullopt;
  return name->number;
}

Numbered numbered(const std::string& prefix, const std::vector<std::string>& names) {
  Numbered result;
  for (const std::string& name : names)
    if (auto number = number_in(prefix, name)) result.emplace(*number, name);
  return result;
}

struct Found {
  std::string directory;
  Numbered files;
};

Result<Found> look_through(sys::Files& files, const SeriesRequest& request, const std::string& prefix) {
  std::string trouble;
  for (std::string directory : request.directories) {
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
    auto names = files.list(directory);
    if (!names) {
      trouble += "; " + names.error().what;
      continue;
    }
    Numbered there = numbered(prefix, *names);
    auto is_start = [&](const auto& entry) { return entry.second == request.start_file; };
    bool here =
        request.start_file.empty() ? !there.empty() : std::any_of(there.begin(), there.end(), is_start);
    if (here) return Found{directory, std::move(there)};
  }
  std::string wanted = request.start_file.empty() ? prefix + ".NNNNNN" : request.start_file;
  return fail(Errc::not_found, "no " + wanted + " in " + join(request.directories, ", ") + trouble);
}

// Whether the log's last event is the ROTATE that names the next one: the server itself says what comes
// after.
bool rotates_to(const std::string& path, const std::string& next) {
  auto file = sys::MappedFile::open(path);
  if (!file) return false;
  constexpr size_t kPositionSize = 8;
  for (size_t trailer : {size_t{0}, kChecksumSize}) {
    size_t length = kHeaderSize + kPositionSize + next.size() + trailer;
    if (file->size() < kMagicSize + length) continue;
    Bytes event = file->bytes().last(length);
    EventHeader header = EventHeader::read(event);
    if (header.type != EventType::rotate || header.length != length) continue;
    if (as_text(event.subspan(kHeaderSize + kPositionSize, next.size())) == next) return true;
  }
  return false;
}

// Drops what is newer than the index knows, unless the last known log leads there; finds what the index knows
// and the directory has not.
Status check_with_index(sys::Files& files, const std::string& prefix, Found& found,
                        std::vector<std::string>& notes) {
  std::string path = found.directory + "/" + prefix + ".index";
  auto content = files.read(path);
  if (!content) return {};
  std::vector<std::string> listed;
  for (const std::string& line : split(*content, '\n')) listed.push_back(base_name(trim(line)));
  Numbered known = numbered(prefix, listed);
  if (known.empty()) return {};
  auto last_known = *known.rbegin();
  if (!found.files.contains(last_known.first))
    return fail(Errc::corrupt, path + " lists " + last_known.second + ", which is missing");
  for (auto newer = found.files.upper_bound(last_known.first); newer != found.files.end();) {
    auto before = std::prev(newer);
    if (before->first + 1 == newer->first &&
        rotates_to(found.directory + "/" + before->second, newer->second)) {
      ++newer;
      continue;
    }
    notes.push_back(newer->second + " is left out: it is not in " + path);
    newer = found.files.erase(newer);
  }
  return {};
}

}  // namespace

Result<LogSeries> find_log_series(sys::Files& files, const SeriesRequest& request) {
  LogSeries series;
  series.prefix = request.prefix;
  if (!request.start_file.empty()) {
    auto name = gtid::LogName::parse(request.start_file);
    if (!name)
      return fail(Errc::invalid, "\"" + request.start_file + "\" is not the name of a log (prefix.NNNNNN)");
    series.prefix = name->prefix;
  }
  auto found = look_through(files, request, series.prefix);
  if (!found) return fail(found.error());
  if (Status checked = check_with_index(files, series.prefix, *found, series.notes); !checked)
    return fail(checked.error());

  series.directory = found->directory;
  // From the newest backwards until the start file or a gap.
  uint64_t expected = found->files.rbegin()->first;
  for (auto file = found->files.rbegin(); file != found->files.rend(); ++file, --expected) {
    if (file->first != expected) {
      std::string missing = gtid::LogName{series.prefix, expected}.text();
      if (!request.start_file.empty())
        return fail(Errc::corrupt, missing + " is missing in " + series.directory + ", between " +
                                       request.start_file + " and " + found->files.rbegin()->second);
      series.notes.push_back(file->second + " and older are left out: " + missing + " is missing");
      break;
    }
    series.files.push_back(file->second);
    if (file->second == request.start_file) break;
  }
  std::reverse(series.files.begin(), series.files.end());
  return series;
}

}  // namespace tanist::binlog

#include "log.h"

#include <fmt/format.h>

namespace tanist::sim {

namespace {
constexpr uint64_t kFirst = 4;
constexpr uint64_t kFormatEnd = 120;
}  // namespace

void Log::rotate() {
  File file{fmt::format("{}.{:06}", base_, next_number_++), {}};
  file.events.push_back(Event{kFirst, kFormatEnd, {}, 0, 1});
  files_.push_back(std::move(file));
}

void Log::append(Txn txn, const std::vector<uint64_t>& sizes, size_t written) {
  auto& events = files_.back().events;
  for (size_t i = 0; i < written; ++i) {
    uint64_t start = events.back().end;
    events.push_back(
        Event{start, start + sizes[i], txn, static_cast<int>(i), static_cast<int>(sizes.size())});
  }
}

void Log::drop_torn_end() {
  auto& events = files_.back().events;
  while (!events.back().last()) events.pop_back();
  rotate();
}

void Log::lose(int transactions) {
  auto& events = files_.back().events;
  for (; transactions > 0; --transactions) {
    const Txn last = events.back().txn;
    while (!last.none() && events.back().txn == last) events.pop_back();
  }
}

void Log::purge_to(const std::string& name) {
  std::erase_if(files_, [&](const File& file) { return gtid::compare_log_files(file.name, name) < 0; });
}

LogCoordinates Log::complete_end() const {
  const auto& events = files_.back().events;
  size_t i = events.size();
  while (!events[i - 1].last()) --i;
  return {files_.back().name, events[i - 1].end};
}

std::optional<Cursor> find(const std::vector<File>& files, const LogCoordinates& at) {
  for (size_t f = 0; f < files.size(); ++f) {
    if (files[f].name != at.file) continue;
    const auto& events = files[f].events;
    for (size_t e = 0; e < events.size(); ++e) {
      if (events[e].start == at.pos) return Cursor{f, e};
    }
    if (files[f].end() == at.pos) return Cursor{f, events.size()};
  }
  return std::nullopt;
}

}  // namespace tanist::sim

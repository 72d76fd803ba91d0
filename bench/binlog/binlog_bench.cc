// How fast a binary log is read with every checksum verified, against what no reader can beat: the bytes
// copied out of the page cache and one CRC over all of them. The goal is 0.8 of that.
//
//   TANIST_BENCH_MIB=1024 build/release/bin/binlog_bench
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

#include "binlog/binlog_source.h"
#include "binlog/crc32.h"
#include "binlog/group_tracker.h"
#include "binlog/log_file.h"
#include "sys/posix_files.h"
#include "testlib/log_builder.h"

namespace {

using namespace tanist;
using namespace tanist::binlog;

// One log of that many MiB whose transactions have rows events of the given size.
class BenchLog {
 public:
  static const BenchLog& of(size_t row_bytes) {
    static std::vector<std::pair<size_t, std::unique_ptr<BenchLog>>> made;
    for (const auto& [size, log] : made)
      if (size == row_bytes) return *log;
    made.clear();  // one at a time on the disk
    made.emplace_back(row_bytes, std::make_unique<BenchLog>(row_bytes));
    return *made.back().second;
  }

  explicit BenchLog(size_t row_bytes) {
    const char* mib = std::getenv("TANIST_BENCH_MIB");
    uint64_t wanted = (mib ? std::strtoull(mib, nullptr, 10) : 128) << 20;
    testlib::LogBuilder head("10.11.19-MariaDB");
    head.format().gtid_list({});
    // Positions in the headers repeat; nothing that is measured looks at them.
    testlib::LogBuilder group("10.11.19-MariaDB");
    group.mariadb_gtid("0-1-1").table_map();
    group.add(EventType::write_rows, std::string(row_bytes, 'r')).xid();
    std::string_view one = std::string_view(group.bytes()).substr(kMagicSize);
    std::string block;
    while (block.size() < (4u << 20)) block += one;
    std::ofstream out(path(), std::ios::binary);
    out << head.bytes();
    for (size_ = head.size(); size_ < wanted; size_ += block.size()) out << block;
  }

  std::string path() const { return directory_.path("bin.000001"); }
  std::string directory() const { return directory_.path(); }
  uint64_t size() const { return size_; }

 private:
  testlib::LogDirectory directory_;
  uint64_t size_ = 0;
};

void report(benchmark::State& state, uint64_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes));
}

// read(2) in blocks, as cat does, and a CRC over each.
template <class Crc>
void read_and_sum(benchmark::State& state, Crc crc) {
  const BenchLog& log = BenchLog::of(static_cast<size_t>(state.range(0)));
  std::vector<uint8_t> block(128 << 10);
  for (auto _ : state) {
    int fd = ::open(log.path().c_str(), O_RDONLY | O_CLOEXEC);
    uint32_t sum = 0;
    ssize_t count;
    while ((count = ::read(fd, block.data(), block.size())) > 0)
      sum = crc(sum, Bytes(block).first(static_cast<size_t>(count)));
    ::close(fd);
    benchmark::DoNotOptimize(sum);
  }
  report(state, log.size());
}

void cat_and_crc(benchmark::State& state) {
  read_and_sum(state, [](uint32_t sum, Bytes bytes) { return binlog::crc32(bytes, sum); });
}
void cat_and_crc_of_zlib(benchmark::State& state) {
  read_and_sum(state, [](uint32_t sum, Bytes bytes) {
    return static_cast<uint32_t>(::crc32(sum, bytes.data(), static_cast<uInt>(bytes.size())));
  });
}

void read_events(benchmark::State& state, Verify verify, bool groups) {
  const BenchLog& log = BenchLog::of(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    LogFile file = LogFile::open(log.path()).value();
    EventReader reader = file.events(verify);
    GroupTracker tracker;
    uint64_t events = 0;
    for (; reader.next(); ++events)
      if (groups) benchmark::DoNotOptimize(tracker.on(reader.event()));
    if (reader.damage()) state.SkipWithError(reader.damage()->text().c_str());
    state.counters["events"] = static_cast<double>(events);
  }
  report(state, log.size());
}

void read_lengths(benchmark::State& state) { read_events(state, Verify::lengths_only, false); }
void read_verified(benchmark::State& state) { read_events(state, Verify::checksums, false); }
void read_verified_with_groups(benchmark::State& state) { read_events(state, Verify::checksums, true); }

// Opening a source reads its last file whole; serving it reads it again.
void open_and_serve(benchmark::State& state) {
  const BenchLog& log = BenchLog::of(static_cast<size_t>(state.range(0)));
  sys::PosixFiles files;
  for (auto _ : state) {
    auto source = open_binlog_source(files, {{log.directory()}, "bin", ""}).value();
    auto cursor = source->open({"bin.000001", 4}).value();
    while (cursor->next().value()) {
    }
  }
  report(state, log.size());
}

constexpr int64_t kSmallRows = 150, kUsualRows = 500, kLargeRows = 8000;
BENCHMARK(cat_and_crc)->Arg(kSmallRows)->Unit(benchmark::kMillisecond);
BENCHMARK(cat_and_crc_of_zlib)->Arg(kSmallRows)->Unit(benchmark::kMillisecond);
BENCHMARK(read_lengths)->Arg(kSmallRows)->Unit(benchmark::kMillisecond);
BENCHMARK(read_verified)->Arg(kSmallRows)->Unit(benchmark::kMillisecond);
BENCHMARK(read_verified_with_groups)->Arg(kSmallRows)->Unit(benchmark::kMillisecond);
BENCHMARK(open_and_serve)->Arg(kSmallRows)->Unit(benchmark::kMillisecond);
BENCHMARK(cat_and_crc)->Arg(kUsualRows)->Unit(benchmark::kMillisecond);
BENCHMARK(read_verified)->Arg(kUsualRows)->Unit(benchmark::kMillisecond);
BENCHMARK(read_verified_with_groups)->Arg(kUsualRows)->Unit(benchmark::kMillisecond);
BENCHMARK(cat_and_crc)->Arg(kLargeRows)->Unit(benchmark::kMillisecond);
BENCHMARK(read_verified)->Arg(kLargeRows)->Unit(benchmark::kMillisecond);
BENCHMARK(read_verified_with_groups)->Arg(kLargeRows)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();

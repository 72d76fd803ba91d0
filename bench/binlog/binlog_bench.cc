// How fast a binary log of 1 GiB is read with every checksum verified, against what no reader of whole files
// can beat: what `cat FILE > /dev/null` does with a warm cache, and one CRC-32 over the same bytes. Each line
// says how many times that speed it has: of_cat_crc counts zlib's CRC-32, of_cat_fast libdeflate's, which is
// the one used here. The goal is 0.8 of the first; the second shows what is left to gain.
//
//   build/release/bin/binlog_bench          TANIST_BENCH_MIB=64 for a quick look
//
// Processor time, the best of some runs: everything is in memory, and neighbours on the machine do not count.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <limits>
#include <memory>
#include <random>
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
using Seconds = double;

Seconds processor_time() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<Seconds>(now.tv_sec) + static_cast<Seconds>(now.tv_nsec) * 1e-9;
}

template <class Work>
Seconds time_of(Work work) {
  Seconds began = processor_time();
  work();
  return processor_time() - began;
}

uint32_t crc_of_zlib(uint32_t sum, Bytes bytes) {
  return static_cast<uint32_t>(::crc32(sum, bytes.data(), static_cast<uInt>(bytes.size())));
}
uint32_t crc_of_ours(uint32_t sum, Bytes bytes) { return binlog::crc32(bytes, sum); }
uint32_t no_crc(uint32_t sum, Bytes) { return sum; }

// read(2) in blocks of cat's size, and the sum over each while it is in the cache.
template <class Crc>
void cat(const std::string& path, Crc crc) {
  std::vector<uint8_t> block(128 << 10);
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  uint32_t sum = 0;
  for (ssize_t count; (count = ::read(fd, block.data(), block.size())) > 0;)
    sum = crc(sum, Bytes(block).first(static_cast<size_t>(count)));
  ::close(fd);
  benchmark::DoNotOptimize(sum);
}

enum Kind { small, sysbench, large };

// Transactions of a MariaDB primary with row events. Sizes differ from event to event, so that no branch can
// be learnt by heart; positions in the headers are not right, and nothing that is measured looks at them.
class Transactions {
 public:
  std::string of(Kind kind, size_t bytes) {
    while (log_.size() < bytes) {
      log_.mariadb_gtid("0-1-1");
      if (kind == small) change("", 150);
      if (kind == large) change("", 8000);
      if (kind == sysbench) {  // oltp_read_write: two UPDATEs, a DELETE and an INSERT, each with its text
        change("UPDATE sbtest1 SET k=k+1 WHERE id=500231", 390);
        change("UPDATE sbtest1 SET c='" + std::string(119, 'c') + "' WHERE id=498762", 390);
        change("DELETE FROM sbtest1 WHERE id=501984", 195);
        change("INSERT INTO sbtest1 (id, k, c, pad) VALUES (501984, 4, '" + std::string(180, 'c') + "')",
               195);
      }
      log_.xid();
    }
    return log_.bytes().substr(kMagicSize);
  }

 private:
  void change(const std::string& sql, size_t row_bytes) {
    if (!sql.empty()) log_.add(EventType::mariadb_annotate_rows, sql);
    log_.table_map();
    log_.add(EventType::write_rows, std::string(row_bytes - spread_(random_), 'r'));
  }

  testlib::LogBuilder log_{"10.11.19-MariaDB"};
  std::minstd_rand random_;  // the same log every time
  std::uniform_int_distribution<size_t> spread_{0, 60};
};

class BenchLog {
 public:
  static const BenchLog& of(Kind kind) {
    static std::unique_ptr<BenchLog> made;  // one at a time on the disk
    if (!made || made->kind_ != kind) {
      made.reset();
      made = std::make_unique<BenchLog>(kind);
    }
    return *made;
  }

  explicit BenchLog(Kind kind) : kind_(kind) {
    const char* mib = std::getenv("TANIST_BENCH_MIB");
    uint64_t wanted = (mib ? std::strtoull(mib, nullptr, 10) : 1024) << 20;
    testlib::LogBuilder head("10.11.19-MariaDB");
    head.format().gtid_list({});
    std::string block = Transactions().of(kind, 4 << 20);
    std::ofstream out(path(), std::ios::binary);
    out << head.bytes();
    for (size_ = head.size(); size_ < wanted; size_ += block.size()) out << block;
    out.close();
    for (int i = 0; i < 3; ++i) {
      cat_crc_ = std::min(cat_crc_, time_of([&] { cat(path(), crc_of_zlib); }));
      cat_fast_ = std::min(cat_fast_, time_of([&] { cat(path(), crc_of_ours); }));
    }
  }

  std::string path() const { return directory_.path("bin.000001"); }
  std::string directory() const { return directory_.path(); }
  uint64_t size() const { return size_; }
  Seconds cat_crc() const { return cat_crc_; }
  Seconds cat_fast() const { return cat_fast_; }

 private:
  Kind kind_;
  testlib::LogDirectory directory_;
  uint64_t size_ = 0;
  Seconds cat_crc_ = std::numeric_limits<Seconds>::max(), cat_fast_ = cat_crc_;
};

// Runs work(log) and says how fast the best run was.
template <class Work>
void measure(benchmark::State& state, Work work) {
  const BenchLog& log = BenchLog::of(static_cast<Kind>(state.range(0)));
  Seconds best = std::numeric_limits<Seconds>::max();
  for (auto _ : state) best = std::min(best, time_of([&] { work(log); }));
  state.counters["GB/s"] = static_cast<double>(log.size()) / best / 1e9;
  state.counters["of_cat_crc"] = log.cat_crc() / best;
  state.counters["of_cat_fast"] = log.cat_fast() / best;
}

template <auto crc>
void cat_file(benchmark::State& state) {
  measure(state, [](const BenchLog& log) { cat(log.path(), crc); });
}

template <Verify verify, bool groups>
void read_events(benchmark::State& state) {
  uint64_t events = 0, bytes = 0;
  measure(state, [&](const BenchLog& log) {
    LogFile file = LogFile::open(log.path()).value();
    EventReader reader = file.events(verify);
    GroupTracker tracker;
    for (events = 0; reader.next(); ++events)
      if (groups) benchmark::DoNotOptimize(tracker.on(reader.event()));
    if (reader.damage()) state.SkipWithError(reader.damage()->text().c_str());
    bytes = reader.offset();
  });
  state.counters["event_bytes"] = static_cast<double>(bytes) / static_cast<double>(events);
}

// What a stand-in does: opening a source reads its last file whole, serving it reads it again.
void open_and_serve(benchmark::State& state) {
  sys::PosixFiles files;
  measure(state, [&](const BenchLog& log) {
    auto source = open_binlog_source(files, {{log.directory()}, "bin", ""}).value();
    auto cursor = source->open({"bin.000001", 4}).value();
    while (cursor->next().value()) {
    }
  });
}

void add(Kind kind, const std::string& name) {
  auto one = [&](const std::string& what, void (*function)(benchmark::State&)) {
    benchmark::RegisterBenchmark((name + "/" + what).c_str(), function)
        ->Arg(kind)
        ->Iterations(5)
        ->Unit(benchmark::kMillisecond);
  };
  one("cat", cat_file<no_crc>);
  one("cat_and_zlib_crc", cat_file<crc_of_zlib>);
  one("cat_and_libdeflate_crc", cat_file<crc_of_ours>);
  one("read_lengths", read_events<Verify::lengths_only, false>);
  one("read_verified", read_events<Verify::checksums, false>);
  one("read_verified_with_groups", read_events<Verify::checksums, true>);
  one("open_and_serve", open_and_serve);
}

}  // namespace

int main(int argc, char** argv) {
  add(small, "small_events");
  add(sysbench, "sysbench");
  add(large, "large_events");
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

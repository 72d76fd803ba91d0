// Whatever lies in a log file, reading it ends, stays inside the file, and serves only what adds up. The
// first byte chooses the reader, the rest is the log.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target binlog_fuzz
//   build/fuzz/bin/binlog_fuzz -max_total_time=60 CORPUS    (tests/fuzz/make_binlog_corpus makes one of the
//   fixtures)
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "binlog/binlog_source.h"
#include "binlog/event_bodies.h"
#include "binlog/event_build.h"
#include "binlog/event_pack.h"
#include "binlog/event_reader.h"
#include "binlog/group_collector.h"
#include "binlog/relay_source.h"
#include "gtid/mysql_gtid_codec.h"
#include "sys/posix_files.h"
#include "sys/temporary_directory.h"

namespace {

using namespace tanist;
using namespace tanist::binlog;

void must(bool holds) {
  if (!holds) std::abort();
}

void read_bodies(Bytes log) {
  static const std::string name = "fuzz";
  for (Verify verify : {Verify::checksums, Verify::lengths_only}) {
    EventReader reader(log, name, 0, log.size(), Checksum::none, verify);
    GroupCollector groups;
    uint64_t end = 0;
    while (reader.next()) {
      const Event& event = reader.event();
      must(event.offset == end && event.end() <= log.size());
      end = event.end();
      (void)groups.on(event);
      (void)Rotate::read(event.body);
      (void)Query::read(event.body);
      (void)compressed_sql(event.body, 4096);
      (void)MysqlGtidBody::read(EventType::gtid, event.body);
      (void)MysqlGtidBody::read(EventType::gtid_tagged, event.body);
      (void)MariadbGtidBody::read(event.header, event.body);
      (void)read_gtid_list(event.body);
      (void)pack_mariadb_event(event.bytes, event.bytes.size(), reader.checksum());
      if (event.type() == EventType::format_description)
        (void)rewrite_format_description(event.bytes, Start::mid_file);
      if (auto set = read_previous_gtids(event.body))
        must(gtid::decode_gtid_set(as_bytes(gtid::encode_gtid_set(*set))).value() == *set);
    }
  }
}

void serve(const LogSource& source) {
  auto cursor = source.open({"", 4});
  if (!cursor) return;
  uint64_t end = 0;
  for (;;) {
    auto item = (*cursor)->next();
    if (!item) return;
    if (!*item) break;
    must((*item)->kind == Served::file || (*item)->start >= end || (*item)->start < (*item)->end);
    end = (*item)->end;
    (void)source.gtid_pos_at((*cursor)->position());
  }
  must((*cursor)->position() == source.facts().served_end);
  (void)source.find_start(gtid::GtidSet{});
  (void)source.find_start(gtid::MariadbGtidPos{});
}

std::string write_log(const std::string& file, Bytes log) {
  static const sys::TemporaryDirectory directory =
      sys::TemporaryDirectory::make("/dev/shm", "binlog_fuzz.").value();
  std::ofstream(directory.file(file), std::ios::binary) << as_text(log);
  return directory.path();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  Bytes log(data + 1, size - 1);
  sys::PosixFiles files;
  switch (data[0] % 3) {
    case 0:
      read_bodies(log);
      break;
    case 1:
      if (auto source = open_binlog_source(files, {{write_log("bin.000001", log)}, "bin", ""}))
        serve(**source);
      break;
    case 2:
      if (auto source = open_relay_source(files, {{write_log("relay.000001", log)}, "relay", ""}, {}))
        serve(**source);
      break;
  }
  return 0;
}

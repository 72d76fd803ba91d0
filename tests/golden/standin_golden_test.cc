// What a stand-in sends from real logs: byte for byte what lies in the primary's files, whichever position or
// GTID a replica starts from, and the same from a replica's relay logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "binlog/binlog_source.h"
#include "binlog/relay_source.h"
#include "standin/dump_stream.h"
#include "standin/picture.h"
#include "sys/posix_files.h"

namespace tanist::standin {
namespace {

using binlog::EventType;
using binlog::LogSource;

class StandinGolden : public testing::TestWithParam<const char*> {
 protected:
  StandinGolden() {
    const std::string folder = std::string(GOLDEN_DIR) + "/binlog/" + GetParam();
    binlogs_ = binlog::open_binlog_source(files_, {{folder + "/primary"}, "bin", ""}).value();
    relay_ = binlog::open_relay_source(files_, {{folder + "/relay"}, "relay", ""}, {}).value();
    mariadb_ = binlogs_->facts().version.is_mariadb();
  }

  struct Sent {
    std::vector<std::string> events;  // as they lie in the log: without what only the wire needs
    std::string refusal;
  };
  Sent dump(const LogSource& source, const DumpRequest& request,
            std::optional<gtid::MariadbGtidPos> state = {}) const {
    ReplicaWishes wishes{mariadb_, true, binlog::Checksum::crc32, Duration(1), std::move(state)};
    Sent sent;
    DumpStream::Opened stream = DumpStream::open(source, "", request, wishes);
    if (!stream) return {{}, stream.error().text};
    std::string out;
    PacketWriter packets(out);
    EXPECT_EQ((*stream)->fill(packets, out, SIZE_MAX), DumpStream::State::at_end)
        << (*stream)->refusal().text;
    EXPECT_EQ((*stream)->position().text(), source.facts().served_end.text());
    binlog::Checksum in_force = wishes.checksum;
    ByteReader in(as_bytes(out));
    while (in.left() > 0) {
      const size_t size = in.u24();
      in.skip(2);
      const std::string event(in.text(size - 1));
      picture_of_event(as_bytes(event), in_force);  // checks length and checksum
      const binlog::EventHeader header = binlog::EventHeader::read(as_bytes(event));
      const bool of_the_wire = header.has(binlog::kFlagArtificial) ||
                               header.type == EventType::format_description ||
                               header.type == EventType::heartbeat;
      if (!of_the_wire) sent.events.push_back(event);
    }
    return sent;
  }
  static DumpRequest from(const gtid::LogCoordinates& at) {
    return {.flags = kDumpAnnotate, .server_id = 1, .file = at.file, .position = at.pos, .set = std::nullopt};
  }
  DumpRequest by_set(const std::string& set) const {
    DumpRequest request = from({"", 4});
    request.flags = 0;
    request.set = gtid::GtidSet::parse(set).value();
    return request;
  }
  // Relay logs do not keep the primary's PREVIOUS_GTIDS and STOP, and perhaps not its annotations.
  static std::vector<std::string> kept(const std::vector<std::string>& events) {
    std::vector<std::string> out;
    for (const std::string& one : events) {
      const EventType type = binlog::EventHeader::read(as_bytes(one)).type;
      if (type != EventType::previous_gtids && type != EventType::stop &&
          type != EventType::mariadb_annotate_rows) {
        out.push_back(one);
      }
    }
    return out;
  }
  // Every event of the primary's logs, and where it begins.
  std::vector<std::pair<gtid::LogCoordinates, std::string>> all_events() const {
    std::vector<std::pair<gtid::LogCoordinates, std::string>> all;
    auto cursor = binlogs_->open({"", 4}).value();
    std::string file;
    while (std::optional<binlog::Served> item = cursor->next().value()) {
      if (item->kind == binlog::Served::file)
        file = item->at.file;
      else
        all.push_back({{file, item->start}, std::string(as_text(item->bytes))});
    }
    return all;
  }

  sys::PosixFiles files_;
  std::unique_ptr<LogSource> binlogs_, relay_;
  bool mariadb_ = false;
};

TEST_P(StandinGolden, from_every_position_the_rest_of_the_logs_is_sent) {
  const auto all = all_events();
  ASSERT_GT(all.size(), 20u);
  for (size_t i = 0; i < all.size(); ++i) {
    DumpRequest request = from(all[i].first);
    if (!mariadb_) request.flags = 0;
    const Sent sent = dump(*binlogs_, request);
    ASSERT_EQ(sent.refusal, "") << all[i].first.text();
    ASSERT_EQ(sent.events.size(), all.size() - i) << all[i].first.text();
    for (size_t k = 0; k < sent.events.size(); ++k)
      ASSERT_EQ(sent.events[k], all[i + k].second) << all[i + k].first.text();
  }
}

TEST_P(StandinGolden, relay_logs_give_what_the_primary_would_have_given) {
  size_t compared = 0;
  for (const auto& [at, event] : all_events()) {
    DumpRequest request = from(at);
    if (!mariadb_) request.flags = 0;
    const Sent relayed = dump(*relay_, request);
    if (HasFailure()) return;
    if (!relayed.refusal.empty()) continue;
    ++compared;
    const Sent original = dump(*binlogs_, request);
    const std::vector<std::string> mine = kept(relayed.events), theirs = kept(original.events);
    ASSERT_LE(mine.size(), theirs.size()) << at.text();  // the replica may have stopped receiving earlier
    for (size_t k = 0; k < mine.size(); ++k) {
      const binlog::EventHeader here = binlog::EventHeader::read(as_bytes(mine[k]));
      const binlog::EventHeader there = binlog::EventHeader::read(as_bytes(theirs[k]));
      ASSERT_EQ(here.log_pos, there.log_pos) << at.text() << " event " << k;
      // MariaDB's receiver unpacks compressed events before it writes them down; everything else it keeps as
      // it came.
      if (here.type == there.type)
        ASSERT_EQ(mine[k], theirs[k]) << at.text() << " event " << k;
      else
        ASSERT_GE(there.type, EventType::mariadb_query_compressed) << at.text() << " event " << k;
    }
  }
  EXPECT_GT(compared, 5u);
}

// Whatever prefix of its groups a replica has, it gets the others, each once.
TEST_P(StandinGolden, by_gtid_every_replica_gets_just_what_it_lacks) {
  std::vector<std::string> gtids;  // of the groups, in order
  for (const auto& [at, event] : all_events()) {
    binlog::Event view;
    view.header = binlog::EventHeader::read(as_bytes(event));
    view.bytes = as_bytes(event);
    const bool checked = binlogs_->facts().files.front().checksum == binlog::Checksum::crc32;
    view.body =
        view.bytes.subspan(binlog::kHeaderSize, event.size() - binlog::kHeaderSize - (checked ? 4 : 0));
    Result<binlog::GroupGtid> gtid = binlog::group_gtid(view);
    if (const auto* mysql = gtid ? std::get_if<gtid::Gtid>(&*gtid) : nullptr) gtids.push_back(mysql->text());
    if (const auto* maria = gtid ? std::get_if<gtid::MariadbGtid>(&*gtid) : nullptr)
      gtids.push_back(maria->text());
  }
  gtid::GtidSet set;
  gtid::MariadbGtidPos state;
  for (size_t have = 0; have < gtids.size(); ++have) {
    const Sent sent = mariadb_ ? dump(*binlogs_, from({"", 4}), state) : dump(*binlogs_, by_set(set.text()));
    ASSERT_EQ(sent.refusal, "") << gtids[have];
    size_t groups = 0;
    for (const std::string& event : sent.events) {
      const EventType type = binlog::EventHeader::read(as_bytes(event)).type;
      groups += type == EventType::gtid || type == EventType::gtid_tagged || type == EventType::mariadb_gtid;
    }
    EXPECT_EQ(groups, gtids.size() - have) << "after " << have << " groups, before " << gtids[have];
    if (mariadb_)
      state.set(gtid::MariadbGtid::parse(gtids[have]).value());
    else
      set.add(gtid::Gtid::parse(gtids[have]).value());
  }
}

INSTANTIATE_TEST_SUITE_P(AllServers, StandinGolden,
                         testing::Values("mariadb-gtid", "mariadb-plain", "mariadb-position", "mysql56-gtid",
                                         "mysql56-position", "mysql97-gtid", "mysql97-position"),
                         [](const testing::TestParamInfo<const char*>& server) {
                           std::string name = server.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tanist::standin

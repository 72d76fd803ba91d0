#include "standin/dump_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "standin/picture.h"
#include "standin/test_source.h"

namespace tanist::standin {
namespace {

using binlog::Checksum;
using testing::HasSubstr;
constexpr const char* kUuid = "11111111-1111-1111-1111-111111111111";

gtid::GtidSet mysql_set(const std::string& numbers) {
  return gtid::GtidSet::parse(std::string(kUuid) + ":" + numbers).value();
}
std::string mysql_gtid(int number) { return std::string(kUuid) + ":" + std::to_string(number); }
std::string short_ids(std::string text) {
  for (size_t at; (at = text.find(std::string("gtid ") + kUuid)) != std::string::npos;)
    text.erase(at + 5, 37);
  return text;
}

struct Replica {
  ReplicaWishes wishes{.mariadb = false,
                       .checksum_aware = true,
                       .checksum = Checksum::crc32,
                       .heartbeat_period = Duration(1000),
                       .connect_state = std::nullopt};
  DumpRequest request{};

  static Replica mysql(std::string file, uint64_t position) {
    Replica replica;
    replica.request.file = std::move(file);
    replica.request.position = position;
    return replica;
  }
  static Replica mysql(gtid::GtidSet set) {
    Replica replica;
    replica.request.set = std::move(set);
    return replica;
  }
  static Replica mariadb(std::string file, uint64_t position) {
    Replica replica = mysql(std::move(file), position);
    replica.wishes.mariadb = true;
    replica.request.flags = kDumpAnnotate;
    return replica;
  }
  static Replica mariadb_at(std::string_view state) {
    Replica replica = mariadb("", 4);
    replica.wishes.connect_state = gtid::MariadbGtidPos::parse(state).value();
    return replica;
  }

  // Everything up to the end, then one heartbeat; or "refused: text".
  std::string gets(const TestSource& log) const {
    std::string out;
    PacketWriter packets(out);
    packets.restart(1);
    DumpStream::Opened stream = DumpStream::open(log, kUuid, request, wishes);
    if (!stream) return "refused: " + stream.error().text;
    const DumpStream::State state = (*stream)->fill(packets, out, SIZE_MAX);
    if (state == DumpStream::State::at_end) (*stream)->heartbeat(packets);
    std::string seen = short_ids(picture(out, wishes.checksum));
    if (state == DumpStream::State::refused) seen += " refused: " + (*stream)->refusal().text;
    return seen;
  }
};

TestSource two_files() {
  TestSource log("5.6.24-log");
  log.file("bin.000001").group(mysql_gtid(1)).group(mysql_gtid(2)).rotate("bin.000002").group(mysql_gtid(3));
  return log;
}
uint64_t place_of(const TestSource& log, size_t file, int events) {  // behind so many events of the file
  auto cursor = log.open({log.facts().files[file].name, 4}).value();
  for (int i = 0; i <= events; ++i) cursor->next().value();
  return cursor->position().pos;
}

TEST(DumpStream, by_position_every_event_from_there_on_and_a_heartbeat_with_the_end) {
  TestSource log = two_files();
  const std::string end = "bin.000002:" + std::to_string(log.facts().served_end.pos) + "+";
  EXPECT_EQ(Replica::mysql("bin.000001", 4).gets(log),
            "rotate=bin.000001:4+ fde gtid 1 query xid gtid 2 query xid ROTATE "
            "rotate=bin.000002:4+ fde gtid 3 query xid heartbeat=" +
                end);
  const uint64_t middle = place_of(log, 0, 3);
  EXPECT_EQ(Replica::mysql("bin.000001", middle).gets(log),
            "rotate=bin.000001:" + std::to_string(middle) +
                "+ fde(mid) gtid 2 query xid ROTATE "
                "rotate=bin.000002:4+ fde gtid 3 query xid heartbeat=" +
                end);
  EXPECT_EQ(Replica::mysql("bin.000002", log.facts().served_end.pos).gets(log),
            "rotate=" + end + " fde(mid) heartbeat=" + end)
      << "nothing is missing";
}

TEST(DumpStream, refuses_positions_that_are_none) {
  TestSource log = two_files();
  for (auto& [file, pos, text] : std::vector<std::tuple<std::string, uint64_t, std::string>>{
           {"bin.000009", 4, "Could not find first log file name"},
           {"bin.000002", 99999, "position > file size"},
           {"bin.000001", place_of(log, 0, 1) + 1, "not the boundary"},
           {"bin.000001", 3, "position < 4"}}) {
    const std::string heard = Replica::mysql(file, pos).gets(log);
    EXPECT_THAT(heard, HasSubstr("refused: "));
    EXPECT_THAT(heard, HasSubstr(text));
  }
}

TEST(DumpStream, by_gtid_whole_groups_are_skipped_and_a_heartbeat_says_how_far) {
  TestSource log = two_files();
  const std::string end = std::to_string(log.facts().served_end.pos) + "+";
  EXPECT_EQ(
      Replica::mysql(mysql_set("1")).gets(log),
      "rotate=bin.000001:4+ fde heartbeat=bin.000001:" + std::to_string(place_of(log, 0, 3)) +
          "+ gtid 2 query xid ROTATE rotate=bin.000002:4+ fde gtid 3 query xid heartbeat=bin.000002:" + end);
  EXPECT_EQ(Replica::mysql(mysql_set("1-3")).gets(log),
            "rotate=bin.000001:4+ fde heartbeat=bin.000001:" + std::to_string(place_of(log, 0, 6)) +
                "+ ROTATE rotate=bin.000002:4+ fde heartbeat=bin.000002:" + end);
}

TEST(DumpStream, a_gtid_start_that_cannot_be_right_is_refused) {
  TestSource log = two_files();
  EXPECT_THAT(Replica::mysql(mysql_set("1-9")).gets(log),
              HasSubstr("Slave has more GTIDs than the master has"));
  log.start_ = fail(Errc::refused, "purged: 1-2");
  EXPECT_EQ(Replica::mysql(mysql_set("3")).gets(log), "refused: purged: 1-2");
  TestSource anonymous("5.6.24-log");
  anonymous.file("bin.000001").group("");
  EXPECT_THAT(Replica::mysql(gtid::GtidSet()).gets(anonymous), HasSubstr("anonymous transaction"));
}

TEST(DumpStream, the_heartbeat_of_type_41_goes_to_mysql_that_asked_and_never_to_mariadb) {
  TestSource log("9.7.4");
  log.file("bin.000001").group("");
  Replica replica = Replica::mysql("bin.000001", 4);
  EXPECT_THAT(replica.gets(log), HasSubstr(" heartbeat="));
  replica.request.flags = kDumpHeartbeat2;
  EXPECT_THAT(replica.gets(log), HasSubstr(" heartbeat2="));
  TestSource maria("10.11.19-MariaDB");
  maria.file("bin.000001").group("0-1-1");
  EXPECT_THAT(Replica::mariadb("bin.000001", 4).gets(maria), HasSubstr(" heartbeat="));
}

TEST(DumpStream, mariadb_gets_annotations_only_if_it_asked) {
  TestSource log("10.11.19-MariaDB");
  log.file("bin.000001").group("0-1-1");
  Replica replica = Replica::mariadb("bin.000001", 4);
  EXPECT_THAT(replica.gets(log), HasSubstr("gtid 0-1-1 annotate query xid"));
  replica.request.flags = 0;
  EXPECT_THAT(replica.gets(log), HasSubstr("gtid 0-1-1 query xid"));
}

TEST(DumpStream, mariadb_by_gtid_skips_up_to_its_own_gtid_and_hears_the_state_before_the_first_group) {
  TestSource log("10.11.19-MariaDB");
  log.file("bin.000001").group("0-1-1").group("0-1-2").group("1-1-1").group("0-1-3");
  const std::string third = std::to_string(place_of(log, 0, 8));
  EXPECT_THAT(Replica::mariadb_at("0-1-2").gets(log),
              HasSubstr("fde list@" + third +
                        "=0-1-2 gtid 1-1-1 annotate query xid gtid 0-1-3 annotate query xid heartbeat="));
  EXPECT_THAT(Replica::mariadb_at("0-1-3,1-1-1").gets(log), HasSubstr("fde heartbeat=bin.000001:"));
}

TEST(DumpStream, out_of_order_numbers_of_a_domain_are_not_mistaken_for_known_ones) {
  TestSource log("10.11.19-MariaDB");
  log.file("bin.000001").group("0-2-10").group("0-1-5").group("0-1-6").group("0-2-11");
  EXPECT_THAT(Replica::mariadb_at("0-1-5").gets(log), HasSubstr("gtid 0-1-6 annotate query xid gtid 0-2-11"));
  EXPECT_THAT(Replica::mariadb_at("0-2-10").gets(log), HasSubstr("gtid 0-1-5 annotate query xid gtid 0-1-6"));
}

TEST(DumpStream, a_mariadb_replica_with_a_transaction_of_its_own_is_refused) {
  TestSource log("10.11.19-MariaDB");
  log.file("bin.000001").group("0-1-1").group("0-1-2").group("0-1-4");
  EXPECT_THAT(Replica::mariadb_at("0-9-2").gets(log), HasSubstr("it has diverged"));
  EXPECT_THAT(Replica::mariadb_at("0-1-3").gets(log), HasSubstr("it has diverged"));
  EXPECT_THAT(Replica::mariadb_at("0-1-9").gets(log), HasSubstr("not in the master's binlog"));
  EXPECT_THAT(Replica::mariadb_at("7-9-9").gets(log), HasSubstr("gtid 0-1-1"))
      << "a domain this log never had";
}

// The first fake ROTATE follows what the replica was told, later ones the file before.
TEST(DumpStream, files_with_and_without_checksums_follow_each_other) {
  TestSource log("5.6.24-log");
  log.file("bin.000001", Checksum::none).group("");
  log.rotate("bin.000002");
  TestSource mixed("5.6.24-log");
  mixed.file("bin.000001", Checksum::none)
      .group("")
      .file("bin.000002", Checksum::crc32)
      .group("")
      .file("bin.000003", Checksum::none);
  EXPECT_THAT(Replica::mysql("bin.000001", 4).gets(mixed),
              HasSubstr("rotate=bin.000001:4+ fde gtid  query xid rotate=bin.000002:4- fde gtid  query xid "
                        "rotate=bin.000003:4+ fde heartbeat=bin.000003"));
  Replica told_none = Replica::mysql("bin.000001", 4);
  told_none.wishes.checksum = Checksum::none;
  EXPECT_THAT(told_none.gets(mixed), HasSubstr("rotate=bin.000001:4- fde"));
  Replica unaware = told_none;
  unaware.wishes.checksum_aware = false;
  EXPECT_THAT(unaware.gets(mixed),
              HasSubstr("refused: Slave can not handle replication events with the checksum"));
  EXPECT_THAT(unaware.gets(log), HasSubstr("ROTATE rotate=bin.000002:4- fde"))
      << "nothing with checksums comes";
}

TEST(DumpStream, a_mariadb_log_is_not_for_mysql_replicas) {
  TestSource log("10.11.19-MariaDB");
  log.file("bin.000001").group("0-1-1");
  EXPECT_THAT(Replica::mysql("bin.000001", 4).gets(log), HasSubstr("only be served to MariaDB replicas"));
}

TEST(DumpStream, damage_further_on_stops_there_with_its_place) {
  TestSource log("5.6.24-log");
  log.file("bin.000001").group("").damage("bin.000001 at offset 300: checksum");
  EXPECT_THAT(Replica::mysql("bin.000001", 4).gets(log), HasSubstr("xid refused: bin.000001 at offset 300"));
}

TEST(DumpStream, an_event_longer_than_its_place_is_packed_into_it_or_refused) {
  ByteWriter query;
  query.u32(1).u32(0).u8(0).u16(0).u16(0).zeros(1).text(std::string(1000, 'q'));
  TestSource log("10.11.19-MariaDB");
  log.file("bin.000001").add(binlog::EventType::query, query.str()).unpacked(900);
  EXPECT_THAT(Replica::mariadb("bin.000001", 4).gets(log), HasSubstr("fde QUERY_COMPRESSED heartbeat="));
  TestSource hopeless("10.11.19-MariaDB");
  hopeless.file("bin.000001").add(binlog::EventType::xid, "12345678").unpacked(1);
  EXPECT_THAT(Replica::mariadb("bin.000001", 4).gets(hopeless),
              HasSubstr("refused: the XID event at bin.000001:"));
}

TEST(DumpStream, four_bytes_of_position_are_enough_unless_two_places_fit) {
  class Long : public TestSource {
   public:
    using TestSource::TestSource;
    uint64_t also = 0;
    Result<std::unique_ptr<binlog::LogCursor>> open(const gtid::LogCoordinates& from) const override {
      if (from.pos == also) return TestSource::open({from.file, 4});
      return TestSource::open(from);
    }
  };
  Long log("5.6.24-log");
  log.file("bin.000001").group("");
  log.change_facts().files[0].end_pos = 3ull << 32;
  EXPECT_THAT(Replica::mysql("bin.000001", 4).gets(log), HasSubstr("fde gtid"));
  log.also = (2ull << 32) + 4;
  EXPECT_THAT(Replica::mysql("bin.000001", 4).gets(log), HasSubstr("longer than 4 GiB"));
}

TEST(DumpStream, the_output_is_filled_piece_by_piece) {
  TestSource log("5.6.24-log");
  log.file("bin.000001").group("", 1000).group("", 1000).group("", 1000);
  const Replica replica = Replica::mysql("bin.000001", 4);
  auto stream = DumpStream::open(log, kUuid, replica.request, replica.wishes).value();
  std::string all, out;
  PacketWriter packets(out);
  packets.restart(1);
  int pieces = 0;
  for (bool more = true; more; ++pieces) {
    more = stream->fill(packets, out, 500) == DumpStream::State::more;
    EXPECT_LT(out.size(), 1700u);
    all += std::exchange(out, {});
  }
  EXPECT_GE(pieces, 3);
  EXPECT_THAT(picture(all, Checksum::crc32),
              HasSubstr("fde gtid  query xid gtid  query xid gtid  query xid"));
  EXPECT_EQ(stream->events(), 11u);
}

}  // namespace
}  // namespace tanist::standin

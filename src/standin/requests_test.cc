#include "standin/requests.h"

#include <gtest/gtest.h>

#include "gtid/mysql_gtid_codec.h"

namespace tanist::standin {
namespace {

TEST(Requests, a_dump_names_position_flags_server_and_file) {
  ByteWriter out;
  out.u32(120).u16(2).u32(77).text("bin.000003");
  DumpRequest request = parse_dump(out.str()).value();
  EXPECT_EQ(request.position, 120u);
  EXPECT_EQ(request.flags, kDumpAnnotate);
  EXPECT_EQ(request.server_id, 77u);
  EXPECT_EQ(request.file, "bin.000003");
  EXPECT_FALSE(request.set);
}

TEST(Requests, a_gtid_dump_carries_a_set_tagged_or_not) {
  for (const char* text : {"", "11111111-1111-1111-1111-111111111111:1-5:9",
                           "11111111-1111-1111-1111-111111111111:1-5:batch:1-3"}) {
    const std::string set = gtid::encode_gtid_set(gtid::GtidSet::parse(text).value());
    ByteWriter out;
    // MySQL 5.6 sends sixteen NUL bytes as a name when it connects again.
    out.u16(0).u32(5).u32(16).zeros(16).u64(4).u32(set.size()).text(set);
    DumpRequest request = parse_dump_gtid(out.str()).value();
    EXPECT_EQ(request.file, "");
    EXPECT_EQ(request.set->text(), text);
    for (size_t size = 0; size < out.size(); ++size) {
      EXPECT_FALSE(parse_dump_gtid(std::string_view(out.str()).substr(0, size))) << size;
    }
  }
}

TEST(Requests, a_registration_gives_the_server_id) {
  ByteWriter out;
  out.u32(1234).zeros(17);
  EXPECT_EQ(parse_registration(out.str()).value(), 1234u);
  EXPECT_FALSE(parse_registration("abc"));
}

}  // namespace
}  // namespace tanist::standin

#include "base/bytes.h"

#include <gtest/gtest.h>

namespace tanist {
namespace {

TEST(Bytes, writer_and_reader_agree) {
  ByteWriter out;
  out.u8(1).u16(0x0203).u24(0x040506).u32(0x0708090a).u64(0x1122334455667788).lenenc(250).lenenc(251).lenenc(70000);
  out.lenenc(1ull << 40).text("name").zeros(1).text("rest");
  ByteReader in(as_bytes(out.str()));
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u16(), 0x0203);
  EXPECT_EQ(in.u24(), 0x040506u);
  EXPECT_EQ(in.u32(), 0x0708090au);
  EXPECT_EQ(in.u64(), 0x1122334455667788u);
  EXPECT_EQ(in.lenenc(), 250u);
  EXPECT_EQ(in.lenenc(), 251u);
  EXPECT_EQ(in.lenenc(), 70000u);
  EXPECT_EQ(in.lenenc(), 1ull << 40);
  EXPECT_EQ(in.until_nul(), "name");
  EXPECT_EQ(in.rest(), "rest");
  EXPECT_FALSE(in.failed());
}

TEST(Bytes, a_read_past_the_end_fails_and_stays_failed) {
  ByteReader in(as_bytes("abc"));
  EXPECT_EQ(in.u32(), 0u);
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.text(1), "");
  ByteReader no_end(as_bytes("abc"));
  EXPECT_EQ(no_end.until_nul(), "");
  EXPECT_TRUE(no_end.failed());
}

}  // namespace
}  // namespace tanist

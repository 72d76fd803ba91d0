#include "standin/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tanist::standin {
namespace {

std::vector<size_t> chunk_sizes(std::string_view wire) {
  std::vector<size_t> sizes;
  ByteReader in(as_bytes(wire));
  for (uint8_t sequence = 0; in.left() > 0; ++sequence) {
    sizes.push_back(in.u24());
    EXPECT_EQ(in.u8(), sequence);
    in.skip(sizes.back());
  }
  EXPECT_FALSE(in.failed());
  return sizes;
}

TEST(Wire, a_long_payload_goes_on_in_the_next_packet_and_an_exact_one_is_closed_by_an_empty_one) {
  struct Case {
    size_t payload;
    std::vector<size_t> chunks;
  };
  for (const Case& c :
       {Case{0, {0}}, Case{5, {5}}, Case{kMaxChunk - 1, {kMaxChunk - 1}}, Case{kMaxChunk, {kMaxChunk, 0}},
        Case{kMaxChunk + 1, {kMaxChunk, 1}}, Case{2 * kMaxChunk, {kMaxChunk, kMaxChunk, 0}}}) {
    std::string out;
    PacketWriter(out).packet(std::string(c.payload, 'x'));
    EXPECT_EQ(chunk_sizes(out), c.chunks) << c.payload;
  }
}

TEST(Wire, parts_are_joined_across_the_chunk_border) {
  std::string out;
  const std::string first(kMaxChunk - 1, 'a'), second = "bc";
  PacketWriter(out).packet({as_bytes(first), as_bytes(second)});
  EXPECT_EQ(chunk_sizes(out), (std::vector<size_t>{kMaxChunk, 1}));
  EXPECT_EQ(out[4 + kMaxChunk - 1], 'b');
  EXPECT_EQ(out.back(), 'c');
}

TEST(Wire, the_sequence_number_wraps) {
  std::string out;
  PacketWriter writer(out);
  writer.restart(255);
  writer.packet("a");
  writer.packet("b");
  EXPECT_EQ(static_cast<uint8_t>(out[3]), 255);
  EXPECT_EQ(out[8], 0);
}

TEST(Wire, packets_are_found_however_the_bytes_arrive) {
  std::string wire;
  PacketWriter writer(wire);
  writer.packet("first");
  writer.packet("");
  writer.packet("third");
  PacketReader reader(100);
  std::vector<std::string> seen;
  for (char byte : wire) {
    reader.feed(as_bytes(std::string_view(&byte, 1)));
    while (std::optional<Packet> packet = reader.next().value()) seen.push_back(packet->payload);
  }
  EXPECT_THAT(seen, testing::ElementsAre("first", "", "third"));
}

TEST(Wire, a_packet_over_the_limit_is_refused_before_it_is_there) {
  PacketReader reader(10);
  reader.feed(as_bytes(std::string_view("\x0b\0\0\0", 4)));
  EXPECT_FALSE(reader.next());
}

TEST(Wire, what_follows_a_request_for_tls_is_handed_on_untouched) {
  std::string wire;
  PacketWriter(wire).packet("ssl");
  PacketReader reader(10);
  reader.feed(as_bytes(wire + "\x16\x03hello"));
  EXPECT_EQ(reader.next().value()->payload, "ssl");
  EXPECT_EQ(reader.take_rest(), "\x16\x03hello");
}

}  // namespace
}  // namespace tanist::standin

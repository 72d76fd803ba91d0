// Packets of the MySQL client/server protocol: three bytes of length, one sequence number, at most 0xffffff
// bytes; a longer payload goes on in the next packet, and one that fills its last packet exactly is closed by
// an empty one.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace tanist::standin {

inline constexpr size_t kMaxChunk = 0xffffff;

// Appends payloads, cut into packets, to one output buffer. Only events are ever longer than one chunk.
class PacketWriter {
 public:
  explicit PacketWriter(std::string& out) : out_(out) {}

  void restart(uint8_t next_sequence) { sequence_ = next_sequence; }
  // The payload is the parts one after the other; they are copied once, into the output.
  void packet(std::initializer_list<Bytes> parts);
  void packet(std::string_view payload) { packet({as_bytes(payload)}); }

 private:
  std::string& out_;
  uint8_t sequence_ = 0;
};

struct Packet {
  uint8_t sequence = 0;
  std::string payload;
};

// Cuts what arrives into packets. What a replica says is short: a packet over the limit, or one that claims
// to go on in the next, is an error and ends the conversation.
class PacketReader {
 public:
  explicit PacketReader(size_t limit) : limit_(limit) {}

  void set_limit(size_t limit) { limit_ = limit; }
  void feed(Bytes bytes) { buffer_ += as_text(bytes); }
  // The next whole packet, if it is there.
  Result<std::optional<Packet>> next();
  // Bytes that came behind the last packet: what follows a request for TLS is no longer ours to read.
  std::string take_rest();

 private:
  std::string buffer_;
  size_t consumed_ = 0;
  size_t limit_;
};

}  // namespace tanist::standin

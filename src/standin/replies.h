// What a server sends back to a command: done, refused, or a table of one row. Payloads only; framing is
// wire.h's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standin/wire.h"

namespace tanist::standin {

// Server error numbers that replicas branch on.
inline constexpr int kAccessDenied = 1045;  // the receiver tries again later
inline constexpr int kUnknownCommand = 1047;
inline constexpr int kUnknownError = 1105;
inline constexpr int kHostNotAllowed = 1130;
inline constexpr int kUnknownVariable = 1193;  // "no semi-sync here": the receiver goes on without it
inline constexpr int kMalformedPacket = 1835;
inline constexpr int kFatalReadingBinlog = 1236;  // the receiver stops and shows our text in Last_IO_Error

struct Refusal {
  int number = kUnknownError;
  std::string text;
};

std::string ok_packet();
std::string eof_packet();
std::string error_packet(const Refusal& refusal);
// Before the handshake is over there is no SQL state in an error.
std::string early_error_packet(const Refusal& refusal);

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};
void write_table(const Table& table, PacketWriter& out);

}  // namespace tanist::standin

#include "standin/replies.h"

namespace tanist::standin {
namespace {

constexpr uint16_t kUtf8 = 0x21;
constexpr uint8_t kVarString = 0xfd;
constexpr uint16_t kAutocommit = 0x0002;
constexpr size_t kLongestErrorText = 500;  // replicas keep 512 bytes with a NUL

std::string_view sql_state(int number) {
  switch (number) {
    case kAccessDenied:
      return "28000";
    case kUnknownCommand:
      return "08S01";
    default:
      return "HY000";
  }
}

std::string column_packet(std::string_view name) {
  ByteWriter out;
  out.lenenc_text("def").lenenc_text("").lenenc_text("").lenenc_text("").lenenc_text(name).lenenc_text("");
  out.lenenc(12).u16(kUtf8).u32(1024).u8(kVarString).u16(0).u8(0).zeros(2);
  return std::move(out).take();
}

}  // namespace

std::string ok_packet() {
  ByteWriter out;
  out.u8(0).lenenc(0).lenenc(0).u16(kAutocommit).u16(0);
  return std::move(out).take();
}

std::string eof_packet() {
  ByteWriter out;
  out.u8(0xfe).u16(0).u16(kAutocommit);
  return std::move(out).take();
}

std::string error_packet(const Refusal& refusal) {
  ByteWriter out;
  out.u8(0xff).u16(static_cast<uint64_t>(refusal.number)).text("#").text(sql_state(refusal.number));
  out.text(std::string_view(refusal.text).substr(0, kLongestErrorText));
  return std::move(out).take();
}

std::string early_error_packet(const Refusal& refusal) {
  ByteWriter out;
  out.u8(0xff).u16(static_cast<uint64_t>(refusal.number)).text(refusal.text);
  return std::move(out).take();
}

void write_table(const Table& table, PacketWriter& out) {
  ByteWriter count;
  count.lenenc(table.columns.size());
  out.packet(count.str());
  for (const std::string& column : table.columns) out.packet(column_packet(column));
  out.packet(eof_packet());
  for (const auto& row : table.rows) {
    ByteWriter cells;
    for (const std::optional<std::string>& cell : row) cell ? cells.lenenc_text(*cell) : cells.u8(0xfb);
    out.packet(cells.str());
  }
  out.packet(eof_packet());
}

}  // namespace tanist::standin

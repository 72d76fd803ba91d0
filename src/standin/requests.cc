#include "standin/requests.h"

#include "gtid/mysql_gtid_codec.h"

namespace tanist::standin {
namespace {

// MySQL 5.6 sends a name of NUL bytes when it connects again by GTID.
std::string name_of(std::string_view field) { return std::string(field.substr(0, field.find('\0'))); }

}  // namespace

Result<DumpRequest> parse_dump(std::string_view body) {
  ByteReader in(as_bytes(body));
  DumpRequest request;
  request.position = in.u32();
  request.flags = in.u16();
  request.server_id = in.u32();
  request.file = name_of(in.rest());
  if (in.failed()) return fail(Errc::invalid, "the dump command ends too early");
  return request;
}

Result<DumpRequest> parse_dump_gtid(std::string_view body) {
  ByteReader in(as_bytes(body));
  DumpRequest request;
  request.flags = in.u16();
  request.server_id = in.u32();
  const uint32_t name_size = in.u32();
  request.file = name_of(in.text(name_size));
  request.position = in.u64();
  const uint32_t set_size = in.u32();
  const Bytes set = in.take(set_size);
  if (in.failed()) return fail(Errc::invalid, "the GTID dump command ends too early");
  Result<gtid::GtidSet> decoded = gtid::decode_gtid_set(set);
  if (!decoded) return fail(decoded.error().during("the GTID set of the dump command"));
  request.set = std::move(*decoded);
  return request;
}

Result<uint32_t> parse_registration(std::string_view body) {
  ByteReader in(as_bytes(body));
  const uint32_t server_id = in.u32();
  if (in.failed()) return fail(Errc::invalid, "the register command ends too early");
  return server_id;
}

}  // namespace tanist::standin

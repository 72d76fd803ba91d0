#include "standin/handshake.h"

namespace tanist::standin {
namespace {

enum Capability : uint32_t {
  kLongPassword = 0x1,
  kFoundRows = 0x2,
  kLongFlag = 0x4,
  kConnectWithDb = 0x8,
  kProtocol41 = 0x200,
  kTls = 0x800,
  kTransactions = 0x2000,
  kSecureConnection = 0x8000,
  kMultiResults = 0x20000,
  kPluginAuth = 0x80000,
  kConnectAttributes = 0x100000,
  kLenencAuth = 0x200000,
};

// Neither DEPRECATE_EOF nor QUERY_ATTRIBUTES: a server that does not offer them is sent plain text, and its
// old EOF packets are understood by every version.
constexpr uint32_t kOffered = kLongPassword | kFoundRows | kLongFlag | kConnectWithDb | kProtocol41 |
                              kTransactions | kSecureConnection | kMultiResults | kPluginAuth |
                              kConnectAttributes | kLenencAuth;

constexpr uint8_t kProtocolVersion = 10;
constexpr uint8_t kUtf8 = 0x21;
constexpr uint16_t kAutocommit = 0x0002;
constexpr size_t kLoginHead = 32;  // of the answer; the request for TLS is this and nothing more
constexpr size_t kScrambleHead = 8;

}  // namespace

std::string greeting_packet(const Greeting& greeting) {
  const uint32_t offered = kOffered | (greeting.tls ? uint32_t{kTls} : 0);
  const Bytes scramble(greeting.scramble.data(), greeting.scramble.size());
  ByteWriter out;
  out.u8(kProtocolVersion).text(greeting.version).zeros(1).u32(greeting.connection);
  out.bytes(scramble.first(kScrambleHead)).zeros(1).u16(offered & 0xffff).u8(kUtf8).u16(kAutocommit);
  out.u16(offered >> 16).u8(scramble.size() + 1).zeros(10);
  out.bytes(scramble.subspan(kScrambleHead)).zeros(1).text(greeting.plugin).zeros(1);
  return std::move(out).take();
}

Result<Login> parse_login(std::string_view payload) {
  ByteReader in(as_bytes(payload));
  const uint32_t capabilities = in.u32();
  in.skip(kLoginHead - 4);
  if (in.failed() || !(capabilities & kProtocol41)) {
    return fail(Errc::invalid, "the client does not speak protocol 4.1");
  }
  Login login;
  if (in.left() == 0 && (capabilities & kTls)) {
    login.asks_for_tls = true;
    return login;
  }
  login.user = in.until_nul();
  const uint64_t token_size = capabilities & kLenencAuth ? in.lenenc() : in.u8();
  login.token = in.text(token_size);
  if (capabilities & kConnectWithDb && in.left() > 0) in.until_nul();
  if (in.failed()) return fail(Errc::invalid, "the client's login packet ends too early");
  // Clients are sloppy about the last NUL, and attributes may follow; neither matters to us.
  if (capabilities & kPluginAuth) {
    const std::string_view rest = in.rest();
    login.plugin = rest.substr(0, rest.find('\0'));
  } else {
    login.plugin = kNativePassword;
  }
  return login;
}

std::string switch_plugin_packet(std::string_view plugin, const Scramble& scramble) {
  ByteWriter out;
  out.u8(0xfe).text(plugin).zeros(1).bytes(Bytes(scramble.data(), scramble.size())).zeros(1);
  return std::move(out).take();
}

}  // namespace tanist::standin

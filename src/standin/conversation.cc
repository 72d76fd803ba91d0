#include "standin/conversation.h"

#include "base/text.h"

namespace tanist::standin {
namespace {

constexpr size_t kLoginLimit = 64 * 1024;        // before we know who it is
constexpr size_t kCommandLimit = kMaxChunk - 1;  // a GTID set can be long
constexpr std::string_view kFastAuthOk("\x01\x03", 2);
constexpr uint64_t kMariadbCanGtid = 4;

bool is_known(std::string_view plugin) { return plugin == kNativePassword || plugin == kCachingSha2; }

}  // namespace

Conversation::Conversation(const Profile& profile, const binlog::LogSource& source, Peer peer,
                           Witness witness)
    : profile_(profile),
      source_(source),
      peer_(std::move(peer)),
      witness_(std::move(witness)),
      in_(kLoginLimit),
      out_(output_),
      plugin_(profile.auth_plugin()) {
  witness_(event("connected"));
  const AllowedReplica* replica = profile_.find(peer_.address);
  if (!replica) {
    Event denied = event("denied");
    denied.number = kHostNotAllowed;
    denied.reason = "Host '" + peer_.address + "' is not one of the replicas this stand-in serves";
    out_.packet(early_error_packet({denied.number, denied.reason}));
    witness_(denied);
    close();
    return;
  }
  gtid_mode_ = replica->gtid_mode;
  out_.packet(greeting_packet(
      {profile_.greeting_version(), peer_.connection, peer_.scramble, profile_.auth_plugin(), profile_.tls}));
}

void Conversation::on_bytes(Bytes bytes, uint64_t unix_time) {
  in_.feed(bytes);
  while (!closing() && !wants_tls()) {
    Result<std::optional<Packet>> packet = in_.next();
    if (!packet) {
      refuse({kMalformedPacket, packet.error().what}, "denied");
      close();
      return;
    }
    if (!*packet) return;
    on_packet(**packet, unix_time);
  }
}

void Conversation::on_end(std::string reason) {
  if (ended_) return;
  ended_ = true;
  close();
  Event gone = event("disconnected");
  gone.reason = std::move(reason);
  if (stream_) gone.at = stream_->position();
  witness_(gone);
}

void Conversation::on_packet(const Packet& packet, uint64_t unix_time) {
  switch (phase_) {
    case Phase::login:
      out_.restart(packet.sequence + 1);
      return on_login(packet.payload);
    case Phase::plugin_switch:
      out_.restart(packet.sequence + 1);
      return check_token(packet.payload);
    case Phase::commands:
      out_.restart(1);
      return on_command(packet.payload, unix_time);
    case Phase::streaming:  // acknowledgements were declined; all that can come is the end
      if (!packet.payload.empty() && packet.payload[0] == static_cast<char>(Command::quit)) close();
      return;
    case Phase::tls:
    case Phase::closed:
      return;
  }
}

void Conversation::on_login(std::string_view payload) {
  Result<Login> login = parse_login(payload);
  if (login && login->asks_for_tls && profile_.tls) {
    phase_ = Phase::tls;
    return;
  }
  if (!login || login->asks_for_tls) {
    refuse({kMalformedPacket, login ? "the client asks for TLS, which was not offered" : login.error().what},
           "denied");
    return close();
  }
  user_ = login->user;
  if (login->plugin == plugin_) return check_token(login->token);
  // The client's token, if any, belongs to another plugin than the greeting named.
  if (is_known(login->plugin)) plugin_ = login->plugin;
  out_.packet(switch_plugin_packet(plugin_, peer_.scramble));
  phase_ = Phase::plugin_switch;
}

void Conversation::check_token(std::string_view token) {
  if (token == std::string_view("\0", 1)) token = {};  // how caching_sha2_password says "no password"
  if (!may_enter(profile_.credentials, user_, plugin_, token, peer_.scramble)) {
    refuse({kAccessDenied, "Access denied for user '" + user_ + "'@'" + peer_.address +
                               "' (using password: " + (token.empty() ? "NO" : "YES") + ")"},
           "denied");
    return close();
  }
  if (plugin_ == kCachingSha2 && !token.empty()) out_.packet(kFastAuthOk);
  out_.packet(ok_packet());
  in_.set_limit(kCommandLimit);
  phase_ = Phase::commands;
}

void Conversation::on_command(std::string_view payload, uint64_t unix_time) {
  if (payload.empty()) return refuse({kMalformedPacket, "a command without its byte"}, "refused");
  const std::string_view body = payload.substr(1);
  switch (static_cast<Command>(payload[0])) {
    case Command::quit:
      return close();
    case Command::query:
      return on_query(body, unix_time);
    case Command::register_replica:
      if (Result<uint32_t> id = parse_registration(body)) server_id_ = *id;
      return out_.packet(ok_packet());
    case Command::binlog_dump:
      return begin_dump(parse_dump(body));
    case Command::binlog_dump_gtid:
      return begin_dump(parse_dump_gtid(body));
    case Command::init_db:
    case Command::ping:
    case Command::reset_connection:
      return out_.packet(ok_packet());
    case Command::set_option:
      return out_.packet(eof_packet());
  }
  out_.packet(error_packet({kUnknownCommand, "this stand-in source does not know command " +
                                                 std::to_string(static_cast<uint8_t>(payload[0]))}));
}

void Conversation::on_query(std::string_view sql, uint64_t unix_time) {
  const auto gtid_position = [this](std::string_view file, uint64_t pos) -> std::optional<std::string> {
    std::optional<gtid::MariadbGtidPos> state = source_.gtid_pos_at({std::string(file), pos});
    return state ? std::optional(state->text()) : std::nullopt;
  };
  Answer given = answer(sql, Asked{profile_, gtid_mode_, variables_, unix_time, gtid_position});
  if (const auto* table = std::get_if<Table>(&given))
    write_table(*table, out_);
  else if (const auto* refusal = std::get_if<Refusal>(&given))
    out_.packet(error_packet(*refusal));
  else
    out_.packet(ok_packet());
}

Result<ReplicaWishes> Conversation::wishes() const {
  const auto value = [this](const char* name, const char* newer) -> const std::string* {
    auto found = variables_.find(newer);
    if (found == variables_.end()) found = variables_.find(name);
    return found == variables_.end() ? nullptr : &found->second;
  };
  ReplicaWishes wishes;
  if (const std::string* capability = value("mariadb_slave_capability", "mariadb_slave_capability")) {
    wishes.mariadb = parse_uint(*capability).value_or(0) >= kMariadbCanGtid;
  }
  if (const std::string* checksum = value("master_binlog_checksum", "source_binlog_checksum")) {
    wishes.checksum_aware = true;
    const bool none = iequals(*checksum, "NONE") || profile_.checksum == "NONE";
    wishes.checksum = none ? binlog::Checksum::none : binlog::Checksum::crc32;
  }
  if (const std::string* period = value("master_heartbeat_period", "source_heartbeat_period")) {
    wishes.heartbeat_period = Duration(parse_uint(*period).value_or(0));
  }
  if (const std::string* state = value("slave_connect_state", "slave_connect_state")) {
    Result<gtid::MariadbGtidPos> position = gtid::MariadbGtidPos::parse(*state);
    if (!position) return fail(position.error().during("@slave_connect_state"));
    wishes.connect_state = *position;
  }
  return wishes;
}

void Conversation::begin_dump(const Result<DumpRequest>& request) {
  if (!request) return refuse({kMalformedPacket, request.error().what}, "refused");
  if (request->server_id != 0) server_id_ = request->server_id;
  Event asked = event("dump");
  Result<ReplicaWishes> said = wishes();
  if (!said) return refuse({kFatalReadingBinlog, said.error().what}, "refused");
  const ReplicaWishes& replica = *said;
  if (request->set)
    asked.gtid_set = request->set->text();
  else if (replica.connect_state)
    asked.gtid_set = replica.connect_state->text();
  else
    asked.at = {request->file, request->position};
  DumpStream::Opened stream = DumpStream::open(source_, profile_.server_uuid, *request, replica);
  if (stream) asked.at = (*stream)->start();
  witness_(asked);
  if (!stream) return refuse(stream.error(), "refused");
  stream_ = std::move(*stream);
  non_blocking_ = request->flags & kDumpNonBlocking;
  heartbeat_period_ = replica.heartbeat_period;
  at_end_ = false;
  phase_ = Phase::streaming;
}

void Conversation::pump(TimePoint now, size_t enough) {
  if (phase_ != Phase::streaming) return;
  if (at_end_) {
    if (heartbeat_period_.count() == 0 || now < next_heartbeat_) return;
    stream_->heartbeat(out_);
    next_heartbeat_ = now + heartbeat_period_;
    return;
  }
  switch (stream_->fill(out_, output_, enough)) {
    case DumpStream::State::more:
      return;
    case DumpStream::State::refused:
      refuse(stream_->refusal(), "refused");
      phase_ = Phase::commands;
      return;
    case DumpStream::State::at_end:
      break;
  }
  at_end_ = true;
  Event sent = event("sent_to_end");
  sent.at = stream_->position();
  witness_(sent);
  if (non_blocking_) {
    out_.packet(eof_packet());
    phase_ = Phase::commands;
  } else if (heartbeat_period_.count() > 0) {
    stream_->heartbeat(out_);  // at once: who is waiting for the end sees it now
    next_heartbeat_ = now + heartbeat_period_;
  }
}

std::optional<TimePoint> Conversation::wakes_at() const {
  if (phase_ != Phase::streaming) return std::nullopt;
  if (!at_end_) return TimePoint::min();
  if (heartbeat_period_.count() == 0) return std::nullopt;
  return next_heartbeat_;
}

void Conversation::refuse(const Refusal& refusal, std::string_view kind) {
  out_.packet(error_packet(refusal));
  Event said = event(kind);
  said.number = refusal.number;
  said.reason = refusal.text;
  witness_(said);
}

Event Conversation::event(std::string_view kind) const {
  Event event;
  event.kind = kind;
  event.replica = peer_.address + ":" + std::to_string(peer_.port);
  event.server_id = server_id_;
  event.tls = tls_;
  if (stream_) {
    event.events = stream_->events();
    event.bytes = stream_->bytes();
  }
  return event;
}

}  // namespace tanist::standin

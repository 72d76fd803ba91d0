#include "execute/notes.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace tanist::execute {

namespace json = boost::json;
using topology::Positioning;
using topology::ReceiverState;

namespace {

constexpr const char* kFound = "found";
constexpr const char* kIntended = "intended";
constexpr const char* kRecovered = "recovered";

template <class Enum>
struct Word {
  Enum value;
  std::string_view text;
};
constexpr Word<Positioning> kPositionings[] = {{Positioning::file_position, "file"},
                                               {Positioning::auto_position, "auto"},
                                               {Positioning::mariadb_current_pos, "current_pos"},
                                               {Positioning::mariadb_slave_pos, "slave_pos"}};
constexpr Word<ReceiverState> kReceivers[] = {{ReceiverState::stopped, "stopped"},
                                              {ReceiverState::connecting, "connecting"},
                                              {ReceiverState::running, "running"}};

template <class Enum, size_t count>
std::string_view word_of(Enum value, const Word<Enum> (&words)[count]) {
  for (const auto& word : words)
    if (word.value == value) return word.text;
  return "";
}
template <class Enum, size_t count>
Enum read_word(const json::value& text, const Word<Enum> (&words)[count]) {
  for (const auto& word : words)
    if (word.text == std::string_view(text.as_string())) return word.value;
  throw std::runtime_error("no such word: " + std::string(std::string_view(text.as_string())));
}

std::string string_in(const json::object& object, const char* name) {
  return std::string(std::string_view(object.at(name).as_string()));
}
template <class Number>
Number number_in(const json::object& object, const char* name) {
  return json::value_to<Number>(object.at(name));
}

// A replica that never received anything stands nowhere.
gtid::LogCoordinates place_of(const std::string& text) {
  return gtid::LogCoordinates::parse(text).value_or(gtid::LogCoordinates{});
}

json::object json_of(const topology::ReplicaStatus& replica) {
  return {{"source_host", replica.source_host},
          {"source_ip", replica.source_ip},
          {"source_port", replica.source_port},
          {"source_user", replica.source_user},
          {"positioning", word_of(replica.positioning, kPositionings)},
          {"receiver", word_of(replica.receiver, kReceivers)},
          {"applier", replica.applier_running},
          {"received", replica.received.text()},
          {"executed", replica.executed.text()},
          {"delay", replica.delay_seconds},
          {"connect_retry", replica.connect_retry_seconds},
          {"ssl", replica.ssl},
          {"ssl_verify", replica.ssl_verify}};
}

topology::ReplicaStatus replica_of(const json::object& object) {
  topology::ReplicaStatus replica;
  replica.source_host = string_in(object, "source_host");
  replica.source_ip = string_in(object, "source_ip");
  replica.source_port = number_in<uint16_t>(object, "source_port");
  replica.source_user = string_in(object, "source_user");
  replica.positioning = read_word(object.at("positioning"), kPositionings);
  replica.receiver = read_word(object.at("receiver"), kReceivers);
  replica.applier_running = object.at("applier").as_bool();
  replica.received = place_of(string_in(object, "received"));
  replica.executed = place_of(string_in(object, "executed"));
  replica.delay_seconds = number_in<uint32_t>(object, "delay");
  replica.connect_retry_seconds = number_in<uint32_t>(object, "connect_retry");
  replica.ssl = object.at("ssl").as_bool();
  replica.ssl_verify = object.at("ssl_verify").as_bool();
  return replica;
}

FoundServer found_of(const json::object& object) {
  FoundServer found;
  found.host = string_in(object, "host");
  found.port = number_in<uint16_t>(object, "port");
  found.old_primary = object.at("old_primary").as_bool();
  found.read_only = object.at("read_only").as_bool();
  found.super_read_only = object.at("super_read_only").as_bool();
  if (const json::value* replica = object.if_contains("replica")) found.replica = replica_of(replica->as_object());
  return found;
}

void read(const store::Note& note, RecoveryNotes& notes) {
  const json::value parsed = json::parse(note.text);
  const json::object& object = parsed.as_object();
  const ServerId about(note.about);
  if (note.name == kFound) {
    FoundServer found = found_of(object);
    if (found.old_primary) notes.old_primary = about;
    notes.found.emplace(about, std::move(found));
  } else if (note.name == kIntended) {
    notes.next = Intended{about, number_in<int>(object, "gtid_mode"), object.at("old_becomes_replica").as_bool(),
                          object.at("move_replicas").as_bool(), object.at("open_it").as_bool(),
                          string_in(object, "block"), number_in<unsigned>(object, "checkpoint_period")};
  } else if (note.name == kRecovered) {
    notes.recovered = Recovered{object.at("by_gtid").as_bool(), string_in(object, "end"), string_in(object, "gtids"),
                                string_in(object, "joins_at")};
  }
}

}  // namespace

void note_found(Recorder& recorder, const topology::Member& member, bool old_primary) {
  const topology::ServerState* state = member.state();
  json::object found{{"host", member.facts.hostname}, {"port", member.facts.port}, {"old_primary", old_primary}};
  found["read_only"] = state && state->read_only;
  found["super_read_only"] = state && state->super_read_only;
  if (member.replica()) found["replica"] = json_of(*member.replica());
  recorder.note(member.facts.id.text, kFound, json::serialize(found));
}

void note_intended(Recorder& recorder, const Intended& next) {
  recorder.note(next.id.text, kIntended,
                json::serialize(json::object{{"gtid_mode", next.gtid_mode},
                                             {"old_becomes_replica", next.old_becomes_replica},
                                             {"move_replicas", next.move_replicas},
                                             {"open_it", next.open_it},
                                             {"block", next.block},
                                             {"checkpoint_period", next.checkpoint_period}}));
}

void note_recovered(Recorder& recorder, const ServerId& next, const Recovered& recovered) {
  recorder.note(next.text, kRecovered,
                json::serialize(json::object{{"by_gtid", recovered.by_gtid},
                                             {"end", recovered.end},
                                             {"gtids", recovered.gtids},
                                             {"joins_at", recovered.joins_at}}));
}

Result<RecoveryNotes> read_notes(const store::RecoveryRecord& record) {
  RecoveryNotes notes;
  for (const store::Note& note : record.notes) {
    try {
      read(note, notes);
    } catch (const std::exception& error) {
      return fail(Errc::invalid, fmt::format("the journal's note '{}' about {} cannot be read: {}", note.name, note.about,
                                             error.what()));
    }
  }
  return notes;
}

}  // namespace tanist::execute

#include "standin/report.h"

#include <boost/json.hpp>

namespace tanist::standin {
namespace {

namespace json = boost::json;

json::object place(const gtid::LogCoordinates& at) { return {{"file", at.file}, {"pos", at.pos}}; }
std::string line_of(const json::object& object) { return json::serialize(object) + "\n"; }

}  // namespace

std::string ready_line(const binlog::SourceFacts& facts, const Profile& profile, const Endpoint* listening) {
  json::object line{{"ready", true}};
  if (listening) {
    line["address"] = listening->address;
    line["port"] = listening->port;
  }
  if (!facts.files.empty()) line["first"] = place({facts.files.front().name, facts.files.front().first_pos});
  line["served_end"] = place(facts.served_end);
  line["files"] = facts.files.size();
  json::array ends;
  for (const binlog::ServedFile& file : facts.files) ends.push_back(place({file.name, file.end_pos}));
  line["ends"] = std::move(ends);
  const std::string gtid_end = facts.version.is_mariadb() ? facts.binlog_state.text() : facts.executed.text();
  if (!gtid_end.empty()) line["gtid_end"] = gtid_end;
  if (!facts.purged.empty()) line["gtid_purged"] = facts.purged.text();
  line["version"] = facts.version.text;
  line["server_id"] = facts.server_id;
  line["server_uuid"] = profile.server_uuid;
  line["checksum"] = profile.checksum;
  if (facts.tail) line["damage"] = facts.tail->text();
  if (facts.tail_bytes > 0) line["tail_bytes"] = facts.tail_bytes;
  return line_of(line);
}

std::string failed_line(const Error& error) {
  return line_of({{"ready", false}, {"error", error.what}, {"code", std::string(to_string(error.code))}});
}

std::string event_line(const Event& event) {
  json::object line{{"event", event.kind}, {"replica", event.replica}};
  if (event.server_id != 0) line["server_id"] = event.server_id;
  if (!event.at.empty()) line["at"] = place(event.at);
  if (!event.gtid_set.empty()) line["gtid_set"] = event.gtid_set;
  if (event.events != 0) line["events"] = event.events;
  if (event.bytes != 0) line["bytes"] = event.bytes;
  if (event.tls) line["tls"] = true;
  if (event.number != 0) line["number"] = event.number;
  if (!event.reason.empty()) line["reason"] = event.reason;
  return line_of(line);
}

}  // namespace tanist::standin

#include "standin/prepare.h"

#include "base/text.h"
#include "binlog/binlog_source.h"
#include "binlog/relay_source.h"

namespace tanist::standin {
namespace {

std::string find_uuid(const Job& job, sys::Files& files) {
  if (!job.server_uuid.empty()) return job.server_uuid;
  if (job.kind == Job::Kind::relay) return {};  // the auto.cnf there is the replica's own
  std::vector<std::string> places = job.directories;
  if (!job.datadir.empty()) places.insert(places.begin(), job.datadir);
  for (const std::string& directory : places) {
    Result<std::string> text = files.read(directory + "/auto.cnf");
    if (!text) continue;
    if (std::string uuid = uuid_of_auto_cnf(*text); !uuid.empty()) return uuid;
  }
  return {};
}

Result<binlog::ReceivedGtids> received_gtids(const Job& job) {
  binlog::ReceivedGtids received{job.received_at, std::nullopt, std::nullopt};
  const std::string& text = job.received;
  if (text.empty()) return received;
  if (Result<gtid::GtidSet> set = gtid::GtidSet::parse(text)) {
    received.mysql = *set;
  } else if (Result<gtid::MariadbGtidPos> pos = gtid::MariadbGtidPos::parse(text)) {
    received.mariadb = *pos;
  } else {
    return fail(Errc::invalid, "job: field 'received' is neither a GTID set nor a MariaDB GTID position");
  }
  return received;
}

}  // namespace

std::string uuid_of_auto_cnf(std::string_view text) {
  for (const std::string& line : split(text, '\n')) {
    const size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = lower(trim(std::string_view(line).substr(0, equals)));
    if (name != "server-uuid" && name != "server_uuid") continue;
    if (Result<gtid::Uuid> uuid = gtid::parse_uuid(trim(std::string_view(line).substr(equals + 1)))) {
      return gtid::uuid_text(*uuid);
    }
  }
  return {};
}

Result<std::unique_ptr<binlog::LogSource>> open_source(const Job& job, sys::Files& files) {
  const binlog::SeriesRequest series{job.directories, job.prefix, job.start_file};
  if (job.kind == Job::Kind::binlog) return binlog::open_binlog_source(files, series);
  Result<binlog::ReceivedGtids> received = received_gtids(job);
  if (!received) return fail(received.error());
  return binlog::open_relay_source(files, series, *received);
}

Result<Profile> make_profile(const Job& job, const binlog::SourceFacts& facts, sys::Files& files,
                             std::string fresh_uuid) {
  Profile profile;
  profile.version = facts.version;
  profile.server_id = facts.server_id;
  profile.server_uuid = find_uuid(job, files);
  if (profile.server_uuid.empty()) profile.server_uuid = std::move(fresh_uuid);
  if (facts.files.empty()) return fail(Errc::not_found, "there is no log file to serve");
  const bool checked = facts.files.back().checksum == binlog::Checksum::crc32;
  profile.checksum = checked ? "CRC32" : "NONE";
  profile.credentials = job.credentials;
  profile.replicas = job.replicas;
  profile.tls = job.tls.has_value();
  return profile;
}

}  // namespace tanist::standin

// A stand-in source running on another host: started over ssh, talked with through its stdin and stdout, ended by
// closing them. The protocol itself is in standin; this is its life as the executor sees it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/cluster.h"
#include "execute/world.h"
#include "gtid/coordinates.h"
#include "remote/shell.h"
#include "topology/server_state.h"
#include "topology/snapshot.h"

namespace tanist::execute {

// A log is read to its end before it is served: a gigabyte on a busy host takes its time, and giving up costs what
// nobody else has.
inline constexpr Duration kLogLook = std::chrono::seconds(60);

// Which log is served: a dead primary's binary log, or a replica's relay logs.
struct LogPlace {
  bool relay = false;
  std::vector<std::string> directories;
  std::string basename;       // of the log files, without number; empty: found by start_file
  std::string start_file;     // any file of the series
  std::string received;       // relay: what the replica has of the primary's transactions, in its flavour's spelling
  gtid::LogCoordinates received_at;  // relay: and in the primary's coordinates; names the file where no ROTATE does
  std::string datadir;        // for auto.cnf and certificates; empty: beside the logs
};

struct AllowedReplica {
  std::string address;
  std::string gtid_mode;      // MySQL's own; the answer must match it
};

struct StandInUser {
  std::string name;
  std::optional<Secret> password;  // nothing: any password of that user
};

struct StandInJob {
  LogPlace log;
  std::string address;        // where it listens
  uint16_t port = 0;          // 0: it chooses
  std::vector<AllowedReplica> replicas;
  std::vector<StandInUser> users;
  bool tls = false;           // a replica may insist on it
  std::vector<topology::TlsFiles> certificates;  // the first that can be read; else one is made for the occasion
  Duration lifetime{};
};

// What it said when it was ready, or what `tail` said: how far a log reaches.
struct LogReach {
  std::string address;
  uint16_t port = 0;
  gtid::LogCoordinates first;
  gtid::LogCoordinates end;   // end of the last complete transaction
  std::vector<gtid::LogCoordinates> ends;  // of each of its files
  std::string end_gtids;
  uint32_t server_id = 0;     // who wrote it
  std::string damage;         // file, offset and what; empty: sound
};

// Replicas that verify want the certificate of the address they know. Where the dead primary's is not known, it is
// likely to be where the others keep theirs, or where servers make their own: `folder`.
std::vector<topology::TlsFiles> certificates_to_try(const topology::TlsFiles& own, const topology::Snapshot& snapshot,
                                                    std::string folder);

std::string job_json(const StandInJob& job);
// Errc::unsupported: the log is for its own server alone, being encrypted for example.
Result<LogReach> read_reach(const std::string& json);
// Of a line of its report: why a replica was not served; empty if the line says something else.
std::string refusal_in(const std::string& line);

// `tanist-node tail`: looks, serves nothing.
sys::Task<Result<LogReach>> look_at_tail(World& world, const config::ServerConfig& host, LogPlace log,
                                         TimePoint deadline);

class StandIn {
 public:
  ~StandIn();
  static sys::Task<Result<std::unique_ptr<StandIn>>> start(World& world, const config::ServerConfig& host,
                                                           StandInJob job, TimePoint deadline);
  const LogReach& reach() const { return reach_; }
  // The first of the job's users: what a replica is told to log in with.
  const mysql::Credentials& credentials() const { return credentials_; }
  sys::Task<void> stop(TimePoint deadline);
  bool ended() const { return !child_; }  // by stop
  // Whom it did not let in and why, each reason once.
  const std::vector<std::string>& refusals() const { return *refusals_; }

 private:
  using Refusals = std::shared_ptr<std::vector<std::string>>;
  StandIn(std::shared_ptr<sys::Child> child, LogReach reach, mysql::Credentials credentials)
      : child_(std::move(child)), reach_(std::move(reach)), credentials_(std::move(credentials)) {}
  static sys::Task<void> listen(sys::Log& log, std::shared_ptr<sys::Child> child, Refusals refusals,
                                TimePoint deadline);

  std::shared_ptr<sys::Child> child_;  // its reports may be read for a moment longer than it is wanted
  Refusals refusals_ = std::make_shared<std::vector<std::string>>();
  sys::TaskGroup listening_;
  LogReach reach_;
  mysql::Credentials credentials_;
};

}  // namespace tanist::execute

// What a stand-in is told to do: one line of JSON on its standard input, because it holds secrets. Wrong or
// unknown fields are named in the error. docs of the fields: README.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gtid/coordinates.h"
#include "standin/profile.h"

namespace tanist::standin {

struct TlsFiles {
  std::string certificate;  // both empty: a self-signed pair is made at the start
  std::string key;
};

struct Job {
  enum class Kind { binlog, relay };

  Kind kind = Kind::binlog;
  std::vector<std::string> directories;  // relay: exactly one
  std::string prefix;
  std::string start_file;
  std::string
      received;  // relay: what the replica has of the primary's transactions, as its flavour writes it
  gtid::LogCoordinates received_at;  // relay: its Master_Log_File and Read_Master_Log_Pos

  std::string address;  // numeric; where to listen
  uint16_t port = 0;    // 0: any free one
  std::vector<AllowedReplica> replicas;
  std::vector<Credential> credentials;
  std::string server_uuid;  // empty: from auto.cnf in datadir or beside the logs, else a new one
  std::string datadir;
  std::optional<TlsFiles> tls;
  std::vector<TlsFiles> tls_to_try;  // tls without files: the first of these that can be used
  std::chrono::seconds deadline{3600};  // of the whole life

  // `listens`: the fields that say where to listen and whom to serve are required too.
  static Result<Job> parse(std::string_view json, bool listens);
};

}  // namespace tanist::standin

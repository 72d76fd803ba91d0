// What the rows of the start-up checks share, and the rows about settings. Private to this room.
#pragma once

#include "plan/ranking.h"
#include "plan/startup_checks.h"

namespace tanist::plan {

struct CheckFacts {
  const topology::Snapshot& snapshot;
  const CheckPolicy& policy;
  std::vector<const Member*> replicas;  // live ones below the primary, failed ones among them
};

// One row writes its findings here; severity and id are the row's.
class Out {
 public:
  Out(std::vector<CheckFinding>& findings, Severity severity, std::string_view row)
      : findings_(findings), severity_(severity), row_(row) {}
  void about(const Member& member, const std::string& what) {
    findings_.push_back(
        CheckFinding{severity_, std::string(row_), member.facts.text() + " " + what, member.facts.id});
  }
  void about_cluster(std::string what) {
    findings_.push_back(CheckFinding{severity_, std::string(row_), std::move(what), {}});
  }

 private:
  std::vector<CheckFinding>& findings_;
  Severity severity_;
  std::string_view row_;
};

void read_only_replicas(const CheckFacts& facts, Out out);
void settings_of_replicas(const CheckFacts& facts, Out out);
void unique_server_ids(const CheckFacts& facts, Out out);
void logs_what_it_applies(const CheckFacts& facts, Out out);
void same_gtid_mode(const CheckFacts& facts, Out out);
void errant_transactions(const CheckFacts& facts, Out out);
void passwords_known(const CheckFacts& facts, Out out);

}  // namespace tanist::plan

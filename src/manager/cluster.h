// One configured cluster and everything opened for it: log, journal, warm ssh connections, one connection per server
// to look at it. The production World of a recovery is made here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/cluster.h"
#include "discovery/prober.h"
#include "execute/world.h"
#include "manager/outside.h"
#include "topology/snapshot.h"

namespace tanist::manager {

// That of the commands that end: in the work directory.
std::string journal_of(const config::ClusterConfig& cluster);

class Cluster {
 public:
  // `log_path`: empty for stderr. `with_journal`: only a command that may change servers needs one.
  static Result<std::unique_ptr<Cluster>> open(Outside& outside, config::ClusterConfig config,
                                               const std::string& log_path, bool with_journal);

  const config::ClusterConfig& config() const { return config_; }
  sys::Log& log() { return *log_; }
  remote::Shell& shell() { return *shell_; }
  Outside& outside() { return outside_; }

  // A fresh look at every server. Remembers the primary, so that a dead one is still known by name; the primary of
  // the last snapshot can be fixed when a failover has to do with that one only.
  sys::Task<topology::Snapshot> observe(Duration limit);
  // Asks every replica that could be promoted whether repl_user may replicate from it (reference 5.1 #15), and notes the
  // answers in the snapshot.
  sys::Task<void> ask_replication_rights(topology::Snapshot& snapshot, Duration limit);
  void fix_primary(ServerId primary) { known_primary_ = std::move(primary); }
  // From here on this server is not asked any more (reference mha-manager.md 6.3.4).
  void take_as_dead(ServerId primary) {
    known_primary_ = primary;
    dead_ = std::move(primary);
  }

  // A new beginning behind a failover: another primary, and perhaps other servers. Nobody is taken as dead.
  void begin_anew(config::ClusterConfig config, std::optional<ServerId> known_primary);
  // From here on the files say this. Nothing may still work with what they said before.
  void take_config(config::ClusterConfig config);

  execute::World world() { return world(*journal_); }
  execute::World world(store::Journal& journal);  // what was begun in another one goes on there
  std::string log_place() const;                  // for people: on which host, in which file

  // What the log says when a signal comes: what is done about it.
  void on_signal_say(std::string what) { signal_words_ = std::move(what); }
  ~Cluster();

 private:
  Cluster(Outside& outside, config::ClusterConfig config);

  Outside& outside_;
  config::ClusterConfig config_;
  std::unique_ptr<sys::Log> log_;
  std::string signal_words_ = "Got a signal, ending.";
  std::shared_ptr<store::Journal> journal_;
  std::unique_ptr<remote::Shell> shell_;
  std::unique_ptr<hooks::Runner> hooks_;
  std::unique_ptr<discovery::Prober> prober_;
  std::optional<ServerId> known_primary_;
  std::optional<ServerId> dead_;
};

}  // namespace tanist::manager

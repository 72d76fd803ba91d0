// The clusters of one `tanist run`: which files are clusters, and a keeper for each. A file that is added, edited
// or removed is taken over while it runs; a broken one is said, and the cluster goes on as it was.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/keeper.h"
#include "sys/directory_watch.h"

namespace tanist::daemon {

struct FleetRequest {
  std::vector<std::string> places;  // files, and directories of *.cnf
  bool places_may_be_missing = false;  // those nobody asked for by name
  std::string global_conf = config::kGlobalConf;
  KeeperPolicy policy;
};

class Fleet {
 public:
  // All must outlive it. `reload`: set when a person wants the files read again.
  Fleet(manager::Outside& outside, store::Memory& memory, sys::DirectoryWatch& watch, sys::Event& reload,
        FleetRequest request);

  // Reads the files and starts the keepers; how many there are.
  sys::Task<size_t> begin();
  // Until outside.stop is set and every keeper has ended. `on_tick`: several times a second.
  sys::Task<void> run(std::function<void()> on_tick);

  std::vector<const Keeper*> keepers() const;  // in order of their names
  Keeper* keeper(const std::string& cluster);  // null if there is none
  Happenings& happenings() { return happenings_; }

 private:
  struct Cluster {
    std::string path;
    std::string text, global_text;  // that its configuration was made of
    std::unique_ptr<Keeper> keeper;
  };

  std::vector<std::string> files();
  sys::Task<void> read_files();
  // `wait`: until a cluster that is new begins.
  sys::Task<void> read_file(std::string path, Duration wait);
  void start(std::string path, std::string text, std::string global_text, config::ClusterConfig config, Duration wait);
  void end(const std::string& name, const std::string& why);
  void say_once(const std::string& about, const std::string& sentence);
  Cluster* cluster_of(const std::string& path);

  manager::Outside& outside_;
  store::Memory& memory_;
  sys::DirectoryWatch& watch_;
  sys::Event& reload_;
  FleetRequest request_;
  Happenings happenings_;
  std::unique_ptr<sys::Log> log_;
  std::map<std::string, Cluster> clusters_;       // by name
  std::map<std::string, std::string> said_;       // of files that are no clusters
  std::vector<std::unique_ptr<Keeper>> leaving_;  // told to stop; they end by themselves
  sys::TaskGroup running_;
};

}  // namespace tanist::daemon

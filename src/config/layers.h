// The levels of precedence, as written: what each of them sets, checked key by key, before anything is
// inherited.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/ini.h"
#include "config/keys.h"
#include "config/load.h"

namespace tanist::config {

// What one level sets: known keys with valid values, quotes taken off.
using Layer = std::map<std::string, Entry, std::less<>>;

struct ServerSection {
  std::string name;
  Origin where;
  Layer layer;
};

// From the weakest level to the strongest; a server's own section comes last.
struct Layers {
  Layer global, application, script;
  std::vector<ServerSection> servers, binlog_servers;  // in the order of a cluster
  ConfigErrors found;
  bool readable = false;  // the application file could be read; if not, there is nothing to go on with

  // What holds for a server; null if the key is set nowhere.
  const Entry* effective(const ServerSection& section, const KeyRow& row) const;
};

// Goes on after an error wherever more can be found out.
sys::Task<Layers> read_layers(const ConfigWorld& world, const LoadRequest& request);

}  // namespace tanist::config

// The words of one server in a topology text. Private to topo.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "topology/snapshot.h"

namespace tanist::testlib {

struct TopoNode {
  std::string name;
  std::string source;  // another node's name; empty: not a replica
  std::map<std::string, std::string> words;

  bool has(const std::string& word) const { return words.count(word) > 0; }
  std::string value(const std::string& word, const std::string& otherwise = "") const;
};

struct TopoDefaults {
  bool mariadb = false;
  bool gtid = false;
};

void check_words(const TopoNode& node);
topology::ServerFacts facts_of(const TopoNode& node, int number);
std::optional<topology::NoAnswer> silence_of(const TopoNode& node);
topology::ServerState state_of(const TopoNode& node, const TopoNode* source, int number,
                               const TopoDefaults& defaults);

}  // namespace tanist::testlib

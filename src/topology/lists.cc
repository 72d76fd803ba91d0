#include "topology/snapshot.h"

namespace tanist::topology {

namespace {

std::string name(const Member& member) { return member.facts.text(); }

std::string name_and_version(const Member& member) {
  return name(member) + "  Version=" + member.state()->version.text +
         (member.state()->log_bin ? " log-bin:enabled" : " log-bin:disabled");
}

struct List {
  const char* title;
  bool (*wanted)(const Member&);
  std::string (*line)(const Member&);
  bool even_if_empty = false;
};

constexpr List kLists[] = {
    {"Dead Servers:", [](const Member& m) { return m.role == Role::dead; }, name, true},
    {"Alive Servers:", [](const Member& m) { return m.alive(); }, name, true},
    {"Alive Slaves:", [](const Member& m) { return m.role == Role::replica; }, name_and_version, true},
    {"Failed Slaves:", [](const Member& m) { return m.role == Role::failed_replica; }, name_and_version},
    {"Unmanaged Servers:", [](const Member& m) { return m.role == Role::unmanaged; }, name_and_version},
};

}  // namespace

std::vector<std::string> lists(const Snapshot& snapshot) {
  std::vector<std::string> all;
  for (const List& list : kLists) {
    std::string text;
    for (const Member& member : snapshot.members)
      if (list.wanted(member)) text += "\n  " + list.line(member);
    if (!text.empty() || list.even_if_empty) all.push_back(list.title + text);
  }
  return all;
}

}  // namespace tanist::topology

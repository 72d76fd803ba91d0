#include <algorithm>

#include "topology/snapshot.h"
#include "topology/sources.h"

namespace tanist::topology {

namespace {

std::string positions(const ReplicaStatus& replica) {
  if (replica.fully_applied()) return "received and applied " + replica.received.text();
  return "received " + replica.received.text() + ", applied " + replica.executed.text();
}

std::string replica_line(const Member& member) {
  const ReplicaStatus& replica = *member.replica();
  std::string line = member.role == Role::replica
                         ? positions(replica)
                         : std::string(to_string(member.role)) + ", " + positions(replica);
  if (replica.delay_seconds > 0) line += ", delayed " + std::to_string(replica.delay_seconds) + " s";
  if (!member.state()->read_only) line += ", writable";
  if (member.role == Role::failed_replica) line += ", applier stopped: " + replica.applier_error;
  return line;
}

std::string what_of(const Member& member) {
  if (!member.alive())
    return std::string(to_string(member.role)) + " (" +
           std::string(to_string(member.last.no_answer()->silence)) + ")";
  if (member.replica() && member.role != Role::primary) return replica_line(member);
  std::string line(to_string(member.role));
  if (!member.state()->binlog_end.empty()) line += ", log ends at " + member.state()->binlog_end.text();
  return member.state()->read_only ? line + ", read-only" : line;
}

std::string name_of(const Member& member, const Snapshot& snapshot, std::string_view mark) {
  std::string text = member.facts.text();
  if (!member.facts.node_label.empty()) text += " (" + member.facts.node_label + ")";
  return snapshot.primary == member.facts.id ? text + " (" + std::string(mark) + ")" : text;
}

class Tree {
 public:
  Tree(const Snapshot& snapshot, std::string_view mark)
      : snapshot_(snapshot), mark_(mark), drawn_(snapshot.members.size(), false) {}

  void draw(const Member& member, int depth) {
    size_t index = static_cast<size_t>(&member - snapshot_.members.data());
    if (drawn_[index]) return;  // two primaries replicate from each other
    drawn_[index] = true;
    if (depth > 0) text_ += std::string(static_cast<size_t>(depth - 1) * 4, ' ') + " +--";
    text_ += name_of(member, snapshot_, mark_) + "  " + what_of(member) + "\n";
    for (const Member& below : snapshot_.members)
      if (below.replica() && source_of(*below.replica(), snapshot_.members) == &member)
        draw(below, depth + 1);
    if (snapshot_.primary == member.facts.id) draw_strangers(depth);
  }

  std::string text() && { return std::move(text_); }

 private:
  void draw_strangers(int depth) {
    for (const Stranger& one : snapshot_.strangers)
      text_ += std::string(static_cast<size_t>(depth) * 4, ' ') + " +--" + one.text() + "  replica that no section names\n";
  }

  const Snapshot& snapshot_;
  std::string_view mark_;
  std::vector<bool> drawn_;
  std::string text_;
};

}  // namespace

std::string picture(const Snapshot& snapshot, std::string_view mark) {
  Tree tree(snapshot, mark);
  if (const Member* primary = snapshot.primary_member()) tree.draw(*primary, 0);
  // Then the tops of other trees, and last whatever hangs in a circle.
  for (const Member& member : snapshot.members)
    if (!member.replica() || !source_of(*member.replica(), snapshot.members)) tree.draw(member, 0);
  for (const Member& member : snapshot.members) tree.draw(member, 0);
  return std::move(tree).text();
}

}  // namespace tanist::topology

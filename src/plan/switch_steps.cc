// The order of a switch. All that is slow comes before writes stop; until the new primary has everything and
// the old one provably takes no more writes, each step has a way back.
#include "plan/switch_steps.h"

#include <algorithm>

#include "base/text.h"
#include "plan/activity.h"
#include "plan/steps.h"

namespace tanist::plan {

namespace {

// MySQL closes every table for FLUSH TABLES, with or without READ LOCK, and waits for whoever uses one; even
// after a vain wait new statements on that table wait on, until the old one ends. MariaDB leaves tables in
// use alone (seen on 5.6, 9.7 and 10.11). A statement that has run for so long may go on for much longer.
constexpr uint64_t kLongStatement = 1;

const Connection* long_statement(const SwitchFacts& facts) {
  auto activity = facts.activity.find(*facts.snapshot.primary);
  if (activity == facts.activity.end()) return nullptr;
  for (const Connection& connection : activity->second.connections)
    if (auto seconds = busy_for(connection); seconds && *seconds >= kLongStatement) return &connection;
  return nullptr;
}

std::string of_connection(const Connection& connection) {
  return "connection " + std::to_string(connection.id) + " (" + connection.user + "@" + connection.host +
         ") has been running a statement for " + std::to_string(connection.seconds) + " s";
}

class Writer {
 public:
  explicit Writer(const SwitchDecided& decided) : d_(decided) {}

  std::vector<Step> write() && {
    prepare();
    block();
    activate();
    return std::move(steps_).numbered();
  }

 private:
  static std::string name(const Member* member) { return member->facts.id.text; }
  std::string old() const { return name(d_.old_primary); }
  std::string next() const { return name(d_.new_primary); }

  Step& add(StepKind kind, const Member* target, std::string what) {
    return steps_.add(kind, target, std::move(what));
  }
  Step& add_final(StepKind kind, const Member* target, std::string what) {
    Step& step = add(kind, target, std::move(what));
    step.irreversible = true;
    return step;
  }

  void prepare() {
    steps_.begin(Phase::prepare);
    add(StepKind::lock_replicas, nullptr,
        "take the monitor lock on " + old() + ", the failover lock on " + names_of(d_.replicas));
    if (d_.no_flush.empty()) add(StepKind::flush_tables, d_.old_primary, "flush the tables of " + old());
    add(StepKind::catch_up, d_.new_primary, "wait until " + next() + " follows " + old() + " closely");
  }

  void block() {
    steps_.begin(Phase::block);
    if (d_.policy.has_script)
      add(StepKind::stop_ip_hook, d_.old_primary, "take the address away from " + old() + " by script");
    add(StepKind::block_writes, d_.old_primary, how_blocked());
    add(StepKind::wait_applied, d_.new_primary,
        "wait until " + next() + " has applied all that " + old() + " has written");
    add(StepKind::stop_replication, d_.new_primary, "stop replication on " + next());
    add(StepKind::prove_block, d_.old_primary, how_proven());
  }

  std::string how_blocked() const {
    switch (d_.block) {
      case BlockBy::super_read_only:
        return "stop all writes on " + old() + " with super_read_only";
      case BlockBy::read_lock:
        return "stop all writes on " + old() + " with the global read lock";
      case BlockBy::read_only:
        return "stop the writes of all accounts but privileged ones on " + old() + " with read_only";
      case BlockBy::nothing:
        return "see that nobody writes to " + old() + " any more";
    }
    return "";
  }
  std::string how_proven() const {
    const std::string same = "see that the log of " + old() + " has not moved since";
    return d_.block == BlockBy::read_lock ? "set " + old() + " read-only under its lock and " + same : same;
  }

  void activate() {
    steps_.begin(Phase::activate);
    if (d_.policy.has_script)
      add_final(StepKind::start_ip_hook, d_.new_primary, "give " + next() + " the address by script");
    add_final(StepKind::enable_writes, d_.new_primary, "let " + next() + " take writes");
    if (d_.block == BlockBy::nothing)
      add_final(StepKind::block_writes, d_.old_primary, "set " + old() + " read-only");
    add_final(StepKind::end_connections, d_.old_primary,
              "end the connections that clients still have to " + old());
    if (d_.block == BlockBy::read_lock)
      add_final(StepKind::unlock_tables, d_.old_primary, "release the lock of " + old());
    for (const Member* replica : d_.replicas)
      if (replica != d_.new_primary) repoint(replica, is_delayed(*replica) && holds_events(*replica));
    if (d_.policy.old_becomes_replica) repoint(d_.old_primary, false);
    if (!d_.new_primary->facts.skip_reset_slave)
      add_final(StepKind::reset_replica, d_.new_primary,
                "make " + next() + " forget " + old() + " as its source");
    add(StepKind::unlock_replicas, nullptr, "release the locks");
  }

  void repoint(const Member* replica, bool late) {
    const std::string how = late ? ", keeping the events that it applies later" : "";
    Step& step =
        add_final(StepKind::repoint, replica, "let " + name(replica) + " replicate from " + next() + how);
    step.source = d_.new_primary->facts.id;
    step.keep_relay_logs = late;
  }

  const SwitchDecided& d_;
  StepList steps_;
};

}  // namespace

BlockBy choose_block(const SwitchFacts& facts, const SwitchPolicy& policy) {
  if (!policy.lock_tables) return BlockBy::nothing;
  const ServerVersion& version = facts.snapshot.primary_member()->state()->version;
  if (version.is_mysql() && version.at_least(5, 7, 8)) return BlockBy::super_read_only;
  return version.is_mysql() && long_statement(facts) ? BlockBy::read_only : BlockBy::read_lock;
}

std::string why_not_flush(const SwitchFacts& facts) {
  if (!facts.snapshot.primary_member()->state()->version.is_mysql()) return "";
  const Connection* running = long_statement(facts);
  if (!running) return "";
  return of_connection(*running) + ", and whoever uses its tables would wait for its end";
}

std::vector<Step> order_switch(const SwitchDecided& decided) { return Writer(decided).write(); }

std::vector<std::string> warn_of_switch(const SwitchDecided& d) {
  const std::string old = d.old_primary->facts.text(), next = d.new_primary->facts.text();
  std::vector<std::string> all;
  if (!d.policy.has_script)
    all.push_back("master_ip_online_change_script is not set: clients must find " + next + " by themselves.");
  if (d.policy.flush_tables && !d.no_flush.empty())
    all.push_back("Tables are not flushed on " + old + ": " + d.no_flush + ".");
  if (d.block == BlockBy::read_only)
    all.push_back("The global read lock is not taken on " + old + ": " +
                  of_connection(*long_statement(d.facts)) +
                  ", and everybody would wait for its end. Accounts with SUPER can write through read_only: "
                  "if one does, "
                  "the switch is undone.");
  auto activity = d.facts.activity.find(d.old_primary->facts.id);
  if (activity != d.facts.activity.end() && !activity->second.no_transactions.empty())
    all.push_back("Open transactions of " + old + " cannot be seen: " + activity->second.no_transactions);
  if (!d.policy.old_becomes_replica)
    all.push_back(old + " is left read-only, and follows nobody.");
  else if (!d.new_primary->facts.has_repl_password)
    all.push_back("No repl_password is configured for " + next + ": " + old + " cannot be made its replica.");
  if (d.policy.old_becomes_replica && !d.facts.primary_filters && d.old_primary->facts.check_repl_filter)
    all.push_back(
        old + " does not tell which replication filters it would have as a replica: they are not compared.");
  return all;
}

}  // namespace tanist::plan

// The order of a failover. Fence before anything else (R1); nobody's received events are dropped before they
// are applied (R2); nothing that cannot be undone before the new primary has everything (R4).
#include "plan/steps.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::plan {

namespace {

// MariaDB with GTID positions deletes relay logs when it is started with both threads stopped (reference
// standin-protocol.md 6.3).
bool start_deletes_relay_logs(const Member& member) {
  const auto& replica = *member.replica();
  return member.state()->version.is_mariadb() &&
         replica.positioning != topology::Positioning::file_position &&
         replica.receiver == topology::ReceiverState::stopped && !replica.applier_running;
}

class Writer {
 public:
  explicit Writer(const Decided& decided) : d_(decided) {}

  std::vector<Step> write() && {
    if (!d_.dead_host.fence_done) fence();
    recover();
    activate();
    return std::move(steps_).numbered();
  }

 private:
  static std::string name(const Member* member) { return member->facts.id.text; }
  std::string primary() const { return name(d_.old_primary); }
  std::string next() const { return name(d_.new_primary); }

  Step& add(StepKind kind, const Member* target, std::string what) {
    return steps_.add(kind, target, std::move(what));
  }

  void fence() {
    steps_.begin(Phase::fence);
    std::vector<const Member*> replicas;
    for (const Drain& drain : d_.drains) replicas.push_back(drain.replica);
    add(StepKind::lock_replicas, nullptr, "take the failover lock on " + names_of(replicas));
    if (d_.policy.given_up)
      add(StepKind::close_live, d_.old_primary,
          "close " + primary() + " over its own connection: read-only, and its clients' connections ended");
    if (d_.policy.has_ip_script)
      add(StepKind::stop_ip_hook, d_.old_primary, "take the address away from " + primary() + " by script");
    bool over_ssh = d_.policy.fence_over_ssh && d_.dead_host.ssh_reachable.value_or(true);
    if (over_ssh && !d_.dead_host.powered_off)
      add(StepKind::kill_server, d_.old_primary,
          "end what is left of the server process of " + primary() + " over ssh");
    if (d_.policy.has_shutdown_script && !late_shutdown()) shutdown_hook();
    for (const Member* member : replicas) {
      if (!member->replica()->applier_running) start_applier(*member);
      if (d_.sources.dead_host) continue;  // there the receivers are to try again by themselves
      add(StepKind::stop_receiver, member,
          "stop the receiver of " + name(member) + ", so that what it holds cannot change any more");
    }
  }

  // The script may power the host off, and with it the only copy of the last events: where the server process
  // is proven gone without it, it waits until they were fetched. Still before activation: a script that says
  // no ends the failover.
  bool late_shutdown() const {
    const DeadHost& host = d_.dead_host;
    bool proven =
        host.server_gone || (!host.fence_done && d_.policy.fence_over_ssh && host.ssh_reachable == true);
    return d_.policy.has_shutdown_script && d_.policy.standin && proven && !host.powered_off;
  }

  void shutdown_hook() {
    add(StepKind::shutdown_hook, d_.old_primary, "shut " + primary() + " down by script");
  }

  void start_applier(const Member& member) {
    bool keep = start_deletes_relay_logs(member) && holds_events(member);
    std::string how = keep ? ", from its own relay log coordinates, which it would delete otherwise" : "";
    add(StepKind::start_appliers, &member, "start the applier of " + name(&member) + how).keep_relay_logs =
        keep;
  }

  void recover() {
    steps_.begin(Phase::recover);
    start_standins();
    for (const Drain& drain : d_.drains)
      if (drain.from != DrainFrom::nothing) add_drain(drain);
    const Drain& own = drain_of_new_primary();
    if (own.from != DrainFrom::nothing || holds_events(*d_.new_primary)) wait_applied(*d_.new_primary);
    add(StepKind::stop_replication, d_.new_primary, "stop replication on " + next());
    if (!late_shutdown()) return;
    stop_standins();
    shutdown_hook();
  }

  const Drain& drain_of_new_primary() const {
    return *std::find_if(d_.drains.begin(), d_.drains.end(),
                         [&](const Drain& drain) { return drain.replica == d_.new_primary; });
  }

  bool any_from(DrainFrom from) const {
    return std::any_of(d_.drains.begin(), d_.drains.end(),
                       [&](const Drain& drain) { return drain.from == from; });
  }

  void start_standins() {
    if (any_from(DrainFrom::dead_host)) {
      Step& step = add(StepKind::start_standin, d_.old_primary,
                       "serve the binary logs of " + primary() + " on its own address");
      step.from = DrainFrom::dead_host;
    }
    // A copy for a person, wherever it can be had.
    bool readable = d_.sources.dead_host || d_.dead_host.ssh_reachable == true;
    if (readable && !d_.policy.skip_save_master_binlog)
      add(StepKind::save_tail, d_.old_primary,
          "save the end of the binary log of " + primary() + " on this manager");
    if (any_from(DrainFrom::relay_logs)) {
      const Member* source = d_.sources.relay;
      Step& step =
          add(StepKind::start_standin, source, "serve the relay logs of " + name(source) + " on its host");
      step.from = DrainFrom::relay_logs;
      step.source = source->facts.id;
    }
    if (any_from(DrainFrom::binlog_server)) {
      const LogCopy& copy = *d_.sources.copy;
      Step& step = add(StepKind::start_standin, nullptr,
                       "serve the copy of the log of " + primary() + " on " + copy.server.text);
      step.target = step.source = copy.server;
      step.from = DrainFrom::binlog_server;
    }
    for (const Member* source : d_.sources.latest) {
      bool serves = std::any_of(d_.drains.begin(), d_.drains.end(), [&](const Drain& drain) {
        return drain.from == DrainFrom::latest_replica && drain.source == source;
      });
      if (serves) wait_applied(*source);
    }
  }

  void add_drain(const Drain& drain) {
    std::string from, how = drain.keep_relay_logs ? ", keeping what it has not applied" : "";
    switch (drain.from) {
      case DrainFrom::nothing:
        return;
      case DrainFrom::dead_host:
        from = "from the stand-in at the address of " + primary();
        break;
      case DrainFrom::relay_logs:
        from = "from the stand-in on " + name(drain.source);
        break;
      case DrainFrom::binlog_server:
        from = "from the stand-in on " + drain.copy->server.text;
        break;
      case DrainFrom::latest_replica:
        from = "from " + name(drain.source) + " by GTID";
        break;
    }
    Step& step =
        add(StepKind::drain, drain.replica,
            "let " + name(drain.replica) + " fetch what it misses " + from + up_to(*drain.replica) + how);
    step.from = drain.from;
    if (drain.source) step.source = drain.source->facts.id;
    if (drain.copy) step.source = drain.copy->server;
    step.keep_relay_logs = drain.keep_relay_logs;
    if (d_.sources.end_known) step.until = d_.sources.end;
  }

  std::string up_to(const Member& replica) const {
    if (!d_.sources.end_known) return "";
    return ", from " + replica.replica()->received.text() + " to " + d_.sources.end.text();
  }

  void wait_applied(const Member& member) {
    std::string how_far = d_.sources.end_known ? " " + d_.sources.end.text() : " everything it has received";
    Step& step =
        add(StepKind::wait_applied, &member, "wait until " + name(&member) + " has applied" + how_far);
    if (d_.sources.end_known) step.until = d_.sources.end;
  }

  void activate() {
    steps_.begin(Phase::activate);
    if (d_.policy.has_start_script)
      add(StepKind::start_ip_hook, d_.new_primary, "give " + next() + " the address by script").irreversible =
          true;
    if (!d_.policy.skip_disable_read_only)
      add(StepKind::enable_writes, d_.new_primary, "let " + next() + " take writes").irreversible = true;
    if (!d_.policy.skip_change_master)
      for (const Drain& drain : d_.drains)
        if (drain.replica != d_.new_primary) repoint(drain);
    if (!late_shutdown()) stop_standins();
    if (!d_.policy.skip_change_master && !d_.new_primary->facts.skip_reset_slave) {
      add(StepKind::reset_replica, d_.new_primary,
          "make " + next() + " forget " + primary() + " as its source")
          .irreversible = true;
    }
    add(StepKind::unlock_replicas, nullptr, "release the failover locks");
  }

  void stop_standins() {
    if (any_from(DrainFrom::dead_host)) stop_standin(d_.old_primary);
    if (any_from(DrainFrom::relay_logs)) stop_standin(d_.sources.relay);
    if (any_from(DrainFrom::binlog_server))
      add(StepKind::stop_standin, nullptr, "stop the stand-in on " + d_.sources.copy->server.text).target =
          d_.sources.copy->server;
  }

  void stop_standin(const Member* host) {
    add(StepKind::stop_standin, host, "stop the stand-in on the host of " + name(host));
  }

  void repoint(const Drain& drain) {
    const Member& member = *drain.replica;
    bool late = is_delayed(member) && (holds_events(member) || drain.from != DrainFrom::nothing);
    if (!late && (holds_events(member) || drain.from != DrainFrom::nothing)) wait_applied(member);
    std::string how = late ? ", keeping the events that it applies later" : "";
    Step& step = add(StepKind::repoint, &member, "let " + name(&member) + " replicate from " + next() + how);
    step.source = d_.new_primary->facts.id;
    step.keep_relay_logs = late;
    step.irreversible = true;
  }

  const Decided& d_;
  StepList steps_;
};

}  // namespace

Step& StepList::add(StepKind kind, const Member* target, std::string what) {
  Step& step = steps_.emplace_back();
  step.phase = phase_;
  step.kind = kind;
  if (target) step.target = target->facts.id;
  step.what = std::move(what);
  return step;
}

std::vector<Step> StepList::numbered() && {
  for (size_t i = 0; i < steps_.size(); ++i) steps_[i].number = static_cast<int>(i) + 1;
  return std::move(steps_);
}

std::vector<Step> order_steps(const Decided& decided) { return Writer(decided).write(); }

}  // namespace tanist::plan

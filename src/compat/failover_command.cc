#include "compat/failover_command.h"

#include <fmt/format.h>

#include "compat/failover_flags.h"
#include "compat/failover_options.h"
#include "compat/interrupted.h"
#include "config/edit.h"
#include "manager/recovery_options.h"
#include "store/cluster_lock.h"

namespace tanist::compat {

namespace {

// R7: one recovery at a time, and not two in a row without a word.
std::optional<std::string> guard(FailoverFlags& flags, const Options& options) {
  if (options.flag("ignore_last_failover")) {
    auto forgotten = flags.forget();
    if (!forgotten) return forgotten.error().what;
  }
  auto no_error = flags.check_no_error();
  if (!no_error) return no_error.error().what;
  auto not_recent = flags.check_not_recent(std::chrono::minutes(options.number("last_failover_minute")));
  if (!not_recent) return not_recent.error().what;
  return std::nullopt;
}

constexpr std::chrono::seconds kFirstLook{4};  // reference App. C, server probe

// A person may be mistaken about which server is dead, and what is fenced does not come back by itself: whoever is
// named is asked first, whatever the ping type (reference 6.3.4, 6.3.6). The monitor has asked for long enough.
sys::Task<std::optional<plan::Refusal>> ask_it_first(manager::Cluster& cluster, plan::Policy policy) {
  auto snapshot = co_await cluster.observe(kFirstLook);
  co_return plan::check_failover(snapshot, policy);
}

// --dry_run: the plan that would be run, from a fresh look; nothing is changed, no lock or flag is touched.
sys::Task<int> print_plan(manager::Cluster& cluster, const Options& options, const FailoverCommand& command) {
  auto snapshot = co_await cluster.observe(kFirstLook);
  const plan::Policy policy = manager::failover_policy(options, cluster.config(), command.dead_primary);
  plan::DeadHost dead_host;
  dead_host.ssh_reachable = command.ssh_reachable;
  const plan::Decision decision = plan::plan_failover(snapshot, policy, dead_host, {});
  auto refusal = plan::check_failover(snapshot, policy);
  if (!refusal && std::holds_alternative<plan::Refusal>(decision)) refusal = std::get<plan::Refusal>(decision);
  if (refusal) {
    cluster.outside().out(refusal->rule + ": refused: " + refusal->what + "\n");
    co_return 1;
  }
  cluster.outside().out(plan::text(std::get<plan::Plan>(decision), snapshot));
  co_return 0;
}

}  // namespace

void remove_section_of(manager::Cluster& cluster, const ServerId& server) {
  const std::string& path = cluster.config().path;
  auto removed = config::remove_section_from_file(cluster.outside().files, path, server.text);
  if (removed) {
    cluster.log().info(fmt::format("Deleted {} entry from {} .", server.text, path));
  } else {
    cluster.log().error(fmt::format("Could not delete the section {}: {}", server.text, removed.error().what));
  }
}

bool yes(const std::optional<std::string>& answer) {
  return answer && (answer->starts_with('y') || answer->starts_with('Y'));
}

sys::Task<execute::FailoverResult> run_failover_command(manager::Cluster& cluster, const Options& options, FailoverCommand command) {
  execute::FailoverResult result;
  if (options.flag("dry_run")) {
    result.exit_code = co_await print_plan(cluster, options, command);
    co_return result;
  }
  manager::Outside& outside = cluster.outside();
  const std::string dead_host = cluster.config().find(command.dead_primary)->hostname;
  FailoverFlags flags(outside.files, outside.clock, cluster.config().manager_workdir(), cluster.config().name);
  auto set_state = [&](ManagerState state) {
    if (command.status) static_cast<void>(command.status->write(state, dead_host));
  };
  // One recovery of a cluster at a time, whoever started it (R7).
  auto lock = outside.lock_cluster(cluster.config().manager_workdir(), cluster.config().name + ".failover");
  if (!lock) {
    result.why = "Another failover of this cluster is running: " + lock.error().what;
    cluster.log().error(result.why);
    co_return result;
  }
  auto dealt = co_await deal_with_interrupted(cluster, [&] { return (*lock)->still_held(); });
  if (!dealt) {
    result.why = dealt.error().what;
    cluster.log().error(result.why);
    co_return result;
  }
  if (dealt->new_primary) {
    cluster.log().info("Nothing else was begun: " + cluster.config().find(*dealt->new_primary)->host_info() + " is the primary.");
    result.exit_code = dealt->exit_code;
    result.new_primary = dealt->new_primary;
    result.why = dealt->why;
    co_return result;
  }
  execute::FailoverRequest request;
  request.policy = manager::failover_policy(options, cluster.config(), command.dead_primary);
  request.policy.given_up = command.given_up;
  if (!command.judged_dead) {
    auto refusal = co_await ask_it_first(cluster, request.policy);
    if (refusal) {
      result.why = plan::text(*refusal) + " Nothing was changed.";
      cluster.log().error(result.why);
      co_return result;
    }
  }
  std::optional<HealthGuard> health;
  if (command.status) health.emplace(*command.status);
  set_state(ManagerState::failover_running);
  cluster.take_as_dead(command.dead_primary);
  request.cause = command.cause;
  request.ssh_reachable = command.ssh_reachable;
  request.last_seen_end = command.last_seen_end;
  request.last_question = command.last_question;
  request.dead_tls = command.dead_tls;
  request.dead_semi_sync = command.dead_semi_sync;
  request.check_still_dead =
      !command.judged_dead || cluster.config().first().ping_type != config::PingType::insert;
  request.log_place = cluster.log_place();
  request.interactive = command.interactive;
  request.ask = [&](const std::string& question) { return yes(outside.ask_line(question)); };
  request.guard = [&] { return guard(flags, options); };
  request.still_ours = [&] { return (*lock)->still_held(); };
  // A manager that dies from here on leaves the flag: nobody may fail over again before a person has looked.
  request.phase2_begins = [&] {
    outside.hold_signals();
    cluster.on_signal_say(
        "Got a signal during a failover. It ends at the next safe point: before activation what was done is undone, "
        "after it the failover is finished.");
    auto marked = flags.mark_error();
    if (!marked) cluster.log().error(marked.error().what);
  };
  request.stop_requested = [&] { return outside.stop.is_set(); };
  result = co_await execute::run_failover(cluster.world(), cluster.config(), std::move(request));

  if (result.exit_code == 0 || result.exit_code == 10) {
    auto forgotten = flags.forget();
    auto marked = flags.mark_complete();
    if (!forgotten || !marked) cluster.log().error("The flag files in the work directory could not be written.");
  }
  if (result.exit_code == 0 && options.flag("remove_dead_master_conf")) {
    remove_section_of(cluster, command.dead_primary);
  }
  if (result.exit_code != 0) {
    set_state(ManagerState::failover_error);
    const auto wait = patience(options, "wait_on_failover_error");
    if (wait.count() > 0 && !command.interactive) {
      static_cast<void>(co_await outside.stop.wait_until(outside.clock.now() + wait));
    }
  }
  co_return result;
}

}  // namespace tanist::compat

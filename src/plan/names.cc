#include "plan/plan.h"
#include "plan/switchover.h"

namespace tanist::plan {

std::string_view to_string(StepKind kind) {
  switch (kind) {
    case StepKind::lock_replicas:
      return "lock_replicas";
    case StepKind::close_live:
      return "close_live";
    case StepKind::prove_by_semi_sync:
      return "prove_by_semi_sync";
    case StepKind::stop_ip_hook:
      return "stop_ip_hook";
    case StepKind::shutdown_hook:
      return "shutdown_hook";
    case StepKind::kill_server:
      return "kill_server";
    case StepKind::start_appliers:
      return "start_appliers";
    case StepKind::stop_receiver:
      return "stop_receiver";
    case StepKind::start_standin:
      return "start_standin";
    case StepKind::save_tail:
      return "save_tail";
    case StepKind::drain:
      return "drain";
    case StepKind::wait_applied:
      return "wait_applied";
    case StepKind::stop_replication:
      return "stop_replication";
    case StepKind::start_ip_hook:
      return "start_ip_hook";
    case StepKind::enable_writes:
      return "enable_writes";
    case StepKind::repoint:
      return "repoint";
    case StepKind::stop_standin:
      return "stop_standin";
    case StepKind::reset_replica:
      return "reset_replica";
    case StepKind::put_back:
      return "put_back";
    case StepKind::unlock_replicas:
      return "unlock_replicas";
    case StepKind::flush_tables:
      return "flush_tables";
    case StepKind::catch_up:
      return "catch_up";
    case StepKind::block_writes:
      return "block_writes";
    case StepKind::prove_block:
      return "prove_block";
    case StepKind::end_connections:
      return "end_connections";
    case StepKind::unlock_tables:
      return "unlock_tables";
    case StepKind::reset_logs:
      return "reset_logs";
    case StepKind::start_receiver:
      return "start_receiver";
    case StepKind::set_read_only:
      return "set_read_only";
  }
  return "?";
}

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::fence:
      return "fence";
    case Phase::recover:
      return "recover";
    case Phase::prepare:
      return "prepare";
    case Phase::block:
      return "block";
    case Phase::activate:
      return "activate";
  }
  return "?";
}

std::string_view to_string(DrainFrom from) {
  switch (from) {
    case DrainFrom::nothing:
      return "nothing";
    case DrainFrom::dead_host:
      return "dead_host";
    case DrainFrom::binlog_server:
      return "binlog_server";
    case DrainFrom::relay_logs:
      return "relay_logs";
    case DrainFrom::latest_replica:
      return "latest_replica";
  }
  return "?";
}

std::string_view to_string(BlockBy by) {
  switch (by) {
    case BlockBy::super_read_only:
      return "super_read_only";
    case BlockBy::read_lock:
      return "read_lock";
    case BlockBy::read_only:
      return "read_only";
    case BlockBy::nothing:
      return "nothing";
  }
  return "?";
}

}  // namespace tanist::plan

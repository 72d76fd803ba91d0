// What the manager needs of the outside, handed in once: apps/tanist wires the real one, tests/sim a simulated one.
// What depends on the configuration (where the log and the journal are) is opened through factories.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/load.h"
#include "hooks/runner.h"
#include "mysql/session.h"
#include "remote/shell.h"
#include "store/cluster_lock.h"
#include "store/journal.h"
#include "store/memory.h"
#include "sys/clock.h"
#include "sys/entropy.h"
#include "sys/files.h"
#include "sys/log.h"
#include "sys/task.h"

namespace tanist::manager {

struct Outside {
  sys::Clock& clock;
  sys::Files& files;
  sys::Entropy& entropy;
  mysql::Connector& mysql;
  config::ConfigWorld config;

  // An empty path means stderr.
  std::function<std::unique_ptr<sys::Log>(const std::string& path, sys::Level least)> open_log;
  std::function<Result<std::shared_ptr<store::Journal>>(const std::string& path)> open_journal;
  std::string journal_file = {};  // where recoveries are written; empty: each cluster's into its work directory
  std::function<Result<std::unique_ptr<store::Memory>>(const std::string& path)> open_memory;
  std::function<Result<std::unique_ptr<store::ClusterLock>>(const std::string& workdir, const std::string& name)>
      lock_cluster;
  std::function<std::unique_ptr<remote::Shell>(sys::Log& log)> open_shell;
  std::function<std::unique_ptr<hooks::Runner>(sys::Log& log)> open_hooks;

  // Set by SIGINT, SIGTERM, …, which then end the process where it waits, unless hold_signals was called: from then on
  // whoever called it sees to the end.
  sys::Event& stop;
  std::function<void()> hold_signals = [] {};
  std::function<void()> on_signal = nullptr;  // called when one comes, before anything else happens
  std::function<void()> lead_process_group = [] {};
  int pid = 0;
  std::string host_name;
  std::function<void(std::string_view)> out;                             // stdout
  std::function<void(std::string_view)> err;                             // stderr
  std::function<std::optional<std::string>(std::string_view name)> environment = [](std::string_view) {
    return std::nullopt;
  };
  std::function<std::optional<std::string>(std::string_view)> ask_line;  // a question to the person at the terminal
};

// As one of many sees it who work in this process: with a stop of its own, and not the one whom a signal is told.
Outside with_stop(const Outside& all, sys::Event& stop);

}  // namespace tanist::manager

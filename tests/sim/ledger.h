// The manager's journal, with eyes on it: R7 (one recovery at a time) and R5 (no act without a step).
#pragma once

#include <memory>

#include "store/memory_journal.h"
#include "world.h"

namespace tanist::sim {

class Ledger {
 public:
  explicit Ledger(World& world) : world_(world) {}

  std::unique_ptr<store::Journal> open();
  bool step_is_open() const { return open_steps_ > 0; }
  void forget_open_steps() { open_steps_ = 0; }  // of a manager that has died
  store::MemoryJournal& journal() { return journal_; }
  int recoveries() const { return recoveries_; }

 private:
  class View;
  World& world_;
  store::MemoryJournal journal_;
  int open_recoveries_ = 0;
  int open_steps_ = 0;
  int recoveries_ = 0;
};

}  // namespace tanist::sim

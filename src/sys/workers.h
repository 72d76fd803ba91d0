// Threads for calls that can only block. One that has ended its work waits a little for more, because to begin a thread
// for each question to a server costs more than the question.
#pragma once

#include <functional>
#include <memory>

namespace tanist::sys {

class Workers {
 public:
  Workers();
  // Runs it at once, in a thread that has nothing to do or in a new one; false if the system gives us no more. Whatever
  // is still running when we end goes on alone.
  bool run(std::function<void()> work);

 private:
  struct State;
  static void serve(std::shared_ptr<State> state, std::function<void()> work);
  std::shared_ptr<State> state_;
};

}  // namespace tanist::sys

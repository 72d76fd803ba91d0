#include "hooks/runner.h"

namespace tanist::hooks {

sys::Task<bool> is_there(Runner& runner, std::string script, TimePoint deadline) {
  std::string question = whether_it_is_there(script);
  if (question.empty()) co_return true;
  Call call{std::move(question), {}, deadline};
  auto outcome = co_await runner.run(std::move(call));
  co_return outcome.ok();
}

}  // namespace tanist::hooks

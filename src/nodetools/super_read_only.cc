#include "nodetools/super_read_only.h"

namespace tanist::nodetools {

sys::Task<Result<bool>> lift_super_read_only(const MysqlClient& client) {
  // Servers without the variable answer with no row, where a question for its value would be an error.
  auto shown = co_await client.run("SHOW GLOBAL VARIABLES LIKE 'super_read_only'");
  if (!shown) co_return fail(shown.error().during("ask for super_read_only"));
  if (shown->find("\tON") == std::string::npos) co_return false;
  auto lifted = co_await client.run("SET GLOBAL super_read_only=0; SET GLOBAL read_only=1");
  if (!lifted) co_return fail(lifted.error().during("switch super_read_only off"));
  co_return true;
}

sys::Task<Status> restore_super_read_only(const MysqlClient& client) {
  auto restored = co_await client.run("SET GLOBAL super_read_only=1");
  if (!restored) co_return fail(restored.error().during("switch super_read_only on again"));
  co_return Status{};
}

}  // namespace tanist::nodetools

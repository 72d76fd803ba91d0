#include "nodetools/sql_text.h"

#include "base/text.h"

namespace tanist::nodetools {

SqlTextOptions sql_text_options(const std::string& server_version, bool disable_log_bin) {
  bool old = !server_version.empty() && !parse_server_version(server_version).at_least(5, 1);
  return {.disable_log_bin = disable_log_bin, .without_base64 = old};
}

sys::Task<Status> write_sql_text(NodeWorld& world, ClientProgram mysqlbinlog, SqlTextOptions options,
                                 LogPiece piece, std::string to_path) {
  // A line in somebody's my.cnf must not decide about what is saved.
  std::vector<std::string> arguments{"--no-defaults", "--start-position=" + std::to_string(piece.from)};
  if (piece.to != 0) arguments.push_back("--stop-position=" + std::to_string(piece.to));
  if (options.without_base64) arguments.push_back("--base64-output=never");
  if (options.disable_log_bin) arguments.push_back("--disable-log-bin");
  arguments.push_back(piece.path);
  sys::ProcessSpec spec = mysqlbinlog.spec(std::move(arguments));
  spec.stdout_file = to_path;
  spec.deadline = world.clock.now() + kWorkWithin;
  auto result = co_await world.processes.run(std::move(spec));
  if (!result) co_return fail(result.error());
  if (result->status.ok()) {
    world.err << result->errors;
    co_return Status{};
  }
  std::string end = result->status.signal != 0 ? "signal " + std::to_string(result->status.signal)
                                               : "code " + std::to_string(result->status.code);
  co_return fail(Errc::io, mysqlbinlog.path + " ended with " + end + " at " + piece.path + ": " +
                               std::string(trim(result->errors)));
}

}  // namespace tanist::nodetools

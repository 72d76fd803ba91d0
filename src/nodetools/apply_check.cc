#include "nodetools/apply_check.h"

#include "binlog/log_file.h"
#include "binlog/log_series.h"
#include "nodetools/diff_sender.h"
#include "nodetools/sql_text.h"
#include "nodetools/super_read_only.h"

namespace tanist::nodetools {

namespace {

// MHA's name, so that nobody wonders about it; a check that was killed may have left it.
constexpr const char* kWriteSomething = R"(SET SESSION sql_log_bin=0;
DROP TABLE IF EXISTS mysql.apply_diff_relay_logs_test;
CREATE TABLE mysql.apply_diff_relay_logs_test (id INT);
INSERT INTO mysql.apply_diff_relay_logs_test VALUES (1);
UPDATE mysql.apply_diff_relay_logs_test SET id=2 WHERE id=1;
DELETE FROM mysql.apply_diff_relay_logs_test WHERE id=2;
DROP TABLE mysql.apply_diff_relay_logs_test;
)";

sys::Task<Status> check_writing(NodeWorld& world, ApplyCheck check) {
  auto client = co_await MysqlClient::open(world, check.clients, check.login, check.workdir);
  if (!client) co_return fail(client.error());
  world.signals_held = true;
  auto lifted = co_await lift_super_read_only(*client);
  if (!lifted) co_return fail(lifted.error());
  auto written = co_await client->run(kWriteSomething);
  Status restored;
  if (*lifted) restored = co_await restore_super_read_only(*client);
  world.signals_held = false;
  if (!written) co_return fail(written.error().during("write to the server"));
  co_return restored;
}

// Only the head of the log: what mysqlbinlog cannot read at all, it cannot read when it matters.
sys::Task<Status> check_reading(NodeWorld& world, ApplyCheck check, std::string relay_log) {
  auto program = co_await find_mysqlbinlog(world, check.clients);
  if (!program) co_return fail(program.error());
  auto scratch = sys::TemporaryDirectory::make(check.workdir, ".apply_diff_relay_logs-");
  if (!scratch) co_return fail(scratch.error());
  LogPiece head{std::move(relay_log), 4, 4};
  std::string text = scratch->file("text");
  co_return co_await write_sql_text(world, *program, {}, head, text);
}

}  // namespace

sys::Task<Status> check_applying(NodeWorld& world, ApplyCheck check) {
  auto request = relay_series(world.files, check.relay);
  if (!request) co_return fail(request.error());
  auto series = binlog::find_log_series(world.files, *request);
  if (!series) co_return fail(series.error());
  std::string last = series->path(series->files.back());
  auto log = binlog::LogFile::open(last);
  if (!log) co_return fail(log.error());
  world.out << "Relay logs found at " << series->directory << ", up to " << series->files.back() << "\n";
  Status done = co_await check_reading(world, check, last);
  if (!done) co_return done;
  world.out << "mysqlbinlog reads them.\n";
  done = co_await check_writing(world, check);
  if (!done) co_return done;
  world.out << "The server takes changes.\n";
  if (!check.scp) co_return Status{};
  remote::Host host = *check.scp;
  done = co_await check_ssh(world, host);
  if (done) world.out << "ssh to " << host.name << " works.\n";
  co_return done;
}

}  // namespace tanist::nodetools

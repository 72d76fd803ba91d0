// `tanist history` and `tanist ack`: what was done to clusters, and a person's word that it was seen. Both read and write
// the state of `tanist run` itself, whether that runs or not.
#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/verb.h"
#include "daemon/cluster_json.h"
#include "store/sqlite_journal.h"
#include "sys/local_time.h"

namespace tanist::cli {

namespace json = boost::json;
using store::RecoveryRecord;
using store::StepRecord;

namespace {

std::string when(std::optional<WallTime> time) { return time ? sys::readable_local_time(*time) : ""; }

std::string took(WallTime from, std::optional<WallTime> to) {
  if (!to) return "unfinished";
  return fmt::format("{:.2f} s", std::chrono::duration<double>(*to - from).count());
}

std::string outcome_of(const RecoveryRecord& recovery) {
  return recovery.outcome ? std::string(store::to_string(*recovery.outcome)) : "unfinished";
}
std::string outcome_of(const StepRecord& step) {
  return step.outcome ? std::string(store::to_string(*step.outcome)) : "unfinished";
}

std::string table_of(const std::vector<RecoveryRecord>& records) {
  std::string text = fmt::format("{:>5}  {:19}  {:16} {:11} {:>10}  {}\n", "id", "began", "cluster", "kind", "took", "outcome");
  for (const RecoveryRecord& one : records) {
    text += fmt::format("{:>5}  {:19}  {:16} {:11} {:>10}  {}{}\n", one.id.number, when(one.began), one.cluster, one.kind,
                        took(one.began, one.finished), outcome_of(one), one.result.empty() ? "" : ": " + one.result);
  }
  return text;
}

std::string text_of(const RecoveryRecord& record) {
  std::string text = fmt::format("{} {} of {}: {}\nbegan {}, {}\n", record.kind, record.id.number, record.cluster,
                                 outcome_of(record), when(record.began), took(record.began, record.finished));
  if (!record.result.empty()) text += record.result + "\n";
  text += "\n" + record.plan + "\n";
  for (const StepRecord& step : record.steps) {
    const double after = std::chrono::duration<double>(step.began - record.began).count();
    text += fmt::format("{:>9.3f} s  {:>10}  {:17} {:12} {}: {}{}\n", after, took(step.began, step.ended), step.intent.name,
                        step.intent.target, step.intent.detail, outcome_of(step),
                        step.result.empty() ? "" : ": " + step.result);
  }
  return text;
}

std::string shown(const std::vector<RecoveryRecord>& found, bool one, bool as_json) {
  if (!as_json) return one ? text_of(found.front()) : table_of(found);
  json::array all;
  for (const RecoveryRecord& record : found) all.push_back(daemon::json_of(record));
  return json::serialize(one ? all.front() : json::value(all)) + "\n";
}

}  // namespace

sys::Task<int> history(std::vector<std::string> args, manager::Outside& outside) {
  static constexpr OptionRow kRows[] = {
      kStateDir,
      {"cluster", OptionKind::text, "", "NAME", "of this cluster alone"},
      {"last", OptionKind::integer, "20", "N", "so many, the newest first"},
      kJson};
  static constexpr std::string_view kExamples[] = {"tanist history", "tanist history 7", "tanist history --cluster=app1 --json"};
  const CommandTable table{.name = "tanist history",
                           .usage = "[ID] [options]",
                           .summary = "Shows what was done to clusters; with ID one recovery, its plan and every step.",
                           .rows = kRows,
                           .examples = kExamples};
  auto begun = begin(table, args, {0, 1}, outside);
  if (!begun) co_return begun.error();
  const Options& options = *begun;
  auto path = state_file(outside, options);
  if (!path) co_return failed(outside, path.error().what);
  auto journal = outside.open_journal(*path);
  if (!journal) co_return failed(outside, journal.error().what);
  const bool one = !options.words().empty();
  store::Which which;
  which.cluster = options.text("cluster");
  which.at_most = static_cast<size_t>(std::max<int64_t>(0, options.number("last")));
  which.with_steps = one || options.flag("json");
  if (one) which.id = store::RecoveryId{static_cast<int64_t>(parse_uint(options.words().front()).value_or(0))};
  auto found = (*journal)->history(which);
  if (!found) co_return failed(outside, found.error().what);
  if (one && found->empty()) co_return failed(outside, *path + ": there is no recovery " + options.words().front());
  outside.out(shown(*found, one, options.flag("json")));
  co_return 0;
}

sys::Task<int> ack(std::vector<std::string> args, manager::Outside& outside) {
  static constexpr OptionRow kRows[] = {kStateDir, {"why", OptionKind::text, "", "TEXT", "for whoever reads it later"}, kJson};
  static constexpr std::string_view kExamples[] = {"tanist ack app1", "tanist ack app1 --why='power supply replaced'"};
  const CommandTable table{.name = "tanist ack",
                           .usage = "CLUSTER [options]",
                           .summary = "Says that the last recovery of a cluster was looked at: another one may follow at once, and an "
                                      "interrupted one that waits for a person is closed.",
                           .rows = kRows,
                           .examples = kExamples};
  auto options = begin(table, args, {1, 1, "which cluster?"}, outside);
  if (!options) co_return options.error();
  const std::string& cluster = options->words().front();
  auto path = state_file(outside, *options);
  if (!path) co_return failed(outside, path.error().what);
  auto memory = outside.open_memory(*path);
  if (!memory) co_return failed(outside, memory.error().what);
  auto known = (*memory)->recall(cluster);
  if (!known) co_return failed(outside, known.error().what);
  auto journal = outside.open_journal(*path);
  if (!journal) co_return failed(outside, journal.error().what);
  auto unfinished = (*journal)->unfinished();
  if (!unfinished) co_return failed(outside, unfinished.error().what);
  const bool interrupted = std::any_of(unfinished->begin(), unfinished->end(),
                                       [&](const RecoveryRecord& record) { return record.cluster == cluster; });
  if (!known->primary && !interrupted) co_return failed(outside, *path + ": no cluster is called " + cluster);
  Status said = (*memory)->set_mark(cluster, store::kAcknowledged,
                                    {outside.clock.wall_now(), std::nullopt, options->text("why")});
  if (!said) co_return failed(outside, said.error().what);
  const json::object out{{"cluster", cluster}, {"acknowledged", true}};
  outside.out(options->flag("json") ? json::serialize(out) + "\n" : cluster + ": another failover may follow at once.\n");
  co_return 0;
}

}  // namespace tanist::cli

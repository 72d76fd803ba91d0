#include "daemon/rejoiner.h"

#include <fmt/format.h>

#include "daemon/effective.h"

namespace tanist::daemon {

namespace {

std::string lines_of(const plan::ReturnVerdict& verdict) {
  std::string text = verdict.sentence + "\n";
  if (!verdict.extra_gtids.empty()) text += "GTIDs: " + verdict.extra_gtids + "\n";
  for (const auto& event : verdict.extra_events)
    text += fmt::format("{}:{}\t{}\t{}\n", event.file, event.position, event.type, event.info);
  return text;
}

std::optional<topology::ReplicaStatus> a_replica(const topology::Snapshot& snapshot) {
  for (const topology::Member* replica : snapshot.with_role(topology::Role::replica)) return *replica->replica();
  return std::nullopt;
}

}  // namespace

sys::Task<Result<Rejoined>> Rejoiner::settle(execute::Server& returned, store::Deposed deposed, ServerId primary_id,
                                             const topology::Snapshot& snapshot, RejoinWord word) {
  auto world = cluster_.world();
  const config::ServerConfig& config = returned.config();
  const config::ServerConfig& primary_config = *cluster_.config().find(primary_id);
  execute::Server primary(world.clock, world.mysql, primary_config);
  execute::RejoinRequest request;
  request.cluster = file_.name;
  request.cause = word == RejoinWord::none ? "auto_rejoin=1" : "asked for by hand";
  request.replaced = {{deposed.by_gtid, deposed.end, deposed.gtids, deposed.joins_at},
                      deposed.successor == address_of(primary_config)};
  request.model = a_replica(snapshot);
  request.still_ours = still_ours_;
  auto seen = co_await execute::look_at_returned(world, snapshot, returned, primary, request.replaced);
  if (!seen) co_return fail(seen.error());

  const plan::ReturnVerdict& verdict = seen->verdict;
  std::string sentence = verdict.rule + ": " + verdict.sentence + ".";
  if (verdict.kind == plan::ReturnKind::member) co_return Rejoined{true, sentence};
  const std::string by_hand =
      execute::rejoin_by_hand(returned, primary_config, request.replaced, request.model ? &*request.model : nullptr);
  bool joins = verdict.kind == plan::ReturnKind::clean && (config.auto_rejoin || word != RejoinWord::none);
  if (verdict.kind == plan::ReturnKind::extra) {
    auto listed = list_extra(config, verdict);
    const plan::DiscardVerdict discard = plan::judge_discard(seen->facts);
    sentence += " " + (listed ? "They are listed in " + *listed : "The list could not be written: " + listed.error().what) + ".";
    const bool may = discard.how != plan::Discard::refused;
    sentence += fmt::format(" {}: {}.", discard.rule, discard.sentence);
    if (may && word != RejoinWord::discard_extra)
      sentence += fmt::format(" To drop them: tanist rejoin {} {} --discard_extra.", file_.name, config.hostname);
    joins = may && listed && word == RejoinWord::discard_extra;
    if (joins) request.discard = discard;
  }
  if (joins) {
    Status joined = co_await execute::rejoin(world, returned, primary, seen->facts.returned, std::move(request));
    sentence += joined ? " It replicates from " + primary.host_info() + " now."
                       : " It could not be made a replica: " + joined.error().what;
    co_return Rejoined{joined.has_value(), sentence};
  }
  sentence += verdict.kind == plan::ReturnKind::clean
                  ? " It stays read-only until you type: tanist rejoin " + file_.name + " " + config.hostname + "; or on it: " + by_hand
                  : " It stays read-only. Once that is dealt with, or it was built anew, type on it: " + by_hand;
  co_return Rejoined{false, sentence};
}

sys::Task<Result<Rejoined>> Rejoiner::rejoin(execute::Server& returned, store::Deposed deposed, ServerId primary,
                                             const topology::Snapshot& snapshot, RejoinWord word) {
  if (is_followed(returned.config(), snapshot))
    co_return fail(Errc::conflict, returned.host_info() + " has replicas of this cluster: it is not touched");
  Status closed = co_await close(returned);
  if (!closed) co_return fail(closed.error());
  auto settled = co_await settle(returned, std::move(deposed), std::move(primary), snapshot, word);
  co_return settled;
}

sys::Task<Status> Rejoiner::close(execute::Server& returned) {
  auto world = cluster_.world();
  Status closed = co_await execute::close_to_clients(world, returned);
  world.log.warning(closed ? fmt::format("{} is set read-only.", returned.host_info())
                           : fmt::format("{} MAY TAKE WRITES: {}", returned.host_info(), closed.error().what));
  co_return closed;
}

// What a person reads before deciding; what is in it is nowhere else, so it is read back.
Result<std::string> Rejoiner::list_extra(const config::ServerConfig& server, const plan::ReturnVerdict& verdict) {
  const std::string path = fmt::format("{}/{}.extra_transactions_of.{}_{}.txt", file_.manager_workdir(), file_.name,
                                       server.hostname, server.port);
  const std::string text = lines_of(verdict);
  sys::Files& files = cluster_.outside().files;
  Status written = files.replace(path, text, 0600);
  if (!written) return fail(written.error());
  auto read = files.read(path);
  if (!read) return fail(read.error());
  if (*read != text) return fail(Errc::io, path + " does not hold what was written into it");
  return path;
}

}  // namespace tanist::daemon

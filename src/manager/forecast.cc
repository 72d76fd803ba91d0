#include "manager/forecast.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <set>

#include "base/text.h"
#include "execute/from_config.h"
#include "manager/recovery_options.h"

namespace tanist::manager {

using namespace std::chrono_literals;

namespace {

constexpr Duration kLookLimit = 4s;  // reference App. C, server probe
constexpr Duration kSshLimit = 3s;

}  // namespace

sys::Task<Result<Forecast>> forecast(Cluster& cluster, Supposed supposed) {
  const config::ClusterConfig config = cluster.config();
  std::optional<ServerId> dies;
  if (supposed.dies) {
    auto named = named_server(config, *supposed.dies);
    if (!named) co_return fail(named.error());
    dies = *named;
  }
  const topology::Snapshot snapshot = co_await cluster.observe(kLookLimit);
  if (!snapshot.primary)
    co_return fail(Errc::conflict, "There is no primary: " + (snapshot.problems.empty() ? "" : join(snapshot.problems, "; ")));
  const config::ServerConfig& primary = *config.find(*snapshot.primary);
  plan::Policy policy = execute::default_policy(config, primary.id);
  policy.forced_host = supposed.new_primary;
  std::optional<topology::ServerState> seen = std::move(supposed.last_seen);
  if (const auto* state = snapshot.primary_member()->state()) seen = *state;
  const plan::DeadHost host = co_await host_of(cluster, primary.id, std::move(seen));

  Forecast made;
  std::set<ServerId> gone{primary.id};
  if (dies && *dies != primary.id) {
    gone.insert(*dies);
    made.about = fmt::format("{} is no primary: if it dies, nothing is replaced. If {} died as well:", config.find(*dies)->host_info(),
                             primary.host_info());
  }
  made.snapshot = topology::without(snapshot, gone);
  made.decision = plan::plan_failover(made.snapshot, policy, host, {});
  co_return made;
}

sys::Task<plan::DeadHost> host_of(Cluster& cluster, ServerId server, std::optional<topology::ServerState> last_seen) {
  plan::DeadHost host;
  remote::Host where = execute::remote_host(*cluster.config().find(server));
  auto connected = co_await cluster.shell().connect(std::move(where), cluster.outside().clock.now() + kSshLimit);
  host.ssh_reachable = connected.has_value();
  if (last_seen && last_seen->log_bin) host.last_seen_end = last_seen->binlog_end;
  co_return host;
}

bool is_refused(const Forecast& forecast) { return std::holds_alternative<plan::Refusal>(forecast.decision); }

std::string text(const Forecast& forecast) {
  const std::string about = forecast.about.empty() ? "" : forecast.about + "\n";
  if (const auto* refusal = std::get_if<plan::Refusal>(&forecast.decision)) return about + refusal->rule + ": refused: " + refusal->what + "\n";
  return about + plan::text(std::get<plan::Plan>(forecast.decision), forecast.snapshot);
}

std::string json(const Forecast& forecast) {
  const auto* refusal = std::get_if<plan::Refusal>(&forecast.decision);
  boost::json::value out = boost::json::parse(refusal ? plan::json(*refusal) : plan::json(std::get<plan::Plan>(forecast.decision)));
  out.as_object()["about"] = forecast.about;
  out.as_object()["text"] = text(forecast);
  return boost::json::serialize(out) + "\n";
}

}  // namespace tanist::manager

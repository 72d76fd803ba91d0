#include "daemon/metrics.h"

#include <fmt/format.h>

#include "daemon/health.h"

namespace tanist::daemon {

using topology::Member;

namespace {

constexpr KeeperState kStates[] = {KeeperState::starting, KeeperState::waiting,    KeeperState::watching,
                                   KeeperState::failing,  KeeperState::recovering, KeeperState::stopped};

std::string escaped(std::string_view text) {
  std::string all;
  for (char letter : text) {
    if (letter == '\n') {
      all += "\\n";
      continue;
    }
    if (letter == '"' || letter == '\\') all += '\\';
    all += letter;
  }
  return all;
}

std::string labels(const KeeperView& view) { return fmt::format("cluster=\"{}\"", escaped(view.cluster)); }
std::string labels(const KeeperView& view, const Member& member) {
  return fmt::format("{},server=\"{}:{}\"", labels(view), escaped(member.facts.hostname), member.facts.port);
}

class Page {
 public:
  Page(const std::vector<const Keeper*>& keepers, TimePoint now) : keepers_(keepers), now_(now) {}

  void begin(std::string_view name, std::string_view help, std::string_view type = "gauge") {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  void add(const std::string& label_list, double value) { text_ += fmt::format("{}{{{}}} {}\n", name_, label_list, value); }

  template <class Value>
  void clusters(std::string_view name, std::string_view help, Value value) {
    begin(name, help);
    for (const Keeper* keeper : keepers_)
      if (std::optional<double> found = value(keeper->view())) add(labels(keeper->view()), *found);
  }
  template <class Value>
  void servers(std::string_view name, std::string_view help, Value value) {
    begin(name, help);
    for (const Keeper* keeper : keepers_) {
      const KeeperView& view = keeper->view();
      for (const Member& member : view.last_look ? view.last_look->members : std::vector<Member>{})
        if (std::optional<double> found = value(view, member)) add(labels(view, member), *found);
    }
  }
  const std::vector<const Keeper*>& keepers() const { return keepers_; }
  TimePoint now() const { return now_; }
  std::string text() && { return std::move(text_); }

 private:
  const std::vector<const Keeper*>& keepers_;
  TimePoint now_;
  std::string name_, text_;
};

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

bool has_writable_primary(const KeeperView& view, TimePoint now) {
  const Member* primary = view.last_look ? view.last_look->primary_member() : nullptr;
  return primary && health_as_primary(view, primary->facts.hostname, primary->facts.port, now).good;
}

void add_clusters(Page& page) {
  page.begin("tanist_cluster_state", "1 for the state that the cluster is in, 0 for the others.");
  for (const Keeper* keeper : page.keepers())
    for (KeeperState state : kStates)
      page.add(fmt::format("{},state=\"{}\"", labels(keeper->view()), to_string(state)), keeper->view().state == state);
  page.clusters("tanist_cluster_writable", "1 when there is a primary that takes writes.",
                [&](const KeeperView& view) -> std::optional<double> { return has_writable_primary(view, page.now()); });
  page.clusters("tanist_cluster_paused", "1 while nothing is done, whatever is found.",
                [](const KeeperView& view) -> std::optional<double> { return view.paused.has_value(); });
  page.begin("tanist_cluster_alarm", "1 for each alarm that stands.");
  for (const Keeper* keeper : page.keepers())
    for (const Alarm& alarm : keeper->view().alarms)
      page.add(fmt::format("{},rule=\"{}\",about=\"{}\"", labels(keeper->view()), escaped(alarm.rule), escaped(alarm.about)), 1);
  page.clusters("tanist_cluster_look_age_seconds", "Age of the last look at the servers.",
                [&](const KeeperView& view) -> std::optional<double> {
                  if (!view.last_look) return std::nullopt;
                  return seconds(page.now() - view.last_look->taken);
                });
}

void add_servers(Page& page) {
  page.servers("tanist_server_up", "1 when the server answered the last look.",
               [](const KeeperView&, const Member& member) -> std::optional<double> { return member.alive(); });
  page.servers("tanist_server_primary", "1 when the server is the primary.",
               [](const KeeperView& view, const Member& member) -> std::optional<double> { return view.last_look->primary == member.facts.id; });
  page.servers("tanist_server_read_only", "1 when the server is read-only.",
               [](const KeeperView&, const Member& member) -> std::optional<double> {
                 return member.state() ? std::optional<double>(member.state()->read_only) : std::nullopt;
               });
  const auto of_replica = [&](std::string_view name, std::string_view help, auto value) {
    page.servers(name, help, [&](const KeeperView&, const Member& member) -> std::optional<double> {
      return member.replica() ? value(*member.replica()) : std::nullopt;
    });
  };
  using Value = std::optional<double>;
  of_replica("tanist_replica_lag_seconds", "How far the replica is behind, as it says itself.", [](const topology::ReplicaStatus& replica) {
    return replica.seconds_behind ? Value(static_cast<double>(*replica.seconds_behind)) : Value();
  });
  of_replica("tanist_replica_receiver_running", "1 when the replica is connected to its source.",
             [](const topology::ReplicaStatus& replica) { return Value(replica.receiver == topology::ReceiverState::running); });
  of_replica("tanist_replica_applier_running", "1 when the replica applies.",
             [](const topology::ReplicaStatus& replica) { return Value(replica.applier_running); });
}

}  // namespace

RecoveryCounts count(const std::vector<store::RecoveryRecord>& records) {
  RecoveryCounts counts;
  for (const store::RecoveryRecord& record : records)
    if (record.outcome) ++counts[{record.cluster, record.kind, std::string(to_string(*record.outcome))}];
  return counts;
}

std::string metrics_text(const std::vector<const Keeper*>& keepers, const RecoveryCounts& recoveries, TimePoint now) {
  Page page(keepers, now);
  add_clusters(page);
  add_servers(page);
  page.begin("tanist_recoveries_total", "Recoveries that have ended.", "counter");
  for (const auto& [key, number] : recoveries) {
    const auto& [cluster, kind, outcome] = key;
    page.add(fmt::format("cluster=\"{}\",kind=\"{}\",outcome=\"{}\"", escaped(cluster), escaped(kind), outcome), static_cast<double>(number));
  }
  return std::move(page).text();
}

}  // namespace tanist::daemon

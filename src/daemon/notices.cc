#include "daemon/notices.h"

namespace tanist::daemon {

bool is_worth_a_notice(const Happening& what, const config::NotifyOn& wanted) {
  struct Row {
    std::string_view kind;
    bool config::NotifyOn::*wanted;
  };
  constexpr Row kRows[] = {{"recovery", &config::NotifyOn::recovery}, {"alarm", &config::NotifyOn::alarm},
                           {"alarm_over", &config::NotifyOn::alarm},  {"finding", &config::NotifyOn::finding},
                           {"state", &config::NotifyOn::state}};
  for (const Row& row : kRows)
    if (row.kind == what.kind) return wanted.*row.wanted;
  return false;
}

std::vector<notify::Way> ways_of(const config::ClusterConfig& cluster) {
  const config::ServerConfig& said = cluster.first();
  const notify::Way all[] = {{notify::WayKind::command, Secret(said.notify_command)},
                             {notify::WayKind::mail, Secret(said.notify_mail)},
                             {notify::WayKind::webhook, said.notify_webhook}};
  std::vector<notify::Way> ways;
  for (const notify::Way& way : all)
    if (!way.where.empty()) ways.push_back(way);
  return ways;
}

void notify_of(const Happening& what, Fleet& fleet, const std::string& manager, notify::Post& post) {
  const Keeper* keeper = fleet.keeper(what.cluster);
  if (!keeper || !is_worth_a_notice(what, keeper->file().first().notify_on)) return;
  for (const notify::Way& way : ways_of(keeper->file()))
    post.send(way, {what.cluster, what.kind, what.name, what.sentence, what.at, manager});
}

}  // namespace tanist::daemon

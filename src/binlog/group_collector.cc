#include "binlog/group_collector.h"

namespace tanist::binlog {

Result<Place> GroupCollector::on(const Event& event) {
  auto place = tracker_.on(event);
  if (!place) return place;
  if (*place == Place::opens || *place == Place::whole) {
    auto gtid = group_gtid(event);
    if (!gtid) return fail(gtid.error());
    current_ = std::move(*gtid);
  }
  if (*place == Place::closes || *place == Place::whole) {
    if (const auto* mysql = std::get_if<gtid::Gtid>(&current_)) mysql_.add(*mysql);
    if (const auto* mariadb = std::get_if<gtid::MariadbGtid>(&current_)) mariadb_.set(*mariadb);
  }
  return place;
}

gtid::MariadbGtidPos state_behind(gtid::MariadbGtidPos before, const GroupCollector& groups) {
  for (const auto& [domain, gtid] : groups.mariadb().domains()) before.set(gtid);
  if (const auto* begun = std::get_if<gtid::MariadbGtid>(&groups.gtid()); begun && groups.open())
    before.set(*begun);
  return before;
}

}  // namespace tanist::binlog

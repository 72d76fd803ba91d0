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

}  // namespace tanist::binlog

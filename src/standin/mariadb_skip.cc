#include "standin/mariadb_skip.h"

namespace tanist::standin {
namespace {

tl::unexpected<Error> diverged(const gtid::MariadbGtid& have) {
  return fail(Errc::conflict,
              "the replica starts from GTID " + have.text() +
                  ", which is not in this log although later ones of its domain are: it has diverged");
}

}  // namespace

MariadbSkip::MariadbSkip(const gtid::MariadbGtidPos& have,
                         const std::optional<gtid::MariadbGtidPos>& at_start)
    : have_(have), by_number_(!at_start) {
  if (by_number_) return;
  for (const auto& [domain, gtid] : have.domains()) {
    if (at_start->find(domain) != gtid) sought_[domain] = {gtid};
  }
}

Result<bool> MariadbSkip::skips(const gtid::MariadbGtid& group) {
  if (by_number_) return have_.covers(group);
  auto found = sought_.find(group.domain);
  if (found == sought_.end()) return false;
  Sought& sought = found->second;
  if (group == sought.gtid) {
    sought_.erase(found);
    return true;
  }
  if (group.seq > sought.gtid.seq) {
    if (group.server == sought.gtid.server) return diverged(sought.gtid);
    sought.passed_higher = true;
  }
  return true;
}

Status MariadbSkip::check_found() const {
  for (const auto& [domain, sought] : sought_) {
    if (sought.passed_higher) return diverged(sought.gtid);
  }
  return {};
}

}  // namespace tanist::standin

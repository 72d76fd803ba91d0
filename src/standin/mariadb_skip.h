// Which groups a MariaDB replica that starts by GTID already has. Its state names one GTID per domain: groups
// of that domain are skipped up to this very GTID. Looking for the GTID itself and not for a higher number
// keeps right where numbers are out of order in a domain (gtid_strict_mode=0).
#pragma once

#include <map>
#include <optional>

#include "base/result.h"
#include "gtid/mariadb_gtid.h"

namespace tanist::standin {

class MariadbSkip {
 public:
  // `at_start` is the state of the log where reading begins: what it holds already needs no looking for.
  // Relay logs may not know it; then numbers are compared, and whoever chose the start has proven that
  // nothing lies before it.
  MariadbSkip(const gtid::MariadbGtidPos& have, const std::optional<gtid::MariadbGtidPos>& at_start);

  // Whether the group is to be left out. Fails if the log goes on behind the replica's GTID without holding
  // it: then the replica has a transaction that this log never had.
  Result<bool> skips(const gtid::MariadbGtid& group);
  // At the end of the log: fails if groups of a domain were left out on the way to a GTID that never came.
  Status check_found() const;

  const gtid::MariadbGtidPos& have() const { return have_; }

 private:
  struct Sought {
    gtid::MariadbGtid gtid;
    bool passed_higher = false;  // a higher number of another server, possible out of order
  };

  gtid::MariadbGtidPos have_;
  bool by_number_;
  std::map<uint32_t, Sought> sought_;  // by domain
};

}  // namespace tanist::standin

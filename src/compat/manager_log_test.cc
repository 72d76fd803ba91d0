#include "compat/manager_log.h"

#include <gtest/gtest.h>

namespace tanist::compat {
namespace {

struct Row {
  const char* what;
  std::string log;
  std::string failover;  // "replaced:port>promoted", "" for none
  bool told_to_stop = false;
};

std::string shown(const ManagerLog& log) {
  const auto& last = log.last_failover();
  return last ? last->replaced.hostname + ":" + last->replaced.port + ">" + last->promoted.hostname : "";
}

const std::string kStamp = "Fri Nov 20 09:00:50 2026 - [info] ";
const std::string kHead = kStamp + "MHA::MasterMonitor version 0.58.\n";
const std::string kReport = kStamp + "\n\n----- Failover Report -----\n\n";

TEST(ManagerLogTest, understands_the_reports_of_the_contract) {
  const Row rows[] = {
      {"nothing", kHead + kStamp + "Ping(SELECT) succeeded, waiting until MySQL doesn't respond..\n", ""},
      {"6.13 success", kReport + "app1: MySQL Master failover db1 to db2 succeeded\n\nMaster db1(10.0.0.1:3306) is down!\n",
       "db1:3306>db2"},
      {"6.13 HOSTINFO in the subject",
       kReport + "app1: MySQL Master failover db1(10.0.0.1:3306) to db2(10.0.0.2:3307) succeeded\n\nMaster x is down!\n",
       "db1:3306>db2"},
      {"6.13 partial: no suffix", kReport + "app1: MySQL Master failover db1 to db2\n\nMaster db1(::1:3306) is down!\n",
       "db1:3306>db2"},
      {"6.13 nobody was activated", kReport + "app1: MySQL Master failover db1\n\nMaster db1(10.0.0.1:3306) is down!\n",
       "db1:3306>"},
      {"the last one counts",
       kReport + "a: MySQL Master failover db1 to db2 succeeded\n\n" + kReport +
           "a: MySQL Master failover db2 to db3 succeeded\n",
       "db2:>db3"},
      {"cut off in its middle", kReport + "app1: MySQL Master failover db1 to d", ""},
      {"no subject behind the headline", kReport + "something else\nMaster db1(10.0.0.1:3306) is down!\n", ""},
      {"told to stop", kHead + kStamp + "Got a signal, ending.\n", "", true},
      {"and started again", kHead + kStamp + "Got a signal, ending.\n" + kHead, ""},
  };
  for (const Row& row : rows) {
    for (size_t piece : {size_t{1}, size_t{7}, row.log.size()}) {
      ManagerLog log;
      for (size_t at = 0; at < row.log.size(); at += piece) log.feed(std::string_view(row.log).substr(at, piece));
      EXPECT_EQ(shown(log), row.failover) << row.what << ", in pieces of " << piece;
      EXPECT_EQ(log.told_to_stop(), row.told_to_stop) << row.what;
    }
  }
}

}  // namespace
}  // namespace tanist::compat

#include "gtid/mariadb_gtid.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tanist::gtid {
namespace {

MariadbGtidPos pos(std::string_view text) { return MariadbGtidPos::parse(text).value(); }

TEST(MariadbGtid, parse_and_print) {
  EXPECT_EQ(MariadbGtid::parse(" 0-1-27 ").value(), (MariadbGtid{0, 1, 27}));
  EXPECT_EQ(pos(" 2-12-7, 0-1-100\n").text(), "0-1-100,2-12-7");
  EXPECT_TRUE(pos("").empty());
  for (auto wrong : {"0-1", "0-1-2-3", "a-1-1", "4294967296-1-1", "0-1-", ",", "0-1-1,", "0-1-1,0-2-2"})
    EXPECT_FALSE(MariadbGtidPos::parse(wrong)) << wrong;
}

TEST(MariadbGtid, covers_domain_by_domain) {
  EXPECT_TRUE(pos("0-1-100,1-1-5").covers(pos("0-2-100")));
  EXPECT_FALSE(pos("0-1-100").covers(pos("0-1-100,1-1-1")));
  EXPECT_FALSE(pos("0-1-99,1-1-5").covers(pos("0-1-100")));
  EXPECT_TRUE(pos("0-1-1").covers(pos("")));
  EXPECT_EQ(pos("0-1-5").seq_of(0), 5u);
  EXPECT_FALSE(pos("0-1-5").seq_of(1));
}

TEST(MariadbGtid, set_replaces_and_raise_keeps_the_higher) {
  MariadbGtidPos p = pos("0-1-100");
  p.raise({0, 2, 90});
  EXPECT_EQ(p.text(), "0-1-100");
  p.set({0, 2, 90});
  EXPECT_EQ(p.text(), "0-2-90");
  p.raise({3, 1, 1});
  EXPECT_EQ(p.text(), "0-2-90,3-1-1");
}

TEST(MariadbGtid, raising_by_another_covers_both) {
  EXPECT_TRUE(rc::check([](const std::vector<std::tuple<uint8_t, uint8_t, uint16_t>>& gtids) {
    MariadbGtidPos all;
    for (auto [domain, server, seq] : gtids) {
      MariadbGtidPos before = all;
      all.raise({domain, server, seq});
      RC_ASSERT(all.covers(before));
      RC_ASSERT(all.covers(MariadbGtid{domain, server, seq}));
    }
    RC_ASSERT(MariadbGtidPos::parse(all.text()).value() == all);
  }));
}

}  // namespace
}  // namespace tanist::gtid

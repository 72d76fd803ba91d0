#include "gtid/coordinates.h"

#include <gtest/gtest.h>

namespace tanist::gtid {
namespace {

TEST(Coordinates, order_by_number_and_not_as_text) {
  EXPECT_LT((LogCoordinates{"bin.999999", 500}), (LogCoordinates{"bin.1000000", 4}));
  EXPECT_LT((LogCoordinates{"bin.000999999", 500}), (LogCoordinates{"bin.1000000", 4}));
  EXPECT_LT((LogCoordinates{"bin.000009", 4}), (LogCoordinates{"bin.000009", 5}));
  EXPECT_EQ((LogCoordinates{"bin.000009", 4} <=> LogCoordinates{"bin.000009", 4}),
            std::strong_ordering::equal);
}

TEST(Coordinates, files_of_other_series_have_a_stable_order) {
  EXPECT_LT((LogCoordinates{"a-bin.000009", 4}), (LogCoordinates{"b-bin.000001", 4}));
  EXPECT_LT((LogCoordinates{"bin", 4}), (LogCoordinates{"bin.000001", 4}));
  EXPECT_NE((LogCoordinates{"bin.1", 4}), (LogCoordinates{"bin.000001", 4}));
  EXPECT_NE((LogCoordinates{"bin.1", 4} <=> LogCoordinates{"bin.000001", 4}), std::strong_ordering::equal);
}

TEST(Coordinates, parse_and_print) {
  EXPECT_EQ(LogCoordinates::parse("a:b.000001:120").value(), (LogCoordinates{"a:b.000001", 120}));
  EXPECT_EQ((LogCoordinates{"bin.000001", 4}).text(), "bin.000001:4");
  for (auto wrong : {"", ":", "bin.000001", "bin.000001:", "bin.000001:x", ":4", "bin:-1"})
    EXPECT_FALSE(LogCoordinates::parse(wrong)) << wrong;
}

TEST(Coordinates, log_names_come_apart_and_together) {
  auto name = LogName::parse("mysql-bin.000012").value();
  EXPECT_EQ(name, (LogName{"mysql-bin", 12, 6}));
  EXPECT_EQ(name.text(), "mysql-bin.000012");
  EXPECT_EQ(LogName::parse("db.1-bin.999999")->next().text(), "db.1-bin.1000000");
  for (auto other : {"bin", "bin.", "bin.index", "bin.000001~", "bin.000002.idx", "bin.000002.gz", ".000001",
                     "dir/bin.000001", "bin.+1"})
    EXPECT_FALSE(LogName::parse(other)) << other;
}

}  // namespace
}  // namespace tanist::gtid

#include "base/server_version.h"

#include <gtest/gtest.h>

namespace tanist {
namespace {

TEST(ServerVersion, reads_every_spelling) {
  struct Row {
    const char* text;
    Flavour flavour;
    Version number;
  };
  const Row rows[] = {
      {"5.6.24-log", Flavour::mysql, {5, 6, 24}},
      {"9.7.4-2", Flavour::mysql, {9, 7, 4}},
      {"8.0", Flavour::mysql, {8, 0, 0}},
      {"10.11.19-MariaDB-0+deb12u1-log", Flavour::mariadb, {10, 11, 19}},
      {"5.5.5-10.11.19-MariaDB-0+deb12u1", Flavour::mariadb, {10, 11, 19}},
      {"5.5.5-m3", Flavour::mysql, {5, 5, 5}},
      {"", Flavour::mysql, {0, 0, 0}},
      {"99999999999999999.1", Flavour::mysql, {100'000, 1, 0}},
  };
  for (const Row& row : rows) {
    ServerVersion version = parse_server_version(row.text);
    EXPECT_EQ(version.flavour, row.flavour) << row.text;
    EXPECT_EQ(version.number, row.number) << row.text;
  }
}

}  // namespace
}  // namespace tanist

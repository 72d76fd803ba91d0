#include "config/sections.h"

#include <gtest/gtest.h>

namespace tanist::config {
namespace {

TEST(Sections, are_told_by_their_names) {
  const struct {
    std::string_view name;
    SectionKind kind;
  } kCases[] = {
      {"server default", SectionKind::defaults},
      {"server1", SectionKind::server},
      {"server_db1", SectionKind::server},
      {"server10x", SectionKind::server},
      {"serverdefault", SectionKind::server},
      {"server1 x", SectionKind::server},
      {"binlog1", SectionKind::binlog_server},
      {"binlog_a", SectionKind::binlog_server},
      {"server", SectionKind::unknown},
      {"binlog", SectionKind::unknown},
      {"server  default", SectionKind::unknown},
      {"server x", SectionKind::unknown},
      {"SERVER1", SectionKind::unknown},
      {"Server Default", SectionKind::unknown},
      {"", SectionKind::unknown},
      {"mysqld", SectionKind::unknown},
  };
  for (const auto& c : kCases) EXPECT_EQ(section_kind(c.name), c.kind) << c.name;
}

TEST(Sections, servers_come_in_order_of_their_numbers_if_all_have_one) {
  using Names = std::vector<std::string>;
  const struct {
    Names names, sorted;
  } kCases[] = {
      {{"server10", "server2", "server1"}, {"server1", "server2", "server10"}},
      {{"server10", "server2", "server_b"}, {"server10", "server2", "server_b"}},
      {{"server_x3y4", "server_a4", "server2"}, {"server2", "server_x3y4", "server_a4"}},
      {{"server_b1", "server_a1"}, {"server_a1", "server_b1"}},
      {{"server02", "server1", "server2"}, {"server1", "server02", "server2"}},
      {{"server100000000000000000000", "server9"}, {"server9", "server100000000000000000000"}},
  };
  for (const auto& c : kCases) {
    Names names = c.names;
    sort_server_names(names);
    EXPECT_EQ(names, c.sorted);
  }
}

}  // namespace
}  // namespace tanist::config

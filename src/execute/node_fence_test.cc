#include "execute/node_fence.h"

#include <gmock/gmock.h>

namespace tanist::execute {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NodeFence, what_the_node_prints_is_understood) {
  EXPECT_THAT(read_fence("{\"killed\":[],\"port_free\":true}\n").reason, IsEmpty());
  EXPECT_THAT(read_fence("{\"killed\":[],\"stopped_units\":[\"mariadb.service\"],\"port_free\":true}\n").stopped_units,
              ElementsAre("mariadb.service"));
  EXPECT_EQ(read_fence("{\"killed\":[],\"port_free\":false,\"reason\":\"port 3306 cannot be bound\"}\n").reason,
            "port 3306 cannot be bound");
}

TEST(NodeFence, anything_else_is_shown_as_it_is) { EXPECT_EQ(read_fence("sh: not found\n").reason, "sh: not found\n"); }

}  // namespace
}  // namespace tanist::execute

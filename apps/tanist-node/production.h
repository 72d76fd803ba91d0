// The real host around the node commands that start other programs. Wiring only.
#pragma once

#include <string>
#include <vector>

#include "nodetools/node_world.h"
#include "sys/task.h"

namespace tanist {

using NodeBody = sys::Task<int> (*)(std::vector<std::string> args, nodetools::NodeWorld& world);

// A signal ends it, unless the command holds signals back for a moment.
int run_node_command(NodeBody body, std::vector<std::string> args);

// Passwords that came as arguments are seen by everybody on the host: overwritten once they are read.
void hide_passwords(int argc, char** argv);

}  // namespace tanist

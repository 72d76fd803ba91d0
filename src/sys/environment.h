// Environment variables that are meant for a library inside this process: children get what was there before.
#pragma once

#include <string>
#include <vector>

namespace tanist::sys {

void set_for_us_only(const std::string& name, const std::string& value);
// "NAME=value" of every variable, as children should see them.
std::vector<std::string> environment_of_children();

}  // namespace tanist::sys

// The little SQL that a replica's receiver speaks: SET of session variables. Tolerant: what is not understood
// is skipped, because an unknown SET must be answered with OK.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tanist::standin {

// User variables by lower-case name without the @; values without quotes, "@@global.x" kept as it is.
using UserVariables = std::map<std::string, std::string>;

// Runs of white space become one blank, none at the ends, no final semicolon; text in quotes is kept.
std::string normalised(std::string_view sql);

// Takes over the assignments of "SET @a = 1, @b = 'x'"; plain system variables and SET NAMES are passed over.
void take_assignments(std::string_view sql, UserVariables& variables);

// The arguments of a call, "f('a',4)" gives {"a", "4"}; empty if it is not that call.
std::vector<std::string> call_arguments(std::string_view sql, std::string_view function);

}  // namespace tanist::standin

// What a section name means, and the order of servers that follows from it (MHA's 1.3 and 1.4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tanist::config {

enum class SectionKind { defaults, server, binlog_server, unknown };

SectionKind section_kind(std::string_view name);

// Sorted as strings; then, if every name has digits behind its letters, by the first number, so that server2
// comes before server10. One name without digits keeps the order of strings for all.
void sort_server_names(std::vector<std::string>& names);

}  // namespace tanist::config

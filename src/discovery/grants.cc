#include "discovery/grants.h"

#include <string>
#include <string_view>

namespace tanist::discovery {

namespace {

// "GRANT SELECT, REPLICATION SLAVE ON *.* TO `repl`@`%`": the rights of one line, if they are for everything.
std::string_view global_rights(std::string_view line) {
  constexpr std::string_view kGrant = "GRANT ";
  size_t on = line.find(" ON *.* TO ");
  if (!line.starts_with(kGrant) || on == std::string_view::npos) return "";
  return line.substr(kGrant.size(), on - kGrant.size());
}

bool has_right(std::string_view rights, std::string_view right) {
  for (size_t at = rights.find(right); at != std::string_view::npos; at = rights.find(right, at + 1)) {
    bool starts = at == 0 || rights[at - 1] == ' ' || rights[at - 1] == ',';
    size_t end = at + right.size();
    bool ends = end == rights.size() || rights[end] == ',';
    if (starts && ends) return true;
  }
  return false;
}

}  // namespace

Granted grants_replication(const mysql::Rows& grants) {
  Granted granted = Granted::no;
  for (const auto& row : grants.rows) {
    std::string line = row.empty() ? "" : row[0].value_or("");
    std::string_view rights = global_rights(line);
    for (std::string_view right : {"ALL PRIVILEGES", "REPLICATION SLAVE"}) {
      if (has_right(rights, right)) return Granted::yes;
    }
    // "GRANT `role`@`%` TO ...": no ON.
    if (line.starts_with("GRANT ") && line.find(" ON ") == std::string::npos) granted = Granted::by_role_perhaps;
  }
  return granted;
}

}  // namespace tanist::discovery

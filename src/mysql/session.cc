#include "mysql/session.h"

#include "base/text.h"

namespace tanist::mysql {

std::string_view to_string(Contact contact) {
  switch (contact) {
    case Contact::answered: return "answered";
    case Contact::error_packet: return "error packet";
    case Contact::lost: return "lost";
    case Contact::refused: return "refused";
    case Contact::no_greeting: return "no greeting";
    case Contact::timeout: return "timeout";
    case Contact::no_route: return "no route";
  }
  return "unknown";
}

std::optional<std::string> Rows::get(size_t row, std::string_view column) const {
  if (row >= rows.size()) return std::nullopt;
  for (size_t i = 0; i < columns.size() && i < rows[row].size(); ++i) {
    if (iequals(columns[i], column)) return rows[row][i];
  }
  return std::nullopt;
}

}  // namespace tanist::mysql

// A command's table for the completion of shells: packaging/completion.bash asks for it.
#include "base/options.h"
#include "base/text.h"

namespace tanist {

std::string completion_lines(const CommandTable& table) {
  std::string text = std::string(table.usage) + "\n";
  for (const OptionRow& row : all_rows(table)) {
    for (const std::string& name : split(row.names, '|')) {
      text.append(name.size() == 1 ? "-" : "--").append(name);
      if (!row.value.empty()) text += "=" + std::string(row.value);
      text += "\n";
    }
  }
  return text;
}

}  // namespace tanist

// The manual page of a command, from the table that its --help is printed from.
#include <algorithm>

#include "base/options.h"
#include "base/text.h"

namespace tanist {

namespace {

// Text for troff: nothing in it is a request or an escape of ours, and hyphens can be searched for and copied.
std::string plain(std::string_view text) {
  std::string safe;
  for (char c : text) {
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else {
      safe += c;
    }
  }
  if (safe.starts_with('.') || safe.starts_with('\'')) safe.insert(0, "\\&");
  return safe;
}

// "--name=VALUE" with the name bold and the value slanted.
std::string form(const OptionRow& row, std::string_view name) {
  std::string text = "\\fB" + plain(name.size() == 1 ? "-" : "--") + plain(name) + "\\fR";
  if (row.kind == OptionKind::boolean) text += "[=0/1]";
  if (!row.value.empty()) text += "=\\fI" + plain(row.value) + "\\fR";
  return text;
}

std::string option(const OptionRow& row) {
  std::vector<std::string> forms;
  for (const std::string& name : split(row.names, '|')) forms.push_back(form(row, name));
  std::string text = ".TP\n" + join(forms, ", ") + "\n" + plain(row.help);
  if (row.kind == OptionKind::list) text += " (may be repeated)";
  if (!row.fallback.empty()) text += " (default " + plain(row.fallback) + ")";
  return text + "\n";
}

}  // namespace

std::string man_page(const CommandTable& table) {
  std::string name(table.name);
  std::replace(name.begin(), name.end(), ' ', '-');
  const size_t sentence = std::min(table.summary.find(". "), table.summary.size());
  std::string_view first = table.summary.substr(0, sentence);
  if (first.ends_with('.')) first.remove_suffix(1);

  std::string text = ".TH " + plain(name) + " 1 \"\" \"Tanist\" \"Tanist\"\n.SH NAME\n" + plain(name) + " \\- " +
                     plain(first) + "\n.SH SYNOPSIS\n\\fB" + plain(table.name) + "\\fR " + plain(table.usage) +
                     "\n.SH DESCRIPTION\n" + plain(table.summary) + "\n.SH OPTIONS\n" +
                     "Names may be shortened as long as they stay unique, and begin with one dash or two. Where the package "
                     "tanist is installed, bash completes them.\n";
  for (const OptionRow& row : all_rows(table)) text += option(row);
  if (!table.exits.empty()) text += ".SH EXIT STATUS\n";
  for (const ExitRow& row : table.exits) text += ".TP\n" + plain(row.code) + "\n" + plain(row.meaning) + "\n";
  if (!table.examples.empty()) text += ".SH EXAMPLES\n.nf\n";
  for (std::string_view example : table.examples) text += plain(example) + "\n";
  if (!table.examples.empty()) text += ".fi\n";
  return text;
}

}  // namespace tanist

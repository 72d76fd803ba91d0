// The file grammar: the INI dialect that MHA's files are written in. Text in, sections out; nothing here
// knows what a key means. Every key keeps its line.
//
// Lines end in CR, LF, CRLF or CRCRLF. '#' or ';' first in a line makes it a comment; later in a line only
// blank + ';' + blank + something does, and '#' is data. A repeated section goes on where it left off; of a
// repeated key the last one counts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/problem.h"

namespace tanist::config {

struct Entry {
  std::string key;
  std::string value;  // trimmed, quotes still on
  Origin where;
};

struct Section {
  std::string name;
  Origin where;                // its first header
  std::vector<Entry> entries;  // each key once
};

struct IniFile {
  std::vector<Section> sections;  // in order of appearance
  std::vector<Entry> rootless;    // keys that stand before any section
  Problems errors;
  Problems warnings;  // repeated sections and keys
};

IniFile parse_ini(std::string_view text, const std::string& file);

// The text without the section: its headers, keys and the comments between them. What stands after its last
// key (comments of what follows) stays, and so does every other byte. Errc::not_found if there is no such
// section.
Result<std::string> remove_section(std::string_view text, std::string_view name);

// The text with a new section at its end, in the line ends it has; no other byte changes. Errc::conflict if there is
// such a section; Errc::invalid for what would be read back as something else (a line end, " ; ", a blank at an end).
struct Setting {
  std::string key, value;
};
Result<std::string> add_section(std::string_view text, const std::string& name, const std::vector<Setting>& settings);

}  // namespace tanist::config

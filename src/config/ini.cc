#include "config/ini.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::config {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

enum class LineKind { blank, comment, header, key, wrong };

struct Line {
  std::string_view whole;  // with its line end
  LineKind kind;
  std::string_view name;   // of a section or a key
  std::string_view value;  // of a key
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\v'; }

// Takes the first line off `text`, its end included.
std::string_view take_line(std::string_view& text) {
  size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) {
    end = text.size();
  } else if (text.substr(end).starts_with("\r\r\n")) {
    end += 3;
  } else if (text.substr(end).starts_with("\r\n")) {
    end += 2;
  } else {
    end += 1;
  }
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  return line;
}

std::string_view without_inline_comment(std::string_view line) {
  for (size_t i = 1; i + 2 < line.size(); ++i) {
    if (line[i] == ';' && is_blank(line[i - 1]) && is_blank(line[i + 1])) return line.substr(0, i - 1);
  }
  return line;
}

Line read_line(std::string_view whole) {
  std::string_view content = whole.substr(0, whole.find_first_of("\r\n"));
  std::string_view text = trim(content);
  if (text.empty()) return {whole, LineKind::blank, {}, {}};
  if (text.front() == '#' || text.front() == ';') return {whole, LineKind::comment, {}, {}};

  text = trim(without_inline_comment(content));
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    return {whole, LineKind::header, trim(text.substr(1, text.size() - 2)), {}};
  }
  size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) return {whole, LineKind::wrong, {}, {}};
  return {whole, LineKind::key, trim(text.substr(0, equals)), trim(text.substr(equals + 1))};
}

std::vector<Line> read_lines(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) lines.push_back(read_line(take_line(text)));
  return lines;
}

std::string why_wrong(std::string_view line) {
  std::string_view text = trim(line);
  if (text.starts_with('[')) return "section header without a closing ']'";
  if (text.starts_with('=')) return "no key before '='";
  return "neither a [section], nor key=value, nor a comment";
}

// A repeated key moves to its last place: the value and the line that count.
void add_entry(std::vector<Entry>& entries, Entry entry, Problems& warnings) {
  for (Entry& earlier : entries) {
    if (earlier.key != entry.key) continue;
    warnings.push_back({entry.where, "'" + entry.key + "' was set in line " +
                                         std::to_string(earlier.where.line) +
                                         " of the same section; this later one counts"});
    earlier = std::move(entry);
    return;
  }
  entries.push_back(std::move(entry));
}

}  // namespace

IniFile parse_ini(std::string_view text, const std::string& file) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  IniFile ini;
  if (text.find('\0') != std::string_view::npos) {
    ini.errors.push_back({{file, 0}, "is not a text file (it has NUL bytes)"});
    return ini;
  }
  constexpr size_t kNone = std::string::npos;
  size_t current = kNone;
  Origin where{file, 0};
  for (const Line& line : read_lines(text)) {
    ++where.line;
    switch (line.kind) {
      case LineKind::blank:
      case LineKind::comment:
        break;
      case LineKind::wrong:
        ini.errors.push_back({where, "syntax error: " + why_wrong(line.whole)});
        break;
      case LineKind::header: {
        auto found = std::find_if(ini.sections.begin(), ini.sections.end(),
                                  [&line](const Section& section) { return section.name == line.name; });
        current = static_cast<size_t>(found - ini.sections.begin());
        if (found == ini.sections.end()) {
          ini.sections.push_back({std::string(line.name), where, {}});
        } else {
          ini.warnings.push_back({where, "section [" + std::string(line.name) + "] goes on from line " +
                                             std::to_string(found->where.line)});
        }
        break;
      }
      case LineKind::key: {
        auto& entries = current == kNone ? ini.rootless : ini.sections[current].entries;
        add_entry(entries, {std::string(line.name), std::string(line.value), where}, ini.warnings);
        break;
      }
    }
  }
  return ini;
}

Result<std::string> remove_section(std::string_view text, std::string_view name) {
  std::string kept;
  if (text.starts_with(kByteOrderMark)) {
    kept = kByteOrderMark;
    text.remove_prefix(kByteOrderMark.size());
  }
  std::vector<Line> lines = read_lines(text);
  bool found = false;
  bool blank_before = true;  // is the last kept line blank, or is there none?
  for (size_t i = 0; i < lines.size();) {
    if (lines[i].kind != LineKind::header || lines[i].name != name) {
      blank_before = lines[i].kind == LineKind::blank;
      kept += lines[i++].whole;
      continue;
    }
    found = true;
    size_t end = i + 1;  // behind the last key (or unreadable line) of the section
    for (size_t j = end; j < lines.size() && lines[j].kind != LineKind::header; ++j) {
      if (lines[j].kind == LineKind::key || lines[j].kind == LineKind::wrong) end = j + 1;
    }
    // The empty lines on both sides become those of one side, as if the section had never stood there.
    while (blank_before && end < lines.size() && lines[end].kind == LineKind::blank) ++end;
    i = end;
  }
  if (!found) return fail(Errc::not_found, "no section [" + std::string(name) + "]");
  return kept;
}

Result<std::string> add_section(std::string_view text, const std::string& name, const std::vector<Setting>& settings) {
  auto find = [&name](const IniFile& ini) {
    return std::find_if(ini.sections.begin(), ini.sections.end(), [&name](const Section& s) { return s.name == name; });
  };
  const IniFile before = parse_ini(text, "");
  if (auto there = find(before); there != before.sections.end()) {
    return fail(Errc::conflict, "there is a section [" + name + "] in line " + std::to_string(there->where.line));
  }
  std::string_view rest = text;
  std::string_view first_line = take_line(rest);
  size_t content = first_line.find_first_of("\r\n");
  std::string end(content == std::string_view::npos ? "\n" : first_line.substr(content));

  std::string longer(text);
  if (!text.empty() && text.back() != '\n' && text.back() != '\r') longer += end;
  const std::vector<Line> lines = read_lines(text);
  if (!lines.empty() && lines.back().kind != LineKind::blank) longer += end;
  longer += "[" + name + "]" + end;
  for (const Setting& setting : settings) longer += setting.key + "=" + setting.value + end;

  const IniFile after = parse_ini(longer, "");
  auto added = find(after);
  if (added == after.sections.end() || after.sections.size() != before.sections.size() + 1) {
    return fail(Errc::invalid, "'" + name + "' cannot be the name of a section");
  }
  for (size_t i = 0; i < settings.size(); ++i) {
    bool read_back = i < added->entries.size() && added->entries[i].key == settings[i].key &&
                     added->entries[i].value == settings[i].value;
    if (!read_back) return fail(Errc::invalid, "'" + settings[i].key + "' would not be read as it is written, or is said twice");
  }
  if (added->entries.size() != settings.size() || after.errors.size() != before.errors.size()) {
    return fail(Errc::invalid, "a value has a line end in it");
  }
  return longer;
}

}  // namespace tanist::config

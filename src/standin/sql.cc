#include "standin/sql.h"

#include <cctype>

#include "base/text.h"

namespace tanist::standin {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_quote(char c) { return c == '\'' || c == '"' || c == '`'; }

// Cuts at every separator that is outside quotes.
std::vector<std::string> split_outside_quotes(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  char quote = 0;
  for (char c : text) {
    if (quote == 0 && c == separator) {
      parts.emplace_back();
      continue;
    }
    if (c == quote)
      quote = 0;
    else if (quote == 0 && is_quote(c))
      quote = c;
    parts.back() += c;
  }
  return parts;
}

std::string unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() < 2 || !is_quote(text.front()) || text.back() != text.front()) return std::string(text);
  std::string out;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    const bool escape = text[i] == '\\' || (text[i] == text.front() && text[i + 1] == text.front());
    if (escape && i + 2 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

}  // namespace

std::string normalised(std::string_view sql) {
  std::string out;
  char quote = 0;
  for (char c : trim(sql)) {
    if (quote != 0 || !is_space(c))
      out += c;
    else if (out.back() != ' ')
      out += ' ';
    if (c == quote)
      quote = 0;
    else if (quote == 0 && is_quote(c))
      quote = c;
  }
  while (!out.empty() && (out.back() == ';' || out.back() == ' ')) out.pop_back();
  return out;
}

void take_assignments(std::string_view sql, UserVariables& variables) {
  const std::string text = normalised(sql);
  if (!iequals(std::string_view(text).substr(0, 4), "set ")) return;
  for (const std::string& assignment : split_outside_quotes(std::string_view(text).substr(4), ',')) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos) continue;
    std::string_view name = trim(std::string_view(assignment).substr(0, equals));
    if (name.ends_with(':')) name = trim(name.substr(0, name.size() - 1));
    if (!name.starts_with('@') || name.starts_with("@@")) continue;
    variables[lower(name.substr(1))] = unquoted(std::string_view(assignment).substr(equals + 1));
  }
}

std::vector<std::string> call_arguments(std::string_view sql, std::string_view function) {
  const size_t name = lower(sql).find(lower(function));
  if (name == std::string::npos) return {};
  std::string_view rest = trim(sql.substr(name + function.size()));
  const size_t end = rest.rfind(')');
  if (!rest.starts_with('(') || end == std::string_view::npos) return {};
  std::vector<std::string> arguments;
  for (const std::string& part : split_outside_quotes(rest.substr(1, end - 1), ','))
    arguments.push_back(unquoted(part));
  return arguments;
}

}  // namespace tanist::standin

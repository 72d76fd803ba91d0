#include "hooks/call.h"

#include "base/text.h"

namespace tanist::hooks {

namespace {

// Quotes are always there, also around a plain word: that is how these arguments are known in users' logs.
std::string always_quoted(std::string_view value) {
  std::string quoted = "'";
  for (char c : value) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

// MHA left unquoted, or in double quotes, what is not user or password; a `$` or a quote then did whatever it
// did. Here every value reaches the script as it is (reference 8 F3, F4).
std::string for_shell(const Argument& argument) {
  if (argument.value.empty()) return "";
  return argument.quoted ? always_quoted(escaped_as_mha(argument.value)) : shell_quote(argument.value);
}

template <class Render>
std::string text_of(const Call& call, Render render) {
  std::string text = call.script;
  for (const Argument& argument : call.arguments) {
    if (argument.secret && argument.way != PasswordWay::argv) continue;
    text += " --" + argument.name;
    if (!argument.flag) text += "=" + render(argument);
  }
  return text;
}

}  // namespace

std::string escaped_as_mha(std::string_view value) {
  constexpr std::string_view kEscaped = "\"!#&;`|*?~<>^()[]{}$, \\";
  std::string escaped;
  for (char c : value) {
    if (kEscaped.find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string printable(const Call& call) {
  return text_of(call,
                 [](const Argument& argument) { return argument.secret ? "xxx" : for_shell(argument); });
}

std::string command_line(const Call& call) { return text_of(call, for_shell); }

std::map<std::string, std::string> environment(const Call& call) {
  std::map<std::string, std::string> variables;
  for (const Argument& argument : call.arguments) {
    if (!argument.secret || argument.way != PasswordWay::env) continue;
    std::string name = "MHA_" + argument.name;
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    variables[name] = argument.value;
  }
  return variables;
}

std::string whether_it_is_there(std::string_view script) {
  constexpr std::string_view kBlanks = " \t", kQuotes = "'\"", kNeedTheShell = "'\"\\$`;&|<>(){}*?[]~#!";
  std::string_view word;
  do {
    script = trim(script);
    const char quote = script.empty() || kQuotes.find(script[0]) == std::string_view::npos ? ' ' : script[0];
    if (quote != ' ') script.remove_prefix(1);
    size_t end = quote == ' ' ? script.find_first_of(kBlanks) : script.find(quote);
    word = script.substr(0, end);
    script.remove_prefix(end == std::string_view::npos ? script.size() : end + 1);
  } while (word.find('=') != std::string_view::npos);  // NAME=value before a command
  if (word.empty() || word.find_first_of(kNeedTheShell) != std::string_view::npos) return "";
  const std::string quoted = shell_quote(word);
  if (word.find('/') == std::string_view::npos) return "command -v " + quoted + " >/dev/null";
  return "test -f " + quoted + " && test -x " + quoted;
}

}  // namespace tanist::hooks

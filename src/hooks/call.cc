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

}  // namespace tanist::hooks

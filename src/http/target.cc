#include "http/target.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace tanist::http {

namespace {

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string plain;
  for (size_t at = 0; at < text.size(); ++at) {
    unsigned code = static_cast<unsigned char>(text[at]);
    if (text[at] == '+' && plus_is_space) code = ' ';
    if (text[at] == '%') {
      const std::string_view digits = text.substr(at + 1, 2);
      const char* end = digits.data() + digits.size();
      if (digits.size() != 2 || std::from_chars(digits.data(), end, code, 16).ptr != end)
        return fail(Errc::invalid, "the target of the request has an escape that is none");
      at += 2;
    }
    if (code < 0x20 || code == 0x7f) return fail(Errc::invalid, "the target of the request has a control character");
    plain += static_cast<char>(code);
  }
  return plain;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (size_t scheme = text.find("://"); scheme != text.npos && !text.starts_with('/')) {
    const size_t path = text.find('/', scheme + 3);  // as a proxy writes it
    text = path == text.npos ? "/" : text.substr(path);
  }
  if (!text.starts_with('/')) return fail(Errc::invalid, "the target of the request must be a path");
  text = text.substr(0, text.find('#'));
  const size_t question = text.find('?');
  auto path = decode(text.substr(0, question), false);
  if (!path) return fail(path.error());
  Target target{std::move(*path), {}};
  if (question == text.npos) return target;
  for (const std::string& pair : split(text.substr(question + 1), '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    auto name = decode(std::string_view(pair).substr(0, equals), true);
    auto value = decode(equals == pair.npos ? std::string_view() : std::string_view(pair).substr(equals + 1), true);
    if (!name) return fail(name.error());
    if (!value) return fail(value.error());
    target.query[*name] = *value;
  }
  return target;
}

std::string escape(std::string_view text) {
  std::string escaped;
  for (char letter : text) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || std::string_view("-._~").find(letter) != std::string_view::npos;
    escaped += plain ? std::string(1, letter) : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
  return escaped;
}

}  // namespace tanist::http

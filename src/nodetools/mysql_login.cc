#include "nodetools/mysql_login.h"

namespace tanist::nodetools {

namespace {

// Quotes keep spaces and '#'; inside of them a backslash takes the meaning from the next character.
std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

}  // namespace

Result<Secret> option_file_text(const MysqlLogin& login) {
  std::string text;
  bool clean = true;
  auto say = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    clean = clean && value.find_first_of(std::string_view("\n\r\0", 3)) == std::string_view::npos;
    text += std::string(name) + "=" + quoted(value) + "\n";
  };
  if (!login.defaults_file.empty()) text += "!include " + login.defaults_file + "\n";
  text += "[client]\n";
  say("user", login.user);
  say("password", login.password.reveal());
  say("host", login.host);
  if (login.port != 0) say("port", std::to_string(login.port));
  say("socket", login.socket);
  // "localhost" means the client's own idea of a socket, whatever port is given.
  if (!login.host.empty()) say("protocol", login.socket.empty() ? "TCP" : "SOCKET");
  if (!clean) return fail(Errc::invalid, "user, password, host and socket can have no line break or NUL");
  return Secret(std::move(text));
}

std::string without_shell_escapes(std::string_view text) {
  constexpr std::string_view kEscaped = "\"!#&;`|*?~<>^()[]{}$, '\\";
  if (text.starts_with("\\\\")) return std::string(text);
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    bool escape =
        text[i] == '\\' && i + 1 < text.size() && kEscaped.find(text[i + 1]) != std::string_view::npos;
    if (escape) ++i;
    plain += text[i];
  }
  return plain;
}

Result<LoginFile> LoginFile::write(sys::Files& files, const std::string& workdir, const MysqlLogin& login) {
  auto text = option_file_text(login);
  if (!text) return fail(text.error());
  auto directory = sys::TemporaryDirectory::make(workdir, ".tanist-login-");
  if (!directory) return fail(directory.error());
  LoginFile file(std::move(*directory));
  if (Status written = files.replace(file.directory_.file("my.cnf"), text->reveal(), 0600); !written)
    return fail(written.error());
  return file;
}

}  // namespace tanist::nodetools

#include "notify/way.h"

#include <fmt/format.h>

namespace tanist::notify {

namespace {

// A value of curl's configuration file (curl(1), --config).
std::string quoted(const std::string& text) {
  std::string all = "\"";
  for (char letter : text) {
    if (letter == '"' || letter == '\\') all += '\\';
    if (letter == '\n') {
      all += "\\n";
    } else if (letter == '\r') {
      all += "\\r";
    } else {
      all += letter;
    }
  }
  return all + "\"";
}

sys::ProcessSpec by_command(const std::string& command, const Notice& notice) {
  sys::ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", command};
  spec.stdin_text = json_text(notice) + "\n";
  spec.extra_env = {{"TANIST_CLUSTER", notice.cluster},
                    {"TANIST_KIND", notice.kind},
                    {"TANIST_NAME", notice.name},
                    {"TANIST_SENTENCE", notice.sentence}};
  return spec;
}

sys::ProcessSpec by_mail(const std::string& to, const Notice& notice) {
  sys::ProcessSpec spec;
  spec.argv = {"/usr/sbin/sendmail", "-t", "-i"};
  spec.stdin_text = mail_text(notice, to);
  return spec;
}

// --disable: no ~/.curlrc changes what is sent.
sys::ProcessSpec by_webhook(const std::string& url, const Notice& notice) {
  sys::ProcessSpec spec;
  spec.argv = {"curl", "--disable", "--silent", "--show-error", "--fail", "--proto", "=http,https", "--max-time", "10",
               "--output", "/dev/null", "--config", "-"};
  spec.stdin_text = fmt::format("url = {}\nheader = \"Content-Type: application/json\"\ndata-binary = {}\n", quoted(url),
                                quoted(json_text(notice)));
  return spec;
}

}  // namespace

std::string name_of(WayKind kind) {
  switch (kind) {
    case WayKind::command: return "notify_command";
    case WayKind::mail: return "notify_mail";
    case WayKind::webhook: return "notify_webhook";
  }
  return "?";
}

sys::ProcessSpec process_of(const Way& way, const Notice& notice) {
  switch (way.kind) {
    case WayKind::mail: return by_mail(way.where.reveal(), notice);
    case WayKind::webhook: return by_webhook(way.where.reveal(), notice);
    case WayKind::command: break;
  }
  return by_command(way.where.reveal(), notice);
}

}  // namespace tanist::notify

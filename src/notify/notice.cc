#include "notify/notice.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "sys/local_time.h"

namespace tanist::notify {

namespace {

// A header ends at its line's end, whatever a server's error text holds.
std::string one_line(std::string text) {
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < ' ') letter = ' ';
  return text;
}

}  // namespace

std::string json_text(const Notice& notice) {
  const boost::json::object object{{"cluster", notice.cluster}, {"at", sys::utc(notice.at)},         {"kind", notice.kind},
                                   {"name", notice.name},       {"sentence", notice.sentence}, {"manager", notice.manager}};
  return boost::json::serialize(object);
}

std::string subject(const Notice& notice) {
  return one_line(fmt::format("[tanist] {}: {} {}", notice.cluster, notice.kind == "alarm_over" ? "alarm over" : notice.kind,
                              notice.name));
}

std::string mail_text(const Notice& notice, const std::string& to) {
  return fmt::format("To: {}\nSubject: {}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                     "Auto-Submitted: auto-generated\n\n{}\n\n{}, seen by {}.\nMore: tanist status {}; tanist history\n",
                     one_line(to), subject(notice), notice.sentence, sys::utc(notice.at), notice.manager, notice.cluster);
}

}  // namespace tanist::notify

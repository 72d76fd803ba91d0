#include "compat/manager_log.h"

#include "base/text.h"

namespace tanist::compat {

namespace {

constexpr std::string_view kReport = "----- Failover Report -----";
constexpr std::string_view kSubject = ": MySQL Master failover ";
constexpr std::string_view kTo = " to ";
constexpr std::string_view kSucceeded = " succeeded";
constexpr std::string_view kDown = " is down!";
constexpr std::string_view kMaster = "Master ";
constexpr std::string_view kStopped = "Got a signal, ending";  // Tanist's; MHA's words for it are not in the contract
constexpr std::string_view kBegins = "MHA::MasterMonitor version";

}  // namespace

LoggedServer parse_logged_server(std::string_view text) {
  text = trim(text);
  size_t open = text.find('(');
  LoggedServer server{std::string(text.substr(0, open)), ""};
  size_t colon = text.rfind(':'), close = text.rfind(')');
  if (open != text.npos && colon != text.npos && close != text.npos && open < colon && colon < close) {
    server.port = text.substr(colon + 1, close - colon - 1);
  }
  return server;
}

void ManagerLog::feed(std::string_view text) {
  unfinished_ += text;
  size_t begin = 0;
  for (size_t end; (end = unfinished_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    line(std::string_view(unfinished_).substr(begin, end - begin));
  }
  unfinished_.erase(0, begin);
}

void ManagerLog::line(std::string_view text) {
  told_to_stop_ |= text.find(kStopped) != text.npos;
  if (text.find(kBegins) != text.npos) told_to_stop_ = false;
  if (text.find(kReport) != text.npos) {
    at_ = At::subject;
    return;
  }
  if (trim(text).empty() || at_ == At::log) return;
  if (at_ == At::body) {
    // The first line of the body names the address, too; the subject has perhaps the hostname alone.
    if (last_ && text.starts_with(kMaster) && text.ends_with(kDown)) {
      text.remove_prefix(kMaster.size());
      text.remove_suffix(kDown.size());
      LoggedServer whole = parse_logged_server(text);
      if (whole.hostname == last_->replaced.hostname) last_->replaced = whole;
    }
    at_ = At::log;
    return;
  }
  at_ = At::log;
  size_t subject = text.find(kSubject);
  if (subject == text.npos) return;
  text.remove_prefix(subject + kSubject.size());
  if (text.ends_with(kSucceeded)) text.remove_suffix(kSucceeded.size());
  size_t to = text.find(kTo);
  last_ = LoggedFailover{parse_logged_server(text.substr(0, to)), {}};
  if (to != text.npos) last_->promoted = parse_logged_server(text.substr(to + kTo.size()));
  at_ = At::body;
}

}  // namespace tanist::compat

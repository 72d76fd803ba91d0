#include "nodetools/filter_mysqlbinlog.h"

#include <algorithm>

#include "base/options.h"

namespace tanist::nodetools {

namespace {

constexpr int kTextEndsEarly = 255;  // MHA's code for it
constexpr int kFirstEvents = 9;      // format descriptions of a log stand among them
constexpr std::string_view kEndOfLog = "# End of log file";
constexpr std::string_view kAddedRollback = "ROLLBACK /* added by mysqlbinlog */;";
constexpr std::string_view kRestoredCompletion = "/*!50003 SET COMPLETION_TYPE=@OLD_COMPLETION_TYPE*/;";
constexpr ExitRow kExits[] = {
    {"0", "filtered"},
    {"1", "a wrong option, or the text cannot be written"},
    {"255", "the text is cut short"},
};
constexpr CommandTable kTable{
    .name = "filter_mysqlbinlog",
    .usage = "< TEXT > FILTERED",
    .summary = "Takes the ROLLBACK statements that mysqlbinlog adds out of its text.",
    .rows = {},
    .unknown_options = Unknown::error,
    .plus_prefix = true,
    .exits = kExits};

// Lines with one of them looked at in advance, and the newline that the last one may lack.
class Lines {
 public:
  explicit Lines(std::istream& in) : in_(in) { advance(); }
  bool end() const { return end_; }
  const std::string& text() const { return line_; }
  void advance() {
    end_ = !std::getline(in_, line_);
    newline_ = !in_.eof();
  }
  void copy_to(std::ostream& out) {
    out << line_;
    if (newline_) out << '\n';
    advance();
  }

 private:
  std::istream& in_;
  std::string line_;
  bool end_ = false;
  bool newline_ = true;
};

bool announces_event(std::string_view line) {
  constexpr std::string_view kAt = "# at ";
  if (!line.starts_with(kAt) || line.size() == kAt.size()) return false;
  return std::ranges::all_of(line.substr(kAt.size()), [](char c) { return c >= '0' && c <= '9'; });
}

bool starts_log(std::string_view line) {
  size_t start = line.find("Start: binlog v");
  return line.starts_with('#') && start != std::string_view::npos &&
         line.find("created", start) != std::string_view::npos;
}

bool warns_of_open_log(std::string_view line) {
  return line.starts_with('#') && line.find("not closed properly") != std::string_view::npos;
}

tl::unexpected<Error> ends_early(std::string_view behind) {
  return fail(Errc::corrupt, "the text ends right behind \"" + std::string(behind) + "\": it is cut short");
}

// Behind "# at N" of one of the first events.
Status filter_event_start(Lines& lines, std::ostream& out, FilterStart start) {
  if (lines.end()) return ends_early("# at N");
  if (!starts_log(lines.text())) return {};
  lines.copy_to(out);
  if (!lines.end() && warns_of_open_log(lines.text())) lines.copy_to(out);
  if (lines.end() || !lines.text().starts_with("ROLLBACK")) return {};
  out << "# The ROLLBACK that mysqlbinlog adds at the start of a log is left out.\n";
  lines.advance();
  if (start == FilterStart::rollback_only) return {};
  while (!lines.end() && !announces_event(lines.text()) && lines.text() != "DELIMITER ;") lines.advance();
  if (!lines.end()) lines.copy_to(out);  // it is not looked at as the start of an event
  return {};
}

Status filter_end(Lines& lines, std::ostream& out) {
  if (lines.end()) return ends_early(kEndOfLog);
  if (lines.text() != kAddedRollback) return {};
  lines.advance();
  bool restored = !lines.end() && lines.text() == kRestoredCompletion;
  if (restored) lines.advance();
  if (restored && lines.end()) {
    out << "# The ROLLBACK that mysqlbinlog adds at the end of a log is left out.\n";
    return {};
  }
  out << kAddedRollback << '\n';
  if (restored) out << kRestoredCompletion << '\n';
  return {};
}

}  // namespace

Status filter_sql_text(std::istream& in, std::ostream& out, FilterStart start) {
  Lines lines(in);
  int events = 0;
  while (!lines.end()) {
    bool event = announces_event(lines.text());
    bool end = lines.text() == kEndOfLog;
    lines.copy_to(out);
    Status step;
    if (event && ++events <= kFirstEvents) step = filter_event_start(lines, out, start);
    if (end) step = filter_end(lines, out);
    if (!step) return step;
  }
  out.flush();
  if (!out) return fail(Errc::io, "the filtered text cannot be written");
  return {};
}

int filter_mysqlbinlog(std::span<const std::string> args, std::istream& in, std::ostream& out,
                       std::ostream& err) {
  CommandLine line = read_command_line(kTable, args);
  out << line.out;
  err << line.err;
  if (line.exit_code) return *line.exit_code;
  Status done = filter_sql_text(in, out, FilterStart::with_format);
  if (done) return 0;
  err << "filter_mysqlbinlog: " << done.error().what << "\n";
  return done.error().code == Errc::corrupt ? kTextEndsEarly : 1;
}

}  // namespace tanist::nodetools

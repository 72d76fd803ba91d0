#include "nodetools/save_binary_logs.h"

#include <algorithm>
#include <filesystem>

#include "base/options.h"
#include "base/text.h"
#include "binlog/log_series.h"
#include "gtid/coordinates.h"
#include "nodetools/log_extract.h"
#include "nodetools/manager_version.h"
#include "nodetools/relay_log_info.h"
#include "sys/new_file.h"

namespace tanist::nodetools {

namespace {

using enum OptionKind;
constexpr OptionRow kRows[] = {
    {"command", text, "", "test|save", "test: only prove that saving is possible"},
    {"start_file", text, "", "FILE", "first log file, without directory"},
    {"binlog_prefix", text, "", "NAME",
     "name of the logs without number, in place of start_file (test only)"},
    {"start_pos", integer, "", "POSITION", "byte position in start_file"},
    {"binlog_dir", text, "", "DIR,DIR", "where the logs may be (default /var/lib/mysql)"},
    {"relay_log_info", text, "", "FILE",
     "relay-log.info, which decides about directory and name of the logs"},
    {"datadir", text, "", "DIR", "what relative names in relay-log.info are relative to"},
    {"output_file", text, "", "FILE", "the result; its directory is made"},
    {"oldest_version", text, "", "VERSION", "for text mode"},
    {"handle_raw_binlog", integer, "1", "0|1", "1: copy events; 0: text mode, which this build has not"},
    {"skip_filter", integer, "0", "0|1", "for text mode"},
    {"disable_log_bin", integer, "0", "0|1", "for text mode"},
    {"manager_version", text, "", "VERSION", "refuse managers that are too old"},
    {"client_bindir", text, "", "DIR", "accepted; mysqlbinlog is not needed"},
    {"client_libdir", text, "", "DIR", "accepted; mysqlbinlog is not needed"},
    {"debug", flag, "", "", "accepted"}};
constexpr CommandTable kTable{
    .name = "save_binary_logs",
    .usage = "--command=save --start_file=FILE --start_pos=POSITION --output_file=FILE",
    .summary = "Saves what the binary or relay logs of this host have from a position on.",
    .rows = kRows,
    .unknown_options = Unknown::error,
    .plus_prefix = true};

class Command {
 public:
  Command(const Options& options, sys::Files& files, std::ostream& out)
      : options_(options), files_(files), out_(out), output_(options.text("output_file")) {}

  Result<int> run();

 private:
  Status check_options() const;
  Result<binlog::SeriesRequest> request();
  Result<int> test(const binlog::LogSeries& series);
  Result<int> save(const binlog::LogSeries& series);
  Result<int> write(const LogExtract& extract);
  std::string datadir() const;

  const Options& options_;
  sys::Files& files_;
  std::ostream& out_;
  std::string output_;
};

tl::unexpected<Error> usage(std::string what) { return fail(Errc::invalid, std::move(what)); }

Status Command::check_options() const {
  if (Status version = check_manager_version(options_.text("manager_version")); !version) return version;
  if (!options_.given("command")) return usage("--command is missing");
  bool prefix = options_.text("command") == "test" && options_.given("binlog_prefix");
  if (!options_.given("start_file") && !prefix) return usage("--start_file is missing");
  if (!options_.given("start_pos")) return usage("--start_pos is missing");
  if (options_.number("handle_raw_binlog") == 0)
    return fail(Errc::unsupported,
                "text mode (handle_raw_binlog=0) is not part of this build; raw logs can be "
                "read with mysqlbinlog");
  return {};
}

std::string Command::datadir() const {
  return options_.given("datadir") ? options_.text("datadir") : options_.text("binlog_dir");
}

Result<binlog::SeriesRequest> Command::request() {
  binlog::SeriesRequest request;
  request.start_file = options_.text("start_file");
  request.prefix = options_.text("binlog_prefix");
  if (!options_.given("relay_log_info")) {
    request.directories =
        split(options_.given("binlog_dir") ? options_.text("binlog_dir") : "/var/lib/mysql", ',');
    return request;
  }
  std::string path = options_.text("relay_log_info");
  auto content = files_.read(path);
  if (!content) return fail(content.error());
  auto place = parse_relay_log_info(*content, path, datadir());
  if (!place) return fail(place.error());
  request.directories = {place->directory};
  request.prefix = gtid::LogName::parse(place->file)->prefix;
  // The start file gives only its number.
  if (auto start = gtid::LogName::parse(request.start_file))
    request.start_file = gtid::LogName{request.prefix, start->number}.text();
  return request;
}

Result<int> Command::test(const binlog::LogSeries& series) {
  auto last = binlog::LogFile::open(series.path(series.files.back()));
  if (!last) return fail(last.error());
  auto probe = sys::NewFile::create(output_);
  if (!probe) return fail(probe.error());
  out_ << " Binlog found at " << series.directory << ", up to " << series.files.back() << "\n";
  return kSaved;
}

Result<int> Command::write(const LogExtract& extract) {
  auto file = sys::NewFile::create(output_);
  if (!file) return fail(file.error());
  for (Bytes piece : extract.pieces)
    if (Status written = file->write(piece); !written) return fail(written.error());
  if (Status finished = file->finish(); !finished) return fail(finished.error());
  if (!extract.has_events) {
    out_ << "No event to save from this position on. " << output_ << " has only its head.\n";
    return kNothingToSave;
  }
  out_ << "Saved " << file->size() << " bytes to " << output_ << "\n";
  return kSaved;
}

Result<int> Command::save(const binlog::LogSeries& series) {
  std::vector<binlog::LogFile> logs;
  for (const std::string& name : series.files) {
    auto log = binlog::LogFile::open(series.path(name));
    if (!log) return fail(log.error());
    logs.push_back(std::move(*log));
  }
  auto extract = extract_logs(logs, options_.number("start_pos"));
  if (!extract) return fail(extract.error());
  for (const std::string& note : extract->notes) out_ << "Note: " << note << "\n";
  auto code = write(*extract);
  if (!code || !extract->damage) return code;
  return fail(extract->damage->error().during("the logs are damaged; " + output_ + " has what is before it"));
}

Result<int> Command::run() {
  if (Status checked = check_options(); !checked) return fail(checked.error());
  auto wanted = request();
  if (!wanted) return fail(wanted.error());
  auto series = binlog::find_log_series(files_, *wanted);
  if (!series) return fail(series.error());
  for (const std::string& note : series->notes) out_ << "Note: " << note << "\n";
  if (output_.empty()) return usage("--output_file is missing");
  std::string directory = std::filesystem::path(output_).parent_path();
  if (!directory.empty())
    if (Status made = files_.make_directories(directory); !made) return fail(made.error());
  std::string command = options_.text("command");
  if (command == "test") return test(*series);
  if (command == "save") return save(*series);
  out_ << help_text(kTable);
  return usage("--command must be test or save, not \"" + command + "\"");
}

}  // namespace

int save_binary_logs(std::span<const std::string> args, sys::Files& files, std::ostream& out,
                     std::ostream& err) {
  CommandLine line = read_command_line(kTable, args);
  out << line.out;
  err << line.err;
  if (line.exit_code) return *line.exit_code;
  auto code = Command(line.options, files, out).run();
  if (code) return *code;
  err << "save_binary_logs: " << code.error().what << "\n";
  return kSaveFailed;
}

}  // namespace tanist::nodetools

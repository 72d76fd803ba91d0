#include "nodetools/save_binary_logs.h"

#include "base/options.h"
#include "base/text.h"
#include "binlog/log_series.h"
#include "gtid/coordinates.h"
#include "nodetools/log_extract.h"
#include "nodetools/log_output.h"
#include "nodetools/manager_version.h"
#include "nodetools/relay_log_info.h"
#include "nodetools/save_text.h"
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
    {"oldest_version", text, "", "VERSION", "of the servers that the text is for (text mode)"},
    {"handle_raw_binlog", integer, "1", "0|1",
     "1: copy events; 0: save the text that mysqlbinlog makes of them"},
    {"skip_filter", integer, "0", "0|1", "1: keep the ROLLBACK that mysqlbinlog adds (text mode)"},
    {"disable_log_bin", integer, "0", "0|1", "1: the text switches binary logging off (text mode)"},
    {"manager_version", text, "", "VERSION", "refuse managers that are too old"},
    {"client_bindir", text, "", "DIR", "where mysqlbinlog is (text mode)"},
    {"client_libdir", text, "", "DIR", "where its libraries are (text mode)"},
    {"debug", flag, "", "", "accepted"}};
constexpr ExitRow kExits[] = {
    {"0", "saved, and there are events; test: saving is possible"},
    {"1", "an error: options, missing or damaged logs, an old manager"},
    {"10", "nothing is behind the position"},
};
constexpr CommandTable kTable{
    .name = "save_binary_logs",
    .usage = "--command=save --start_file=FILE --start_pos=POSITION --output_file=FILE",
    .summary = "Saves what the binary or relay logs of this host have from a position on.",
    .rows = kRows,
    .unknown_options = Unknown::error,
    .plus_prefix = true,
    .exits = kExits};

class Command {
 public:
  Command(const Options& options, NodeWorld& world)
      : options_(options), world_(world), output_(options.text("output_file")) {}

  sys::Task<Result<int>> run();

 private:
  Status check_options() const;
  bool text_mode() const { return options_.number("handle_raw_binlog") == 0; }
  Result<binlog::SeriesRequest> request();
  sys::Task<Result<int>> test(const binlog::LogSeries& series);
  sys::Task<Result<int>> save(const binlog::LogSeries& series);
  sys::Task<Result<uint64_t>> write(const LogExtract& extract);
  std::string datadir() const;

  const Options& options_;
  NodeWorld& world_;
  std::string output_;
};

tl::unexpected<Error> usage(std::string what) { return fail(Errc::invalid, std::move(what)); }

Status Command::check_options() const {
  if (Status version = check_manager_version(options_.text("manager_version")); !version) return version;
  if (!options_.given("command")) return usage("--command is missing");
  bool prefix = options_.text("command") == "test" && options_.given("binlog_prefix");
  if (!options_.given("start_file") && !prefix) return usage("--start_file is missing");
  if (!options_.given("start_pos")) return usage("--start_pos is missing");
  if (text_mode() && !options_.given("oldest_version"))
    return usage("--oldest_version is missing, which text mode (handle_raw_binlog=0) needs");
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
  auto content = world_.files.read(path);
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

sys::Task<Result<int>> Command::test(const binlog::LogSeries& series) {
  if (text_mode()) {
    ClientPlace place = ClientPlace::of(options_);
    auto program = co_await find_mysqlbinlog(world_, place);
    if (!program) co_return fail(program.error());
  }
  auto last = binlog::LogFile::open(series.path(series.files.back()));
  if (!last) co_return fail(last.error());
  auto probe = sys::NewFile::create(output_);
  if (!probe) co_return fail(probe.error());
  world_.out << " Binlog found at " << series.directory << ", up to " << series.files.back() << "\n";
  co_return kSaved;
}

sys::Task<Result<uint64_t>> Command::write(const LogExtract& extract) {
  if (!text_mode()) co_return write_extract(extract, output_);
  TextSave how{
      .clients = ClientPlace::of(options_),
      .sql = sql_text_options(options_.text("oldest_version"), options_.number("disable_log_bin") != 0),
      .filter = options_.number("skip_filter") == 0,
      .output = output_};
  co_return co_await save_as_text(world_, extract, std::move(how));
}

sys::Task<Result<int>> Command::save(const binlog::LogSeries& series) {
  // What an earlier run left must not be taken for the result of one that fails.
  if (Status removed = world_.files.remove(output_); !removed) co_return fail(removed.error());
  auto logs = open_logs(series);
  if (!logs) co_return fail(logs.error());
  auto extract = extract_logs(*logs, options_.number("start_pos"));
  if (!extract) co_return fail(extract.error());
  for (const std::string& note : extract->notes) world_.out << "Note: " << note << "\n";
  auto size = co_await write(*extract);
  if (!size) co_return fail(size.error());
  if (extract->damage)
    co_return fail(
        extract->damage->error().during("the logs are damaged; " + output_ + " has what is before it"));
  if (!extract->has_events) {
    world_.out << "No event to save from this position on; " << output_ << " holds none.\n";
    co_return kNothingToSave;
  }
  world_.out << "Saved " << *size << " bytes to " << output_ << "\n";
  co_return kSaved;
}

sys::Task<Result<int>> Command::run() {
  if (Status checked = check_options(); !checked) co_return fail(checked.error());
  auto wanted = request();
  if (!wanted) co_return fail(wanted.error());
  auto series = binlog::find_log_series(world_.files, *wanted);
  if (!series) co_return fail(series.error());
  for (const std::string& note : series->notes) world_.out << "Note: " << note << "\n";
  if (output_.empty()) co_return usage("--output_file is missing");
  if (Status made = world_.files.make_directories(directory_of(output_)); !made) co_return fail(made.error());
  std::string command = options_.text("command");
  if (command == "test") co_return co_await test(*series);
  if (command == "save") co_return co_await save(*series);
  world_.out << help_text(kTable);
  co_return usage("--command must be test or save, not \"" + command + "\"");
}

}  // namespace

sys::Task<int> save_binary_logs(std::vector<std::string> args, NodeWorld& world) {
  CommandLine line = read_command_line(kTable, args);
  world.out << line.out;
  world.err << line.err;
  if (line.exit_code) co_return *line.exit_code;
  Command command(line.options, world);
  auto code = co_await command.run();
  if (code) co_return *code;
  world.err << "save_binary_logs: " << code.error().what << "\n";
  co_return kSaveFailed;
}

}  // namespace tanist::nodetools

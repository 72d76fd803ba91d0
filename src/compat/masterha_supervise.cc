#include "compat/masterha_supervise.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/text.h"
#include "compat/failover_flags.h"
#include "compat/failover_options.h"
#include "compat/open_cluster.h"
#include "compat/sighting.h"
#include "compat/supervised_servers.h"
#include "config/edit.h"

namespace tanist::compat {

namespace {

using namespace std::chrono_literals;

constexpr Duration kStartLimit = 10s;       // for the shell that puts the manager into the background
constexpr Duration kLivedLong = 60s;        // a manager that ends later has not failed at its start
constexpr Duration kSoonAfterNews = 5s;
constexpr Duration kAskSoon = 300ms;
constexpr std::chrono::seconds kMomentOfWriting{10};
constexpr std::chrono::hours kAnyAge{24 * 365};

constexpr ExitRow kExits[] = {
    {"0", "the manager was told to stop"},
    {"1", "a person is needed: the last line of the log says for what"},
};
constexpr std::string_view kExamples[] = {
    "masterha_supervise --conf=/etc/masterha/app1.cnf",
    "masterha_supervise --conf=/etc/masterha/app1.cnf --manager_command=\"masterha_manager --ignore_last_failover\" "
    "--keep=db4",
};

std::vector<OptionRow> supervise_options() {
  std::vector<OptionRow> rows = cluster_rows();
  const OptionRow more[] = {
      {"manager_command", OptionKind::text, "masterha_manager", "COMMAND", "starts the manager; --conf is added"},
      {"keep", OptionKind::list, "", "HOST", "host or section that never leaves the file"},
      {"dead_after", OptionKind::integer, "20", "SECONDS",
       "a replica that refuses its port for so long, or says nothing for three times as long, is dead"},
      {"interval", OptionKind::integer, "5", "SECONDS", "how often the status is asked when the log is silent"},
      {"backoff", OptionKind::integer, "1", "SECONDS", "pause before a start after one that failed; it doubles"},
      {"backoff_limit", OptionKind::integer, "60", "SECONDS", "the longest pause"},
      {"start_limit", OptionKind::integer, "20", "NUMBER", "starts within start_window before it gives up"},
      {"start_window", OptionKind::integer, "3600", "SECONDS", "see start_limit"},
  };
  rows.insert(rows.end(), std::begin(more), std::end(more));
  return rows;
}

class Supervisor {
 public:
  Supervisor(SuperviseWorld& world, OpenedCluster& opened)
      : world_(world), opened_(opened), cluster_(*opened.cluster), options_(opened.options),
        app_(cluster_.config().name), work_dir_(cluster_.config().manager_workdir()),
        output_path_(work_dir_ + "/" + app_ + ".manager.out"),
        log_path_(cluster_.config().manager_log().empty() ? output_path_ : cluster_.config().manager_log()) {
    auto seconds = [this](std::string_view name) { return std::chrono::seconds(std::max<int64_t>(1, options_.number(name))); };
    limits_ = {static_cast<int>(options_.number("start_limit")), seconds("backoff"), seconds("backoff_limit")};
    interval_ = seconds("interval");
    window_ = seconds("start_window");
    patience_ = seconds("dead_after");
  }

  sys::Task<int> run() {
    auto log = world_.follow(log_path_);
    if (!log) {
      cluster_.log().error(log.error().what);
      co_return 1;
    }
    log_ = std::move(*log);
    cluster_.log().info(fmt::format("Supervising the manager of {} by {}.", app_, log_path_));
    hear();
    story_.begins_anew();  // what earlier managers were told is over
    for (;;) {
      const bool ran = runs();
      hear();  // after the question: what an ended manager has written is all there
      Supervision seen;
      seen.manager_runs = ran;
      if (!ran) seen = co_await look();
      const SuperviseDecision decision = decide(seen, limits_);
      if (decision.act == SuperviseAct::wait) {
        co_await wait_for_news();
        continue;
      }
      say(decision);
      if (decision.act == SuperviseAct::end) co_return 0;
      if (decision.act == SuperviseAct::give_up) co_return 1;
      auto started = co_await carry_out(decision);
      if (!started) {
        cluster_.log().error(started.error().what);
        co_return 1;
      }
    }
  }

 private:
  sys::Clock& clock() { return world_.outside.clock; }

  // Whoever writes a log often ends soon after.
  sys::Task<void> wait_for_news() {
    const bool lately = clock().now() - last_news_ < kSoonAfterNews;
    bool news = co_await log_->changed(clock().now() + (lately ? kAskSoon : interval_));
    if (news) last_news_ = clock().now();
  }

  // By the health file; until that is there, by the process that we have started.
  bool runs() {
    const Located located{app_, work_dir_, log_path_, {}};
    const auto seen = sight(located, kAnyAge, world_.world);
    bool alive = started_pid_ > 0 && world_.world.processes.find(started_pid_).has_value();
    if (seen) {
      alive |= seen->state != ManagerState::not_running;
    } else {  // MHA's file is empty for a moment whenever it is written
      auto facts = world_.world.files.facts(located.health_path());
      alive |= facts && clock().wall_now() - facts->modified < kMomentOfWriting;
    }
    if (alive && !run_began_) {
      run_began_ = clock().wall_now();
      cluster_.log().info("The manager of " + app_ + " runs.");
    }
    return alive;
  }

  void hear() {
    auto text = log_->read_new();
    if (text) {
      story_.feed(*text);
    } else if (!said_unreadable_) {
      cluster_.log().warning("The manager's log cannot be read: " + text.error().what);
    }
    said_unreadable_ = !text;
  }

  // What the files, the log and the servers say once the manager has ended.
  sys::Task<Supervision> look() {
    Supervision seen;
    note_the_end();
    FailoverFlags flags(world_.outside.files, clock(), work_dir_, app_);
    auto complete = world_.outside.files.facts(flags.complete_path());
    seen.error_flag = world_.outside.files.facts(flags.error_path()).has_value();
    seen.complete_flag = complete.has_value();
    seen.fresh_complete = complete && run_began_ && complete->modified + 1s >= *run_began_;
    seen.told_to_stop = story_.told_to_stop();
    const auto& failover = story_.last_failover();
    seen.activated = failover && !failover->promoted.hostname.empty();
    seen.starts = starts_within_window();
    seen.quick_ends = quick_ends_;
    ServerQuestion question{failover, options_.list("keep"), patience_};
    question.may_remove = seen.activated && seen.complete_flag && !seen.error_flag;
    question.fresh = seen.fresh_complete;
    seen.servers = co_await look_at_servers(opened_, std::move(question));
    co_return seen;
  }

  // Once for each end.
  void note_the_end() {
    if (!started_at_) return;
    quick_ends_ = clock().now() - *started_at_ < kLivedLong ? quick_ends_ + 1 : 0;
    started_at_.reset();
  }

  int starts_within_window() {
    while (!starts_.empty() && clock().now() - starts_.front() > window_) starts_.pop_front();
    return static_cast<int>(starts_.size());
  }

  void say(const SuperviseDecision& decision) {
    std::string text = fmt::format("{} {}.", decision.row, decision.sentence);
    if (decision.act == SuperviseAct::give_up) return cluster_.log().error(text);
    cluster_.log().info(text);
  }

  sys::Task<Status> carry_out(const SuperviseDecision& decision) {
    const std::string& conf = cluster_.config().path;
    for (const ServerId& id : decision.remove) {
      auto backup = config::remove_section_from_file(world_.outside.files, conf, id.text);
      if (!backup) co_return fail(backup.error());
      cluster_.log().info(fmt::format("Deleted {} entry from {} . The file as it was is {}.", id.text, conf, *backup));
    }
    if (!decision.remove.empty()) quick_ends_ = 0;
    if (decision.pause.count() > 0) {
      cluster_.log().info(fmt::format("The manager is started in {} s.", decision.pause.count()));
      co_await sys::sleep_for(clock(), decision.pause);
      if (runs()) co_return Status{};  // somebody was faster
    }
    co_return co_await start();
  }

  // In a session of its own: it goes on when the supervisor ends, and the next supervisor finds it.
  sys::Task<Status> start() {
    std::string command = options_.text("manager_command") + " --conf=" + shell_quote(cluster_.config().path);
    if (options_.given("global_conf")) command += " --global_conf=" + shell_quote(options_.text("global_conf"));
    if (options_.given("manager_workdir")) command += " --manager_workdir=" + shell_quote(work_dir_);
    if (options_.given("manager_log")) command += " --manager_log=" + shell_quote(log_path_);
    cluster_.log().info("Starting the manager: " + command);
    story_.begins_anew();
    run_began_.reset();
    starts_.push_back(clock().now());
    started_at_ = clock().now();
    sys::ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", "setsid sh -c \"$0\" </dev/null >>\"$1\" 2>&1 & echo $!", command, output_path_};
    spec.deadline = clock().now() + kStartLimit;
    auto ran = co_await world_.processes.run(std::move(spec));
    if (!ran) co_return fail(ran.error());
    started_pid_ = static_cast<int>(parse_uint(trim(ran->output)).value_or(0));
    if (!ran->status.ok() || started_pid_ == 0) co_return fail(Errc::io, "the manager could not be started: " + ran->errors);
    co_return Status{};
  }

  SuperviseWorld& world_;
  OpenedCluster& opened_;
  manager::Cluster& cluster_;
  const Options& options_;
  const std::string app_, work_dir_, output_path_, log_path_;
  SuperviseLimits limits_;
  std::chrono::seconds interval_{}, window_{}, patience_{};

  std::unique_ptr<sys::FollowedFile> log_;
  ManagerLog story_;
  TimePoint last_news_{};
  std::optional<WallTime> run_began_;    // when this run of the manager was first seen
  int started_pid_ = 0;
  std::optional<TimePoint> started_at_;  // until its end was noted
  std::deque<TimePoint> starts_;
  int quick_ends_ = 0;
  bool said_unreadable_ = false;
};

}  // namespace

sys::Task<int> masterha_supervise(std::vector<std::string> args, SuperviseWorld& world) {
  static const std::vector<OptionRow> rows = supervise_options();
  const CommandTable table{.name = "masterha_supervise",
                           .usage = "--conf=FILE [options]",
                           .summary = "Keeps the manager of one cluster running: after a failover takes the dead primary and "
                                      "dead replicas out of the configuration file and starts the manager again.",
                           .rows = rows,
                           .examples = kExamples,
                           .exits = kExits};
  auto opened = co_await open_cluster(table, std::move(args), world.outside, Opening{});
  if (!opened) co_return opened.error();
  const config::ClusterConfig& config = opened->cluster->config();
  auto made = world.outside.files.make_directories(config.manager_workdir());
  if (!made) {
    opened->cluster->log().error(made.error().what);
    co_return 1;
  }
  auto lock = world.outside.lock_cluster(config.manager_workdir(), config.name + ".supervise");
  if (!lock) {
    opened->cluster->log().error("Another supervisor runs: " + lock.error().what);
    co_return 1;
  }
  Supervisor supervisor(world, *opened);
  auto code = co_await supervisor.run();
  co_return code;
}

}  // namespace tanist::compat

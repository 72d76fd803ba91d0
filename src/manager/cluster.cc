#include "manager/cluster.h"

#include <fmt/format.h>

#include <cerrno>

#include "execute/from_config.h"
#include "store/memory_journal.h"
#include "store/sqlite_journal.h"
#include "topology/strangers.h"

namespace tanist::manager {

namespace {

// A log that cannot be opened is told before anybody relies on it (reference 5.1 #1). A full disk is none of that: what is
// to be logged then goes to stderr, and the cluster is watched all the same.
Status check_log(sys::Files& files, const std::string& path) {
  if (path.empty()) return {};
  auto opened = files.append(path, "");
  if (opened || opened.error().number == ENOSPC) return {};
  return fail(opened.error().during("open the log"));
}

std::vector<topology::LogServerHost> log_server_hosts(const config::ClusterConfig& config) {
  std::vector<topology::LogServerHost> hosts;
  for (const config::ServerConfig& server : config.binlog_servers) hosts.push_back({server.hostname, server.ip});
  return hosts;
}

}  // namespace

std::string journal_of(const config::ClusterConfig& cluster) {
  return cluster.manager_workdir() + "/" + store::kJournalFile;
}

Cluster::Cluster(Outside& outside, config::ClusterConfig config) : outside_(outside), config_(std::move(config)) {}

Result<std::unique_ptr<Cluster>> Cluster::open(Outside& outside, config::ClusterConfig config,
                                               const std::string& log_path, bool with_journal) {
  std::unique_ptr<Cluster> cluster(new Cluster(outside, std::move(config)));
  auto writable = check_log(outside.files, log_path);
  if (!writable) return fail(writable.error());
  cluster->log_ = outside.open_log(log_path, cluster->config_.log_level());
  outside.on_signal = [self = cluster.get()] { self->log_->warning(self->signal_words_); };
  if (with_journal) {
    auto made = outside.files.make_directories(cluster->config_.manager_workdir());
    if (!made) return fail(made.error().during("make the work directory"));
    const std::string& file = outside.journal_file;
    auto journal = outside.open_journal(file.empty() ? journal_of(cluster->config_) : file);
    if (!journal) return fail(journal.error().during("open the journal"));
    cluster->journal_ = std::move(*journal);
    Status room = file.empty() ? cluster->journal_->keep_room() : Status{};  // else whoever named it has seen to that
    if (!room) return fail(room.error());
  } else {
    cluster->journal_ = std::make_shared<store::MemoryJournal>();
  }
  cluster->shell_ = outside.open_shell(*cluster->log_);
  cluster->hooks_ = outside.open_hooks(*cluster->log_);
  cluster->prober_ = std::make_unique<discovery::Prober>(outside.clock, outside.mysql, cluster->config_);
  return cluster;
}

Cluster::~Cluster() { outside_.on_signal = nullptr; }

void Cluster::take_config(config::ClusterConfig config) {
  prober_.reset();
  config_ = std::move(config);
  prober_ = std::make_unique<discovery::Prober>(outside_.clock, outside_.mysql, config_);
}

void Cluster::begin_anew(config::ClusterConfig config, std::optional<ServerId> known_primary) {
  take_config(std::move(config));
  known_primary_ = std::move(known_primary);
  dead_.reset();
}

sys::Task<topology::Snapshot> Cluster::observe(Duration limit) {
  auto observations = co_await prober_->look(limit, dead_);
  auto snapshot = topology::build_snapshot(execute::server_facts(config_), observations, known_primary_,
                                           outside_.clock.now());
  if (!known_primary_) known_primary_ = snapshot.primary;
  snapshot.strangers = topology::find_strangers(snapshot, log_server_hosts(config_));
  co_return snapshot;
}

sys::Task<void> Cluster::ask_replication_rights(topology::Snapshot& snapshot, Duration limit) {
  auto ask = [](Cluster* self, topology::Member* member, TimePoint deadline) -> sys::Task<void> {
    std::string user = member->facts.repl_user;
    if (user.empty()) user = member->replica()->source_user;
    if (user.empty()) co_return;
    auto answer = co_await self->prober_->may_replicate(member->facts.id, user, deadline);
    std::get<topology::ServerState>(member->last.seen).repl_user_may_replicate = answer;
    member->facts.repl_user = user;
  };
  std::vector<sys::Task<void>> asked;
  for (auto& member : snapshot.members) {
    const bool candidate = member.replica() && member.state()->log_bin && !member.facts.no_master;
    if (candidate) asked.push_back(ask(this, &member, outside_.clock.now() + limit));
  }
  co_await sys::when_all(std::move(asked));
}

std::string Cluster::log_place() const {
  return outside_.host_name + (config_.manager_log().empty() ? "" : ":" + config_.manager_log());
}

execute::World Cluster::world(store::Journal& journal) {
  return execute::World{outside_.clock, outside_.files, outside_.entropy, *log_,   outside_.mysql,
                        *shell_,        *hooks_,        journal,          [this](Duration limit) { return observe(limit); }};
}

}  // namespace tanist::manager

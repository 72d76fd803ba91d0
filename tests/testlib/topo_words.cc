#include "testlib/topo_words.h"

#include <set>
#include <stdexcept>

#include "testlib/topo.h"

namespace tanist::testlib {

using namespace topology;

namespace {

const std::set<std::string> kWords = {
    // configuration
    "candidate", "no_master", "ignore_fail", "no_delay_check", "no_filter_check", "no_latest_priority",
    "multi_tier", "skip_reset", "no_auto_pos", "label", "port", "ip",
    // silence
    "dead", "refused", "hung", "lost", "no_route", "busy", "denied",
    // any server that answers
    "read_only", "writable", "no_log_bin", "no_log_updates", "version", "server_id", "end", "age", "purged",
    "log_filter", "keeps_relay_logs", "recovers_relay_logs", "may_not_replicate", "gtid_mode",
    // a replica
    "received", "executed", "connecting", "running", "receiver_stopped", "receiver_errno", "applier_stopped",
    "applier_error", "delay", "behind", "filter", "foreign", "multi_source", "by_position"};

constexpr const char* kUuidTail = "-0000-0000-0000-000000000000";

std::string uuid_of(int number) {
  std::string digits = std::to_string(number);
  return std::string(8 - digits.size(), '0') + digits + kUuidTail;
}

uint64_t transaction_of(const LogCoordinates& at) {
  return (gtid::LogName::parse(at.file)->number - 1) * 1000 + at.pos;
}

void set_silence(NoAnswer& answer, Silence silence, int number, const char* what) {
  answer = NoAnswer{silence, number, what};
}

void fill_gtids(const TopoNode& node, const TopoDefaults& defaults, ServerState& state,
                const LogCoordinates& done) {
  std::string last = std::to_string(transaction_of(done));
  if (defaults.mariadb) {
    state.mariadb_binlog_pos = "0-1-" + last;
    state.mariadb_slave_pos = node.source.empty() ? "" : "0-1-" + last;
    return;
  }
  state.gtid_mode = node.value("gtid_mode", defaults.gtid ? "ON" : "OFF");
  if (!defaults.gtid) return;
  state.executed_gtids = uuid_of(1) + ":1-" + last;
  if (node.has("purged")) state.purged_gtids = uuid_of(1) + ":1-" + node.value("purged");
}

Positioning positioning_of(const TopoNode& node, const TopoDefaults& defaults) {
  if (!defaults.gtid || node.has("by_position")) return Positioning::file_position;
  return defaults.mariadb ? Positioning::mariadb_slave_pos : Positioning::auto_position;
}

void fill_receiver(const TopoNode& node, const TopoNode* source, ReplicaStatus& status) {
  bool lost =
      source && silence_of(*source) && !source->has("busy") && !source->has("denied") && !source->has("hung");
  status.receiver = lost || node.has("connecting") ? ReceiverState::connecting : ReceiverState::running;
  if (node.has("running")) status.receiver = ReceiverState::running;
  if (node.has("receiver_stopped")) status.receiver = ReceiverState::stopped;
  if (status.receiver == ReceiverState::connecting) status.receiver_errno = 2003;
  if (node.has("receiver_errno")) status.receiver_errno = std::stoi(node.value("receiver_errno"));
}

ReplicaStatus replica_of(const TopoNode& node, const TopoNode* source, const TopoDefaults& defaults) {
  ReplicaStatus status;
  status.source_host = node.value("foreign", node.source);
  status.source_port =
      source && source->has("port") ? static_cast<uint16_t>(std::stoi(source->value("port"))) : 3306;
  status.source_user = "repl";
  fill_receiver(node, source, status);
  status.received = log_position(node.value("received", "100"));
  status.executed = node.has("executed") ? log_position(node.value("executed")) : status.received;
  status.relay = LogCoordinates{node.name + "-relay-bin.000002", status.executed.pos + 200};
  status.positioning = positioning_of(node, defaults);
  status.applier_running = !node.has("applier_stopped") && !node.has("applier_error");
  if (node.has("applier_error")) {
    status.applier_errno = std::stoi(node.value("applier_error"));
    status.applier_error = "Duplicate entry";
  }
  status.delay_seconds = static_cast<uint32_t>(std::stoi(node.value("delay", "0")));
  if (status.applier_running)
    status.seconds_behind = static_cast<uint64_t>(std::stoi(node.value("behind", "0")));
  status.filters.do_db = node.value("filter");
  if (defaults.gtid && !defaults.mariadb)
    status.retrieved_gtids = uuid_of(1) + ":1-" + std::to_string(transaction_of(status.received));
  return status;
}

}  // namespace

std::string TopoNode::value(const std::string& word, const std::string& otherwise) const {
  auto found = words.find(word);
  return found == words.end() ? otherwise : found->second;
}

void check_words(const TopoNode& node) {
  for (const auto& [word, value] : node.words)
    if (!kWords.count(word))
      throw std::invalid_argument("topology text: " + node.name + ": unknown word " + word);
}

ServerFacts facts_of(const TopoNode& node, int number) {
  ServerFacts facts;
  facts.id = ServerId(node.name);
  facts.hostname = node.name;
  facts.ip = node.value("ip", "10.0.0." + std::to_string(number));
  facts.port = static_cast<uint16_t>(std::stoi(node.value("port", "3306")));
  facts.candidate_master = node.has("candidate");
  facts.no_master = node.has("no_master");
  facts.ignore_fail = node.has("ignore_fail");
  facts.check_repl_delay = !node.has("no_delay_check");
  facts.check_repl_filter = !node.has("no_filter_check");
  facts.latest_priority = !node.has("no_latest_priority");
  facts.multi_tier_slave = node.has("multi_tier");
  facts.skip_reset_slave = node.has("skip_reset");
  facts.use_gtid_auto_pos = !node.has("no_auto_pos");
  facts.node_label = node.value("label");
  facts.has_repl_password = true;
  facts.repl_user = "repl";
  return facts;
}

std::optional<NoAnswer> silence_of(const TopoNode& node) {
  NoAnswer answer;
  if (node.has("dead"))
    set_silence(answer, Silence::timeout, 110, "connection timed out");
  else if (node.has("refused"))
    set_silence(answer, Silence::refused, 111, "connection refused");
  else if (node.has("hung"))
    set_silence(answer, Silence::no_greeting, 0, "no greeting");
  else if (node.has("lost"))
    set_silence(answer, Silence::lost, 2013, "connection lost");
  else if (node.has("no_route"))
    set_silence(answer, Silence::no_route, 113, "no route to host");
  else if (node.has("busy"))
    set_silence(answer, Silence::error_packet, 1040, "Too many connections");
  else if (node.has("denied"))
    set_silence(answer, Silence::error_packet, 1045, "Access denied");
  else
    return std::nullopt;
  return answer;
}

ServerState state_of(const TopoNode& node, const TopoNode* source, int number, const TopoDefaults& defaults) {
  ServerState state;
  state.version =
      parse_server_version(node.value("version", defaults.mariadb ? "10.11.6-MariaDB" : "8.0.36"));
  state.server_id = static_cast<uint32_t>(std::stoi(node.value("server_id", std::to_string(number))));
  if (!defaults.mariadb) state.server_uuid = uuid_of(number);
  bool is_replica = !node.source.empty() || node.has("foreign");
  state.read_only = is_replica ? !node.has("writable") : node.has("read_only");
  state.log_bin = !node.has("no_log_bin");
  state.log_replica_updates = state.log_bin && !node.has("no_log_updates");
  if (state.log_bin) state.binlog_end = log_position(node.value("end", "100"));
  state.binlog_filters.do_db = node.value("log_filter");
  state.relay_log_purge = !node.has("keeps_relay_logs");
  state.relay_log_recovery = node.has("recovers_relay_logs");
  if (node.has("may_not_replicate")) state.repl_user_may_replicate = false;
  if (is_replica) state.channels.push_back(replica_of(node, source, defaults));
  if (node.has("multi_source"))
    state.channels.push_back(state.channels.empty() ? ReplicaStatus{} : state.channels[0]);
  fill_gtids(node, defaults, state,
             is_replica ? state.channels[0].executed : log_position(node.value("end", "100")));
  return state;
}

}  // namespace tanist::testlib

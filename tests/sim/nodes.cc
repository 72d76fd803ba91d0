#include "nodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "server.h"
#include "standin/report.h"

namespace tanist::sim {

namespace json = boost::json;

namespace {

std::string text_of(const json::object& object, const char* field) {
  const json::value* value = object.if_contains(field);
  return value ? std::string(std::string_view(value->as_string())) : "";
}

// The files from `start` on, without what lies behind the last complete transaction.
std::vector<File> servable(const Log& log, const std::string& start) {
  std::vector<File> files;
  auto is_start = [&](const File& file) { return file.name == start; };
  if (!start.empty() && std::none_of(log.files().begin(), log.files().end(), is_start)) return files;
  for (const File& file : log.files()) {
    if (start.empty() || gtid::compare_log_files(file.name, start) >= 0) files.push_back(file);
  }
  if (files.empty()) return files;
  while (!files.back().events.back().last()) files.back().events.pop_back();
  return files;
}

void keep_back(std::vector<File>& files, int transactions) {
  auto& events = files.back().events;
  for (; transactions > 0 && !events.back().txn.none(); --transactions) {
    const Txn last = events.back().txn;
    while (events.back().txn == last) events.pop_back();
  }
}

binlog::SourceFacts facts_of(const std::vector<File>& files, const Server& owner) {
  binlog::SourceFacts facts;
  facts.version = owner.version();
  facts.server_id = static_cast<uint32_t>(owner.number());
  std::set<Txn> txns;
  for (const File& file : files) {
    facts.files.push_back({file.name, file.events.front().start, file.end(), binlog::Checksum::none});
    for (const Event& event : file.events) {
      if (!event.txn.none() && event.last()) txns.insert(event.txn);
    }
  }
  facts.served_end = {files.back().name, files.back().end()};
  if (owner.gtid() && !owner.mariadb()) facts.executed = *gtid::GtidSet::parse(owner.gtid_set_of(txns));
  // One domain; the last number stands for all before it.
  const Txn* last = nullptr;
  for (const Txn& txn : txns) {
    if (!last || txn.number > last->number) last = &txn;
  }
  if (last && owner.mariadb()) {
    facts.binlog_state = *gtid::MariadbGtidPos::parse(fmt::format("0-{}-{}", last->origin, last->number));
  }
  return facts;
}

}  // namespace

std::string StandIn::log_in(const std::string& user, const std::string& password,
                            const std::string& address) {
  bool known = std::find(addresses.begin(), addresses.end(), address) != addresses.end();
  if (!known) return deny("Host '" + address + "' is not one of the replicas this stand-in serves", address);
  for (const auto& one : users) {
    if (one.user == user && (!one.password || one.password->reveal() == password)) return "";
  }
  return deny("Access denied for user '" + user + "'@'" + address + "'", address);
}

std::string StandIn::deny(std::string reason, const std::string& address) {
  standin::Event event;
  event.kind = "denied";
  event.replica = address + ":54321";
  event.reason = reason;
  std::string line = standin::event_line(event);
  line.pop_back();
  report.push_back(std::move(line));
  reported.set();
  return reason;
}

bool StandIn::listen(uint16_t port) {
  if (world_.listener(host_, port)) return false;
  world_.listeners[{host_, port}] = this;
  port_ = port;
  return true;
}

void StandIn::end() {
  if (!port_) return;
  world_.say("stand-in ends: " + what_);
  world_.listeners.erase({host_, *port_});
  port_.reset();
  reported.set();
  world_.source_gone(*this);
}

Nodes::Nodes(World& world) : world_(world) {
  world_.on_power_off = [this](int host) {
    for (const auto& stand_in : stand_ins_) {
      if (stand_in->host() == host) stand_in->end();
    }
  };
}

void Nodes::end_stand_ins() {
  for (const auto& stand_in : stand_ins_) stand_in->end();
}

std::string Nodes::tail(int host, const std::string& job, StandIn** serving) {
  json::object object = json::parse(job).as_object();
  const bool relay = text_of(object, "kind") == "relay";
  const auto copied = copies.find(host);
  Server* owner = copied == copies.end() ? world_.server_on(host) : copied->second;
  Server* origin = owner;
  std::vector<File> files =
      relay ? owner->channel->relay_as_log() : servable(owner->log, text_of(object, "start_file"));
  if (unreadable.contains(host)) return standin::failed_line(Error{Errc::io, "mysql-bin.000001: Input/output error"});
  if (files.empty()) return standin::failed_line(Error{Errc::not_found, "there is no event in these logs"});
  keep_back(files, kept_back);
  if (relay) {
    int source_host = world_.host_of(owner->channel->settings.host);
    if (source_host >= 0 && world_.server_on(source_host)) origin = world_.server_on(source_host);
  }
  binlog::SourceFacts facts = facts_of(files, *origin);
  standin::Profile profile;
  profile.server_uuid = origin->uuid();
  if (!serving) return standin::ready_line(facts, profile, nullptr);

  standin::Endpoint at{text_of(object, "address"), object.at("port").to_number<uint16_t>()};
  stand_ins_.push_back(std::make_unique<StandIn>(
      world_, host,
      fmt::format("stand-in on {} ({})", world_.hosts[host].name, relay ? "relay logs" : "binary logs"),
      std::move(files)));
  StandIn& stand_in = *stand_ins_.back();
  if (at.port == 0) at.port = static_cast<uint16_t>(40000 + stand_ins_.size());
  for (const auto& replica : object.at("replicas").as_array()) {
    stand_in.addresses.push_back(text_of(replica.as_object(), "address"));
  }
  for (const auto& user : object.at("credentials").as_array()) {
    standin::Credential one{text_of(user.as_object(), "user"), {}};
    if (user.as_object().contains("password")) one.password = Secret(text_of(user.as_object(), "password"));
    stand_in.users.push_back(std::move(one));
  }
  if (!stand_in.listen(at.port)) return standin::failed_line(Error{Errc::conflict, "Address already in use"});
  *serving = &stand_in;
  return standin::ready_line(facts, profile, &at);
}

std::pair<std::string, StandIn*> Nodes::start_stand_in(int host, const std::string& job) {
  last_job = job;
  StandIn* serving = nullptr;
  std::string line = tail(host, job, &serving);
  return {line, serving};
}

sys::ProcessResult Nodes::run(int host, const std::vector<std::string>& argv, const std::string& input) {
  sys::ProcessResult result;
  const std::string verb = argv.size() > 1 ? argv[1] : "";
  if (verb == "tail") {
    result.output = tail(host, input, nullptr);
  } else if (verb == "fence") {
    Server* server = world_.server_on(host);
    if (server->running()) server->kill(false);
    server->restarts_itself = false;
    fenced = true;
    result.output = "{\"killed\":[],\"port_free\":true}\n";
  } else if (verb == "save_binary_logs") {
    result.status.code = 10;
  } else {
    world_.violation("SSH", "unknown command: " + join(argv, " "));
    result.status.code = 127;
  }
  return result;
}

}  // namespace tanist::sim

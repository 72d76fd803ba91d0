#include "execute/stand_in.h"

#include <algorithm>
#include <boost/json.hpp>

#include <fmt/format.h>

#include "execute/progress.h"
#include "execute/from_config.h"

namespace tanist::execute {

namespace json = boost::json;

namespace {

constexpr size_t kMostCertificates = 8;

std::string text_of(const json::object& object, const char* field) {
  const json::value* value = object.if_contains(field);
  return value && value->is_string() ? std::string(std::string_view(value->get_string())) : "";
}

gtid::LogCoordinates coordinates_of(const json::value* value) {
  if (!value || !value->is_object()) return {};
  const json::value* pos = value->get_object().if_contains("pos");
  return {text_of(value->get_object(), "file"), pos && pos->is_number() ? pos->to_number<uint64_t>() : 0};
}

// The node is put on the host if it is not there; then every call names it by its path.
sys::Task<Result<std::string>> node_on(World& world, const config::ServerConfig& host, TimePoint deadline) {
  auto node = co_await world.shell.node(remote_host(host), host.remote_workdir, deadline);
  if (!node) co_return fail(node.error().during("find tanist-node on " + host.ssh_host));
  co_return std::move(*node);
}

}  // namespace

std::vector<topology::TlsFiles> certificates_to_try(const topology::TlsFiles& own, const topology::Snapshot& snapshot,
                                                    std::string folder) {
  std::vector<topology::TlsFiles> all;
  auto add = [&all](const topology::TlsFiles& files) {
    bool whole = !files.certificate.empty() && !files.key.empty();
    if (whole && std::find(all.begin(), all.end(), files) == all.end()) all.push_back(files);
  };
  add(own);
  for (const auto& member : snapshot.members) {
    if (member.state() && all.size() < kMostCertificates) add(member.state()->tls);
  }
  if (!folder.empty() && !folder.ends_with('/')) folder += '/';
  if (!folder.empty()) add({folder + "server-cert.pem", folder + "server-key.pem"});
  return all;
}

std::string job_json(const StandInJob& job) {
  json::object out;
  out["kind"] = job.log.relay ? "relay" : "binlog";
  out["directories"] = json::value_from(job.log.directories);
  if (!job.log.basename.empty()) out["prefix"] = job.log.basename;
  if (!job.log.start_file.empty()) out["start_file"] = job.log.start_file;
  if (!job.log.received.empty()) out["received"] = job.log.received;
  if (!job.log.received_at.empty()) {
    out["received_at"] = json::object{{"file", job.log.received_at.file}, {"pos", job.log.received_at.pos}};
  }
  if (!job.log.datadir.empty()) out["datadir"] = job.log.datadir;
  if (!job.address.empty()) {
    out["address"] = job.address;
    out["port"] = job.port;
    json::array replicas;
    for (const AllowedReplica& replica : job.replicas) {
      json::object one{{"address", replica.address}};
      if (!replica.gtid_mode.empty()) one["gtid_mode"] = replica.gtid_mode;
      replicas.push_back(std::move(one));
    }
    out["replicas"] = std::move(replicas);
    json::array credentials;
    for (const StandInUser& user : job.users) {
      json::object one{{"user", user.name}};
      if (user.password) one["password"] = user.password->reveal();
      credentials.push_back(std::move(one));
    }
    out["credentials"] = std::move(credentials);
    if (job.tls) {
      json::array to_try;
      for (const topology::TlsFiles& files : job.certificates) {
        to_try.push_back({{"cert", files.certificate}, {"key", files.key}});
      }
      out["tls"] = json::object{{"try", std::move(to_try)}};
    }
    out["deadline_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(job.lifetime).count();
  }
  return json::serialize(out);
}

Result<LogReach> read_reach(const std::string& line) {
  json::error_code broken;
  json::value value = json::parse(line, broken);
  if (broken || !value.is_object()) return fail(Errc::io, "tanist-node said something else than JSON: " + line);
  const json::object& object = value.get_object();
  const json::value* ready = object.if_contains("ready");
  if (ready && ready->is_bool() && !ready->get_bool()) {
    const bool unsupported = text_of(object, "code") == to_string(Errc::unsupported);
    return fail(unsupported ? Errc::unsupported : Errc::refused, text_of(object, "error"));
  }
  LogReach reach;
  reach.address = text_of(object, "address");
  const json::value* port = object.if_contains("port");
  if (port && port->is_number()) reach.port = port->to_number<uint16_t>();
  reach.first = coordinates_of(object.if_contains("first"));
  reach.end = coordinates_of(object.if_contains("served_end"));
  if (const json::value* ends = object.if_contains("ends"); ends && ends->is_array()) {
    for (const json::value& end : ends->get_array()) reach.ends.push_back(coordinates_of(&end));
  }
  reach.end_gtids = text_of(object, "gtid_end");
  const json::value* server_id = object.if_contains("server_id");
  if (server_id && server_id->is_number()) reach.server_id = server_id->to_number<uint32_t>();
  reach.damage = text_of(object, "damage");
  if (reach.end.empty()) return fail(Errc::io, "tanist-node named no end of the log: " + line);
  return reach;
}

std::string refusal_in(const std::string& line) {
  json::error_code broken;
  json::value value = json::parse(line, broken);
  if (broken || !value.is_object()) return "";
  const json::object& event = value.get_object();
  const std::string kind = text_of(event, "event");
  return kind == "denied" || kind == "refused" ? text_of(event, "reason") : "";
}

sys::Task<Result<LogReach>> look_at_tail(World& world, const config::ServerConfig& host, LogPlace log,
                                         TimePoint deadline) {
  auto node = co_await node_on(world, host, deadline);
  if (!node) co_return fail(node.error());
  StandInJob job;
  job.log = std::move(log);
  remote::Command command;
  command.argv = {*node, "tail"};
  command.stdin_text = job_json(job) + "\n";
  command.deadline = deadline;
  auto result = co_await world.shell.run(remote_host(host), std::move(command));
  if (!result) co_return fail(result.error());
  if (result->output.empty()) {
    co_return fail(Errc::io, fmt::format("tanist-node tail on {} ended with {}: {}", host.ssh_host,
                                         result->status.code, result->errors));
  }
  std::string line = result->output.substr(0, result->output.find('\n'));
  co_return read_reach(line);
}

sys::Task<Result<std::unique_ptr<StandIn>>> StandIn::start(World& world, const config::ServerConfig& host,
                                                           StandInJob job, TimePoint deadline) {
  auto node = co_await node_on(world, host, deadline);
  if (!node) co_return fail(node.error());
  remote::Command command;
  command.argv = {*node, "standin"};
  command.deadline = world.clock.now() + job.lifetime;
  auto child = co_await world.shell.start(remote_host(host), std::move(command));
  if (!child) co_return fail(child.error());
  std::string line = job_json(job) + "\n";
  auto written = co_await (*child)->write(std::move(line), deadline);
  if (!written) co_return fail(written.error());
  auto answer = co_await (*child)->read_line(deadline);
  if (!answer) {
    co_return fail(answer.error().during(fmt::format("wait for the stand-in on {} ({})", host.ssh_host,
                                                     (*child)->errors())));
  }
  auto reach = read_reach(*answer);
  if (!reach) co_return fail(reach.error().during("start the stand-in on " + host.ssh_host));
  mysql::Credentials account;
  if (!job.users.empty()) account = {job.users.front().name, job.users.front().password.value_or(Secret())};
  std::unique_ptr<StandIn> stand_in(new StandIn(std::move(*child), std::move(*reach), std::move(account)));
  stand_in->listening_.start(listen(world.log, stand_in->child_, stand_in->refusals_, world.clock.now() + job.lifetime));
  co_return stand_in;
}

StandIn::~StandIn() {
  if (child_) child_->close_stdin();
}

// A replica that is not let in tries again and again: the reason is said once.
sys::Task<void> StandIn::listen(sys::Log& log, std::shared_ptr<sys::Child> child, Refusals refusals,
                                TimePoint deadline) {
  for (;;) {
    auto line = co_await child->read_line(deadline);
    if (!line) co_return;
    std::string reason = refusal_in(*line);
    if (reason.empty() || std::find(refusals->begin(), refusals->end(), reason) != refusals->end()) continue;
    log.warning("The stand-in refused a connection: " + reason);
    refusals->push_back(std::move(reason));
  }
}

// May be called again.
sys::Task<void> StandIn::stop(TimePoint deadline) {
  if (!child_) co_return;
  child_->close_stdin();
  auto ended = co_await child_->wait(deadline);
  static_cast<void>(ended);  // at the deadline it was killed: gone either way
  co_await listening_.wait();
  child_.reset();
}

}  // namespace tanist::execute

#include "standin/job.h"

#include <arpa/inet.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"

namespace tanist::standin {
namespace {

namespace json = boost::json;

// Reads fields of one object by name; the first thing wrong is kept, with the field's name.
class Fields {
 public:
  Fields(const json::object& object, std::string where) : object_(object), where_(std::move(where)) {}

  std::string text(std::string_view name) {
    const json::value* value = find(name);
    if (!value) return {};
    if (value->is_string()) return std::string(std::string_view(value->get_string()));
    wrong(name, "must be a string");
    return {};
  }
  uint64_t number(std::string_view name, uint64_t fallback, uint64_t most) {
    const json::value* value = find(name);
    if (!value) return fallback;
    if (value->is_int64() && value->get_int64() >= 0 && static_cast<uint64_t>(value->get_int64()) <= most) {
      return static_cast<uint64_t>(value->get_int64());
    }
    wrong(name, "must be a whole number from 0 to " + std::to_string(most));
    return fallback;
  }
  // A comma list in one string, as in MHA's master_binlog_dir, or an array of strings.
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> all;
    const json::value* value = find(name);
    if (value && value->is_array()) {
      for (const json::value& one : value->get_array()) {
        if (one.is_string())
          all.emplace_back(std::string_view(one.get_string()));
        else
          wrong(name, "must hold strings");
      }
    } else if (value) {
      for (const std::string& one : split(text(name), ',')) {
        if (!trim(one).empty()) all.emplace_back(trim(one));
      }
    }
    return all;
  }
  std::vector<const json::object*> objects(std::string_view name) {
    std::vector<const json::object*> all;
    const json::value* value = find(name);
    if (value && !value->is_array()) wrong(name, "must be an array of objects");
    if (value && value->is_array()) {
      for (const json::value& one : value->get_array()) {
        if (one.is_object())
          all.push_back(&one.get_object());
        else
          wrong(name, "must be an array of objects");
      }
    }
    return all;
  }
  const json::object* object(std::string_view name) {
    const json::value* value = find(name);
    if (value && !value->is_object()) wrong(name, "must be an object");
    return value && value->is_object() ? &value->get_object() : nullptr;
  }
  bool has(std::string_view name) const { return object_.contains(name); }

  void wrong(std::string_view name, std::string_view what) {
    if (error_.empty()) error_ = where_ + "field '" + std::string(name) + "' " + std::string(what);
  }
  void require(std::string_view name) {
    if (!has(name)) wrong(name, "is missing");
  }
  // Fields that nobody asked for are typing mistakes of whoever wrote the job.
  Status done() {
    for (const auto& field : object_) {
      if (std::find(asked_.begin(), asked_.end(), field.key()) == asked_.end())
        wrong(field.key(), "is not known");
    }
    if (!error_.empty()) return fail(Errc::invalid, "job: " + error_);
    return {};
  }

 private:
  const json::value* find(std::string_view name) {
    asked_.emplace_back(name);
    const json::value* value = object_.if_contains(name);
    return value && value->is_null() ? nullptr : value;
  }

  const json::object& object_;
  std::string where_;
  std::string error_;
  std::vector<std::string> asked_;
};

bool is_numeric_address(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

Result<AllowedReplica> read_replica(const json::object& object) {
  Fields fields(object, "in 'replicas': ");
  AllowedReplica replica;
  replica.address = fields.text("address");
  if (!is_numeric_address(replica.address)) fields.wrong("address", "must be a numeric IP address");
  if (fields.has("gtid_mode")) replica.gtid_mode = fields.text("gtid_mode");
  if (Status done = fields.done(); !done) return fail(done.error());
  return replica;
}

Result<Credential> read_credential(const json::object& object) {
  Fields fields(object, "in 'credentials': ");
  Credential credential;
  fields.require("user");
  credential.user = fields.text("user");
  const bool known = fields.has("password") && !object.at("password").is_null();
  const std::string password = fields.text("password");
  if (known) credential.password = Secret(password);
  if (Status done = fields.done(); !done) return fail(done.error());
  return credential;
}

Result<TlsFiles> read_pair(const json::object& object) {
  Fields fields(object, "in 'try': ");
  TlsFiles files{fields.text("cert"), fields.text("key")};
  if (files.certificate.empty() || files.key.empty()) fields.wrong("cert", "and 'key' belong together");
  if (Status done = fields.done(); !done) return fail(done.error());
  return files;
}

template <class T>
Status read_all(std::vector<T>& into, const std::vector<const json::object*>& objects,
                Result<T> (*read)(const json::object&)) {
  for (const json::object* object : objects) {
    Result<T> one = read(*object);
    if (!one) return fail(one.error());
    into.push_back(std::move(*one));
  }
  return {};
}

Status read_tls(Job& job, const json::object& object) {
  Fields fields(object, "in 'tls': ");
  TlsFiles files{fields.text("cert"), fields.text("key")};
  if (files.certificate.empty() != files.key.empty()) fields.wrong("cert", "and 'key' belong together");
  const auto to_try = fields.objects("try");
  if (Status done = fields.done(); !done) return done;
  job.tls = std::move(files);
  return read_all(job.tls_to_try, to_try, read_pair);
}

}  // namespace

Result<Job> Job::parse(std::string_view text, bool listens) {
  json::error_code broken;
  const json::value value = json::parse(text, broken);
  if (broken || !value.is_object()) return fail(Errc::invalid, "job: not a JSON object");
  Fields fields(value.get_object(), "");
  Job job;
  const std::string kind = fields.text("kind");
  if (kind != "binlog" && kind != "relay") fields.wrong("kind", "must be \"binlog\" or \"relay\"");
  job.kind = kind == "relay" ? Kind::relay : Kind::binlog;
  job.directories = fields.texts("directories");
  if (job.directories.empty()) fields.wrong("directories", "must name at least one directory");
  if (job.kind == Kind::relay && job.directories.size() > 1)
    fields.wrong("directories", "must be one for relay logs");
  job.prefix = fields.text("prefix");
  job.start_file = fields.text("start_file");
  job.received = fields.text("received");
  job.address = fields.text("address");
  job.port = static_cast<uint16_t>(fields.number("port", 0, 65535));
  job.server_uuid = lower(fields.text("server_uuid"));
  job.datadir = fields.text("datadir");
  job.deadline = std::chrono::seconds(fields.number("deadline_seconds", 3600, 7 * 24 * 3600));
  const auto replicas = fields.objects("replicas"), credentials = fields.objects("credentials");
  const json::object *tls = fields.object("tls"), *received_at = fields.object("received_at");
  if (listens) {
    if (!is_numeric_address(job.address)) fields.wrong("address", "must be a numeric IP address");
    if (replicas.empty()) fields.wrong("replicas", "must name at least one replica");
    if (credentials.empty()) fields.wrong("credentials", "must name at least one user");
  }
  if (Status done = fields.done(); !done) return fail(done.error());
  if (Status done = read_all(job.replicas, replicas, read_replica); !done) return fail(done.error());
  if (Status done = read_all(job.credentials, credentials, read_credential); !done) return fail(done.error());
  if (received_at) {
    Fields place(*received_at, "in 'received_at': ");
    job.received_at = {place.text("file"), place.number("pos", 0, INT64_MAX)};
    if (Status done = place.done(); !done) return fail(done.error());
  }
  if (tls) {
    if (Status done = read_tls(job, *tls); !done) return fail(done.error());
  }
  return job;
}

}  // namespace tanist::standin

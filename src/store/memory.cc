#include "store/memory.h"

#include "base/text.h"
#include "store/schema.h"

namespace tanist::store {

namespace {

constexpr int64_t kFindingsKept = 10'000;  // of each cluster

std::string text(const Value& value) { return std::get<std::string>(value); }
Address address(const Value& host, const Value& port) {
  return {text(host), static_cast<uint16_t>(std::get<int64_t>(port))};
}

class SqliteMemory : public Memory {
 public:
  explicit SqliteMemory(Database database) : database_(std::move(database)) {}

  Result<ClusterMemory> recall(const std::string& cluster) override {
    ClusterMemory memory;
    auto primary = database_.rows("SELECT host, port FROM cluster WHERE name = ?", {cluster});
    if (!primary) return fail(primary.error().during("recall " + cluster));
    if (!primary->empty()) memory.primary = address(primary->front()[0], primary->front()[1]);
    auto deposed = database_.rows(
        "SELECT host, port, since, successor_host, successor_port, by_gtid, end, gtids, joins_at FROM deposed"
        " WHERE cluster = ? ORDER BY since, host, port",
        {cluster});
    if (!deposed) return fail(deposed.error().during("recall " + cluster));
    for (const Row& row : *deposed) {
      memory.deposed.push_back({.server = address(row[0], row[1]),
                                .since = time_of(row[2]),
                                .successor = address(row[3], row[4]),
                                .by_gtid = std::get<int64_t>(row[5]) != 0,
                                .end = text(row[6]),
                                .gtids = text(row[7]),
                                .joins_at = text(row[8])});
    }
    auto adopted = database_.rows(
        "SELECT host, port, ip, server_id, since, seen FROM adopted WHERE cluster = ? ORDER BY since, host, port", {cluster});
    if (!adopted) return fail(adopted.error().during("recall " + cluster));
    for (const Row& row : *adopted) {
      memory.adopted.push_back({address(row[0], row[1]), text(row[2]), static_cast<uint32_t>(std::get<int64_t>(row[3])),
                                time_of(row[4]), time_of(row[5])});
    }
    return memory;
  }

  Status set_primary(const std::string& cluster, const Address& primary, WallTime now) override {
    Status done = forget(cluster, primary, OnDisk::with_the_next);
    if (!done) return done;
    return run("INSERT INTO cluster VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET host = excluded.host,"
               " port = excluded.port, since = excluded.since",
               {cluster, primary.host, int64_t{primary.port}, microseconds(now)}, "remember the primary");
  }

  Status depose(const std::string& cluster, const Deposed& server) override {
    return run("INSERT OR REPLACE INTO deposed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {cluster, server.server.host, int64_t{server.server.port}, microseconds(server.since),
                server.successor.host, int64_t{server.successor.port}, int64_t{server.by_gtid}, server.end, server.gtids,
                server.joins_at},
               "remember the old primary");
  }

  Status forgive(const std::string& cluster, const Address& server) override {
    return forget(cluster, server, OnDisk::now);
  }

  Status adopt(const std::string& cluster, const Adopted& server) override {
    return run("INSERT OR REPLACE INTO adopted VALUES (?, ?, ?, ?, ?, ?, ?)",
               {cluster, server.server.host, int64_t{server.server.port}, server.ip, int64_t{server.server_id},
                microseconds(server.since), microseconds(server.seen)},
               "remember an adopted replica");
  }

  Status disown(const std::string& cluster, const Address& server) override {
    return run("DELETE FROM adopted WHERE cluster = ? AND host = ? AND port = ?", {cluster, server.host, int64_t{server.port}},
               "forget an adopted replica");
  }

  Result<std::optional<Mark>> mark(const std::string& cluster, const std::string& name) override {
    auto rows = database_.rows("SELECT at, until, why FROM mark WHERE cluster = ? AND name = ?", {cluster, name});
    if (!rows) return fail(rows.error().during("recall " + cluster));
    if (rows->empty()) return std::nullopt;
    const Row& row = rows->front();
    Mark found{time_of(row[0]), std::nullopt, text(row[2])};
    if (std::holds_alternative<int64_t>(row[1])) found.until = time_of(row[1]);
    return found;
  }

  Status set_mark(const std::string& cluster, const std::string& name, const Mark& mark) override {
    const Value until = mark.until ? Value(microseconds(*mark.until)) : Value();
    return run("INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?, ?)",
               {cluster, name, microseconds(mark.at), until, mark.why}, "remember what was said");
  }

  Status clear_mark(const std::string& cluster, const std::string& name) override {
    return run("DELETE FROM mark WHERE cluster = ? AND name = ?", {cluster, name}, "forget what was said");
  }

  Status note(const FindingRecord& finding) override {
    // Looked at now and then; findings come in twos and threes.
    constexpr int64_t kEvery = 256;
    if (database_.last_insert_id() % kEvery == 0) {
      Status pruned = run("DELETE FROM finding WHERE cluster = ?1 AND id <= (SELECT id FROM finding WHERE cluster = ?1"
                          " ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                          {finding.cluster, kFindingsKept}, "forget old findings", OnDisk::with_the_next);
      if (!pruned) return pruned;
    }
    return run("INSERT INTO finding (cluster, at, rule, kind, sentence, evidence) VALUES (?, ?, ?, ?, ?, ?)",
               {finding.cluster, microseconds(finding.at), finding.rule, finding.kind, finding.sentence,
                join(finding.evidence, "\n")},
               "note a finding", OnDisk::with_the_next);
  }

  Result<std::vector<FindingRecord>> findings(const std::string& cluster, size_t at_most) override {
    auto rows = database_.rows(
        "SELECT at, rule, kind, sentence, evidence FROM finding WHERE cluster = ? ORDER BY id DESC LIMIT ?",
        {cluster, static_cast<int64_t>(at_most)});
    if (!rows) return fail(rows.error().during("read the findings"));
    std::vector<FindingRecord> found;
    for (const Row& row : *rows) {
      found.push_back({cluster, time_of(row[0]), text(row[1]), text(row[2]), text(row[3]), {}});
      if (!text(row[4]).empty()) found.back().evidence = split(text(row[4]), '\n');
    }
    return found;
  }

 private:
  Status forget(const std::string& cluster, const Address& server, OnDisk when) {
    return run("DELETE FROM deposed WHERE cluster = ? AND host = ? AND port = ?",
               {cluster, server.host, int64_t{server.port}}, "forget an old primary", when);
  }

  Status run(const char* sql, const Row& values, const char* doing, OnDisk when = OnDisk::now) {
    auto done = database_.run(sql, values, when);
    if (!done) return fail(done.error().during(doing));
    return {};
  }

  Database database_;
};

}  // namespace

std::string paused_server(const Address& server) { return std::string(kPaused) + " " + server.host + ":" + std::to_string(server.port); }

Result<std::unique_ptr<Memory>> open_memory(const std::string& path) {
  auto database = open_with_schema(path);
  if (!database) return fail(database.error().during("open the memory of the clusters"));
  return std::unique_ptr<Memory>(new SqliteMemory(std::move(*database)));
}

}  // namespace tanist::store

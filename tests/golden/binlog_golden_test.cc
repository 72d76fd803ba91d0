// Logs of real servers (binlog/regenerate makes them): what is read from them is what their servers say of
// them, and what is served from a replica's relay logs is byte for byte what the primary wrote.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/text.h"
#include "binlog/binlog_source.h"
#include "binlog/log_file.h"
#include "binlog/relay_source.h"
#include "sys/posix_files.h"

namespace tanist::binlog {
namespace {

namespace fs = std::filesystem;
using gtid::LogCoordinates;

const fs::path kGolden = fs::path(GOLDEN_DIR) / "binlog";

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "end bin.000002:2697" and so on.
std::map<std::string, std::string> read_facts(const std::string& set) {
  std::map<std::string, std::string> facts;
  for (const std::string& line : split(read_all(kGolden / set / "facts"), '\n')) {
    size_t space = line.find(' ');
    if (space != std::string::npos) facts[line.substr(0, space)] = line.substr(space + 1);
  }
  return facts;
}

// What SHOW BINLOG EVENTS said: by file, event start and end.
std::map<std::string, std::vector<std::pair<uint64_t, uint64_t>>> read_listing(const fs::path& path) {
  std::map<std::string, std::vector<std::pair<uint64_t, uint64_t>>> listing;
  std::istringstream in(read_all(path));
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(line.find(' ')));
    uint64_t start = 0;
    words >> start;
    auto& events = listing[line.substr(0, line.find(' '))];
    // The servers list the events inside a compressed transaction too, at the position behind it.
    if (!events.empty() && events.back().first == start) events.pop_back();
    events.emplace_back(start, *parse_uint(line.substr(line.rfind(' ') + 1)));
  }
  return listing;
}

struct Item {
  Served served;
  std::string file;
  std::string bytes;
};

// Everything from a position to the served end; damage becomes a test failure.
std::vector<Item> drain(const LogSource& source, const LogCoordinates& from) {
  std::vector<Item> items;
  auto cursor = source.open(from);
  if (!cursor) {
    ADD_FAILURE() << "open " << from.text() << ": " << cursor.error().what;
    return items;
  }
  std::string file;
  for (;;) {
    auto next = (*cursor)->next();
    if (!next) ADD_FAILURE() << next.error().what;
    if (!next || !*next) break;
    if ((*next)->kind == Served::file) file = (*next)->at.file;
    items.push_back({**next, file, std::string(as_text((*next)->bytes))});
  }
  EXPECT_EQ((*cursor)->position(), source.facts().served_end);
  return items;
}

SeriesRequest series(const fs::path& directory, const std::string& prefix) {
  return {{directory}, prefix, ""};
}

class Golden : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { fs::create_directories(scratch_); }
  void TearDown() override { fs::remove_all(scratch_); }

  std::unique_ptr<LogSource> primary(const fs::path& directory) {
    auto source = open_binlog_source(files_, series(directory, "bin"));
    if (!source) ADD_FAILURE() << source.error().what;
    return source ? std::move(*source) : nullptr;
  }
  std::unique_ptr<LogSource> relay(const fs::path& directory, const ReceivedGtids& received = {}) {
    auto source = open_relay_source(files_, series(directory, "relay"), received);
    if (!source) ADD_FAILURE() << source.error().what;
    return source ? std::move(*source) : nullptr;
  }
  fs::path copy_of(const std::string& folder) {
    fs::path target = scratch_ / folder;
    fs::remove_all(target);
    fs::copy(kGolden / GetParam() / folder, target);
    return target;
  }
  static fs::path newest(const fs::path& directory, const std::string& prefix) {
    fs::path last;
    for (const auto& entry : fs::directory_iterator(directory)) {
      std::string name = entry.path().filename();
      if (name.starts_with(prefix) && !name.ends_with(".index") && entry.path() > last) last = entry.path();
    }
    return last;
  }

  sys::PosixFiles files_;
  fs::path scratch_ = fs::temp_directory_path() / ("binlog_golden." + std::to_string(::getpid()));
};

TEST_P(Golden, events_are_where_the_server_lists_them) {
  for (auto [folder, listed] : {std::pair("primary", "primary.events"), {"relay", "relay.events"}}) {
    for (const auto& [name, events] : read_listing(kGolden / GetParam() / listed)) {
      LogFile file = LogFile::open(kGolden / GetParam() / folder / name).value();
      EventReader reader = file.events(Verify::checksums);
      for (auto [start, end] : events) {
        ASSERT_TRUE(reader.next()) << name << " " << start
                                   << (reader.damage() ? reader.damage()->text() : "");
        EXPECT_EQ(reader.event().offset, start) << name;
        EXPECT_EQ(reader.event().header.log_pos, end) << name << " " << start;
      }
      EXPECT_FALSE(reader.next()) << name;
      EXPECT_FALSE(reader.damage()) << reader.damage()->text();
    }
  }
}

TEST_P(Golden, the_source_knows_what_its_primary_knew) {
  auto facts = read_facts(GetParam());
  auto source = primary(kGolden / GetParam() / "primary");
  ASSERT_TRUE(source);
  const SourceFacts& found = source->facts();
  EXPECT_EQ(found.served_end.text(), facts["end"]);
  EXPECT_EQ(found.version.text, facts["version"]);
  EXPECT_EQ(found.server_id, 1u);
  EXPECT_FALSE(found.tail) << found.tail->text();
  EXPECT_EQ(found.executed, gtid::GtidSet::parse(facts["executed"]).value());
  EXPECT_EQ(found.binlog_state, gtid::MariadbGtidPos::parse(facts["state"]).value());
}

TEST_P(Golden, every_event_boundary_can_be_the_start) {
  auto source = primary(kGolden / GetParam() / "primary");
  ASSERT_TRUE(source);
  std::vector<Item> all = drain(*source, {"", 4});
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].served.kind == Served::file) continue;
    std::vector<Item> rest = drain(*source, {all[i].file, all[i].served.start});
    ASSERT_EQ(rest.size(), all.size() - i + 1);
    EXPECT_EQ(rest[0].served.at, (LogCoordinates{all[i].file, all[i].served.start}));
    for (size_t k = 1; k < rest.size(); ++k) {
      ASSERT_EQ(rest[k].bytes, all[i + k - 1].bytes);
      ASSERT_EQ(rest[k].served.place, all[i + k - 1].served.place);
    }
    auto inside = source->open({all[i].file, all[i].served.start + 1});
    ASSERT_FALSE(inside);
    EXPECT_EQ(inside.error().code, Errc::invalid);
  }
}

TEST_P(Golden, relay_logs_serve_what_the_primary_wrote) {
  auto facts = read_facts(GetParam());
  auto source = relay(kGolden / GetParam() / "relay");
  ASSERT_TRUE(source);
  EXPECT_EQ(source->facts().served_end.text(), facts["end"]);
  EXPECT_EQ(source->facts().version.text, facts["version"]);
  EXPECT_EQ(source->facts().server_id, 1u);
  EXPECT_FALSE(source->facts().tail) << source->facts().tail->text();

  // Event by event beside the primary's own; only what receivers do not store may be absent.
  auto original = primary(kGolden / GetParam() / "primary");
  ASSERT_TRUE(original);
  std::vector<Item> served = drain(*source, {"", 4});
  EXPECT_EQ(source->facts().files.front().name, "bin.000001");
  EXPECT_EQ(source->facts().files.size(), original->facts().files.size());
  std::vector<Item> written = drain(*original, served[0].served.at);
  size_t at = 0;
  for (const Item& item : served) {
    if (item.served.kind == Served::file) continue;
    bool annotated = false;
    for (; at < written.size(); ++at) {
      EventType type = written[at].served.type;
      annotated = annotated || type == EventType::mariadb_annotate_rows;
      if (written[at].served.kind == Served::event && type != EventType::previous_gtids &&
          type != EventType::mariadb_annotate_rows)
        break;
    }
    ASSERT_LT(at, written.size());
    const Item& own = written[at++];
    std::string where = item.file + " " + std::to_string(item.served.start);
    ASSERT_EQ(item.file, own.file);
    ASSERT_EQ(item.served.end, own.served.end) << where;
    ASSERT_TRUE(annotated || item.served.start == own.served.start) << where;
    ASSERT_EQ(item.served.place, own.served.place) << where;
    ASSERT_EQ(item.served.gtid, own.served.gtid) << where;
    // MariaDB's receiver unpacks compressed events.
    bool compressed = own.served.type >= EventType::mariadb_query_compressed;
    ASSERT_TRUE(compressed || item.bytes == own.bytes) << where;
  }
  EXPECT_EQ(at, written.size());
}

TEST_P(Golden, every_event_boundary_of_the_relay_logs_can_be_the_start) {
  auto source = relay(kGolden / GetParam() / "relay");
  ASSERT_TRUE(source);
  std::vector<Item> all = drain(*source, {"", 4});
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].served.kind == Served::file) continue;
    std::vector<Item> rest = drain(*source, {all[i].file, all[i].served.start});
    ASSERT_EQ(rest.size(), all.size() - i + 1) << all[i].file << " " << all[i].served.start;
    for (size_t k = 1; k < rest.size(); ++k) ASSERT_EQ(rest[k].bytes, all[i + k - 1].bytes);
    EXPECT_FALSE(source->open({all[i].file, all[i].served.start + 1}));
  }
}

// The ends of complete groups, as places where a cut file may end.
std::vector<LogCoordinates> safe_ends(const LogSource& source) {
  std::vector<LogCoordinates> ends;
  for (const Item& item : drain(source, {"", 4})) {
    bool open = item.served.place == Place::opens || item.served.place == Place::inside;
    if (!open) ends.push_back({item.file, item.served.end});
  }
  return ends;
}

TEST_P(Golden, a_log_cut_at_any_byte_ends_at_its_last_complete_group) {
  std::vector<LogCoordinates> ends = safe_ends(*primary(kGolden / GetParam() / "primary"));
  fs::path directory = copy_of("primary");
  fs::path last = newest(directory, "bin");
  std::string name = last.filename();
  for (uint64_t size = fs::file_size(last); size-- > 0;) {
    fs::resize_file(last, size);
    auto source = primary(directory);
    ASSERT_TRUE(source);
    LogCoordinates want{name, 4};
    for (const LogCoordinates& end : ends)
      if (end.file == name && end.pos <= size) want = end;
    ASSERT_EQ(source->facts().served_end, want) << size;
    bool cut_off = size > want.pos || (want.pos == 4 && size > 0);
    ASSERT_EQ(source->facts().tail_bytes, cut_off ? size - (want.pos == 4 ? 0 : want.pos) : 0) << size;
    if (size % 97 == 0) drain(*source, {"", 4});
  }
}

TEST_P(Golden, relay_logs_cut_at_any_byte_end_at_a_group) {
  auto whole = relay(kGolden / GetParam() / "relay");
  std::vector<Item> all = drain(*whole, {"", 4});
  std::vector<LogCoordinates> ends = safe_ends(*whole);
  fs::path directory = copy_of("relay");
  fs::path last = newest(directory, "relay");
  for (uint64_t size = fs::file_size(last); size-- > 0;) {
    fs::resize_file(last, size);
    auto source = relay(directory);
    ASSERT_TRUE(source);
    const LogCoordinates& end = source->facts().served_end;
    auto first = std::find_if(all.begin(), all.end(), [&](const Item& item) {
      return item.served.kind == Served::event && item.file == end.file;
    });
    bool at_head = first != all.end() && end.pos <= first->served.start;  // announced, and nothing of it came
    ASSERT_TRUE(at_head || std::find(ends.begin(), ends.end(), end) != ends.end())
        << size << " " << end.text();
    std::vector<Item> served = drain(*source, {"", 4});
    ASSERT_LE(served.size(), all.size());
    for (size_t i = 0; i + 1 < served.size(); ++i) ASSERT_EQ(served[i].bytes, all[i].bytes) << size;
  }
}

TEST_P(Golden, a_changed_byte_is_never_served) {
  fs::path original = kGolden / GetParam() / "primary";
  auto whole = primary(original);
  if (whole->facts().files.back().checksum == Checksum::none) return;  // nothing could notice it
  std::vector<Item> all = drain(*whole, {"", 4});
  fs::path directory = copy_of("primary");
  fs::path last = newest(directory, "bin");
  std::string content = read_all(last);
  for (size_t i = 0; i < content.size(); i += 3) {
    std::string changed = content;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    std::ofstream(last, std::ios::binary) << changed;
    auto source = open_binlog_source(files_, series(directory, "bin"));
    if (!source) continue;
    ASSERT_TRUE((*source)->facts().tail) << i;
    std::vector<Item> served = drain(**source, {"", 4});
    ASSERT_LT(served.size(), all.size()) << i;
    for (size_t k = 0; k < served.size(); ++k) {
      bool format = served[k].served.kind == Served::file;
      ASSERT_TRUE(format || served[k].bytes == all[k].bytes) << i;
    }
  }
}

TEST_P(Golden, a_gtid_start_gives_exactly_what_the_replica_lacks) {
  for (bool from_relay : {false, true}) {
    auto source =
        from_relay ? relay(kGolden / GetParam() / "relay") : primary(kGolden / GetParam() / "primary");
    ASSERT_TRUE(source);
    std::vector<Item> all = drain(*source, {"", 4});
    // A replica that has the first n groups must be given a start at or before group n + 1.
    gtid::GtidSet have;
    gtid::MariadbGtidPos have_pos;
    for (const Item& item : all) {
      const auto* mysql = std::get_if<gtid::Gtid>(&item.served.gtid);
      const auto* mariadb = std::get_if<gtid::MariadbGtid>(&item.served.gtid);
      if (!mysql && !mariadb) continue;
      LogCoordinates here{item.file, item.served.start};
      // Relay logs of a replica that started by position do not say what was before them.
      bool before_known = !from_relay || source->facts().first_state || mysql;
      if (mysql || before_known) {
        auto start = mysql ? source->find_start(have) : source->find_start(have_pos);
        ASSERT_TRUE(start) << start.error().what << " for " << have.text() << have_pos.text();
        EXPECT_LE(*start, here);
        ASSERT_TRUE(source->open(*start));
        bool needs_last_only = here.file == source->facts().files.back().name;
        EXPECT_TRUE(!needs_last_only || start->file == here.file)
            << "older files hold nothing that is needed";
      }
      if (mysql) have.add(*mysql);
      if (mariadb) have_pos.set(*mariadb);
    }
  }
}

TEST_P(Golden, the_mariadb_state_is_known_at_every_position) {
  auto source = primary(kGolden / GetParam() / "primary");
  gtid::MariadbGtidPos state;
  for (const Item& item : drain(*source, {"", 4})) {
    if (const auto* mariadb = std::get_if<gtid::MariadbGtid>(&item.served.gtid)) state.set(*mariadb);
    if (item.served.kind == Served::file || !source->facts().version.is_mariadb()) continue;
    EXPECT_EQ(source->gtid_pos_at({item.file, item.served.end}), state);
  }
  EXPECT_EQ(state, source->facts().binlog_state);
}

INSTANTIATE_TEST_SUITE_P(Sets, Golden,
                         ::testing::Values("mariadb-position", "mariadb-gtid", "mariadb-plain",
                                           "mysql56-position", "mysql56-gtid", "mysql97-position",
                                           "mysql97-gtid"),
                         [](const auto& set) {
                           std::string name = set.param;
                           name[name.find('-')] = '_';
                           return name;
                         });

TEST(GoldenEncrypted, an_encrypted_log_is_named_as_such) {
  auto file = LogFile::open(kGolden / "mariadb-encrypted" / "primary" / "bin.000001");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Errc::unsupported);
  EXPECT_NE(file.error().what.find("encrypted"), std::string::npos) << file.error().what;
}

}  // namespace
}  // namespace tanist::binlog

// For tests: a log in memory, written down event by event.
//
//   TestSource log("10.11.19-MariaDB");
//   log.file("bin.000001").group("0-1-1", 100).group("0-1-2", 100).rotate("bin.000002");
#pragma once

#include <map>

#include "binlog/event_build.h"
#include "binlog/log_source.h"

namespace tanist::standin {

class TestSource : public binlog::LogSource {
 public:
  struct Item {
    binlog::Served served;  // bytes point into `bytes`
    std::string bytes;
    std::optional<Error> damage;
  };
  struct File {
    std::string name;
    std::string description;
    binlog::Checksum checksum;
    std::vector<Item> items;
    uint64_t end = 4;
  };

  explicit TestSource(std::string_view version) {
    facts_.version = parse_server_version(version);
    facts_.server_id = 11;
  }

  TestSource& file(std::string name, binlog::Checksum checksum = binlog::Checksum::crc32) {
    ByteWriter body;
    body.u16(4).text(facts_.version.text).zeros(50 - facts_.version.text.size()).u32(77).u8(19).zeros(40);
    body.u8(static_cast<uint8_t>(checksum));
    binlog::EventHeader header{1, binlog::EventType::format_description, 11, 0, 0, 1};
    File file{
        std::move(name), binlog::build_event(header, body.str(), binlog::Checksum::crc32), checksum, {}, 4};
    file.end += file.description.size();
    files_.push_back(std::move(file));
    return refresh();
  }
  TestSource& add(binlog::EventType type, std::string_view body, binlog::Place place = binlog::Place::between,
                  binlog::GroupGtid gtid = {}) {
    File& file = files_.back();
    Item item;
    const uint64_t size =
        binlog::kHeaderSize + body.size() + (file.checksum == binlog::Checksum::crc32 ? 4 : 0);
    item.served.place = place;
    item.served.type = type;
    item.served.start = file.end;
    item.served.end = file.end += size;
    item.served.gtid = std::move(gtid);
    item.bytes =
        binlog::build_event({1, type, 11, 0, static_cast<uint32_t>(file.end), 0}, body, file.checksum);
    file.items.push_back(std::move(item));
    return refresh();
  }
  // GTID event, a statement of `size` bytes, XID. Text of a MySQL GTID, a MariaDB GTID, or empty: anonymous.
  TestSource& group(std::string_view gtid, size_t size = 10) {
    binlog::GroupGtid id;
    binlog::EventType type = binlog::EventType::anonymous_gtid;
    if (facts_.version.is_mariadb()) {
      type = binlog::EventType::mariadb_gtid;
      id = gtid::MariadbGtid::parse(gtid).value();
      facts_.binlog_state.set(std::get<gtid::MariadbGtid>(id));
    } else if (!gtid.empty()) {
      type = binlog::EventType::gtid;
      id = gtid::Gtid::parse(gtid).value();
      facts_.executed.add(std::get<gtid::Gtid>(id));
    }
    add(type, "gtid " + std::string(gtid), binlog::Place::opens, id);
    if (facts_.version.is_mariadb()) {
      add(binlog::EventType::mariadb_annotate_rows, "annotation", binlog::Place::inside);
    }
    add(binlog::EventType::query, std::string(size, 'q'), binlog::Place::inside);
    return add(binlog::EventType::xid, "xid " + std::string(gtid), binlog::Place::closes);
  }
  // The last event takes less room in the log than it has bytes.
  TestSource& unpacked(uint64_t bytes) {
    File& file = files_.back();
    file.end -= bytes;
    file.items.back().served.end -= bytes;
    return refresh();
  }
  TestSource& rotate(std::string next) {
    ByteWriter body;
    body.u64(4).text(next);
    add(binlog::EventType::rotate, body.str());
    return file(std::move(next), files_.back().checksum);
  }
  TestSource& damage(std::string what) {
    Item item;
    item.damage = Error{Errc::corrupt, std::move(what)};
    files_.back().items.push_back(std::move(item));
    return refresh();
  }

  const binlog::SourceFacts& facts() const override { return facts_; }
  binlog::SourceFacts& change_facts() { return facts_; }
  Result<std::unique_ptr<binlog::LogCursor>> open(const gtid::LogCoordinates& from) const override;
  Result<gtid::LogCoordinates> find_start(const gtid::GtidSet&) const override { return start_; }
  Result<gtid::LogCoordinates> find_start(const gtid::MariadbGtidPos&) const override { return start_; }
  std::optional<gtid::MariadbGtidPos> gtid_pos_at(const gtid::LogCoordinates&) const override {
    return state_at_start_;
  }

  Result<gtid::LogCoordinates> start_ = gtid::LogCoordinates{"bin.000001", 4};
  std::optional<gtid::MariadbGtidPos> state_at_start_ = gtid::MariadbGtidPos();

 private:
  TestSource& refresh() {
    facts_.files.clear();
    for (const File& file : files_) facts_.files.push_back({file.name, 4, file.end, file.checksum});
    facts_.served_end = {files_.back().name, files_.back().end};
    return *this;
  }

  binlog::SourceFacts facts_;
  std::vector<File> files_;
};

class TestCursor : public binlog::LogCursor {
 public:
  TestCursor(const std::vector<TestSource::File>& files, size_t file, uint64_t pos)
      : files_(files), file_(file), position_{files[file].name, pos} {
    while (item_ < files_[file_].items.size() && files_[file_].items[item_].served.start < pos) ++item_;
  }

  Result<std::optional<binlog::Served>> next() override {
    const TestSource::File& file = files_[file_];
    if (!announced_) {
      announced_ = true;
      binlog::Served served;
      served.kind = binlog::Served::file;
      served.type = binlog::EventType::format_description;
      const auto start = position_.pos == 4 ? binlog::Start::of_file : binlog::Start::mid_file;
      description_ = binlog::rewrite_format_description(as_bytes(file.description), start).value();
      served.bytes = as_bytes(description_);
      served.at = position_;
      if (position_.pos == 4) position_.pos += description_.size();
      return served;
    }
    if (item_ == file.items.size()) {
      if (file_ + 1 == files_.size()) return std::nullopt;
      ++file_;
      item_ = 0;
      position_ = {files_[file_].name, 4};
      announced_ = false;
      return next();
    }
    const TestSource::Item& item = file.items[item_++];
    if (item.damage) return fail(*item.damage);
    position_.pos = item.served.end;
    binlog::Served served = item.served;
    served.bytes = as_bytes(item.bytes);
    return served;
  }
  const gtid::LogCoordinates& position() const override { return position_; }

 private:
  const std::vector<TestSource::File>& files_;
  size_t file_;
  size_t item_ = 0;
  bool announced_ = false;
  std::string description_;
  gtid::LogCoordinates position_;
};

inline Result<std::unique_ptr<binlog::LogCursor>> TestSource::open(const gtid::LogCoordinates& from) const {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (!from.file.empty() && files_[i].name != from.file) continue;
    const File& file = files_[i];
    if (from.pos > file.end) return fail(Errc::conflict, "beyond the end");
    bool boundary = from.pos == 4 || from.pos == file.end;
    for (const Item& item : file.items) boundary = boundary || item.served.start == from.pos;
    if (!boundary)
      return fail(Errc::invalid, "position " + std::to_string(from.pos) + " is not the boundary of an event");
    return std::make_unique<TestCursor>(files_, i, from.pos);
  }
  return fail(Errc::not_found, "no file " + from.file);
}

}  // namespace tanist::standin

#include "channel.h"

#include <fmt/format.h>

#include <algorithm>

#include "server.h"

namespace tanist::sim {

using namespace std::chrono_literals;

void Channel::start_receiver() {
  if (receiver != Receiver::stopped) return;
  ++io_turn_;
  receiver = Receiver::connecting;
  io_errno = 0;
  io_error.clear();
  try_to_connect();
}

void Channel::stop_receiver() {
  ++io_turn_;
  receiver = Receiver::stopped;
  io_errno = 0;
  io_error.clear();
  source_ = nullptr;
  pump_scheduled_ = false;
}

void Channel::try_to_connect() {
  World& world = server_.world();
  const int target = world.host_of(settings.host);
  auto later = [this, turn = io_turn_](auto act) {
    return [this, turn, act] {
      if (turn == io_turn_ && server_.running()) act();
    };
  };
  if (target < 0 || !world.path(server_.host(), target, settings.port)) {
    world.after(std::min<Duration>(net_timeout, 60s),
                later([this] { lost(2003, "Can't connect: timed out"); }));
    return;
  }
  world.after(world.round_trip(), later([this, target] {
                World& w = server_.world();
                Source* source = w.listener(target, settings.port);
                if (!source) {
                  lost(2003, "Can't connect: Connection refused");
                } else if (source->frozen()) {
                  w.after(net_timeout, [this, turn = io_turn_] {
                    if (turn == io_turn_) lost(2013, "Lost connection: reading initial communication packet");
                  });
                } else {
                  connected(*source);
                }
              }));
}

void Channel::retry_later() {
  server_.world().after(std::chrono::seconds(settings.connect_retry), [this, turn = io_turn_] {
    if (turn == io_turn_ && receiver == Receiver::connecting) try_to_connect();
  });
}

void Channel::lost(int number, const std::string& why) {
  io_errno = number;
  io_error = why;
  receiver = Receiver::connecting;
  source_ = nullptr;
  pump_scheduled_ = false;
  ++io_turn_;
  retry_later();
}

// The connection breaks at once and the receiver tries at once; the first error comes with that attempt.
void Channel::source_gone(const Source& source) {
  if (source_ != &source) return;
  if (!server_.world().path(server_.host(), source.host())) {
    broken_ = true;
    return;
  }
  source_ = nullptr;
  pump_scheduled_ = false;
  ++io_turn_;
  receiver = Receiver::connecting;
  try_to_connect();
}

void Channel::connected(Source& source) {
  std::string refused = source.log_in(settings.user, settings.password, server_.address());
  if (!refused.empty()) return lost(1045, refused);
  source_ = &source;
  broken_ = false;
  begin_dump();
}

namespace {
// Where a dump by GTID begins: the file with the first event that is not skipped.
Cursor first_wanted(const std::vector<File>& files, const std::set<Txn>& have) {
  for (size_t f = 0; f < files.size(); ++f) {
    for (const Event& event : files[f].events) {
      if (!event.txn.none() && !have.contains(event.txn)) return {f, 0};
    }
  }
  return {files.size() - 1, 0};
}
}  // namespace

void Channel::begin_dump() {
  const auto& files = source_->files();
  skip_.clear();
  if (settings.positioning == Positioning::file_position) {
    auto at = received.file.empty() ? std::optional<Cursor>(Cursor{0, 0}) : find(files, received);
    if (!at) {
      server_.world().say(
          fmt::format("{}: {} has no event at {}", server_.name(), source_->describe(), received.text()));
      stop_receiver();
      io_errno = 1236;
      io_error = "Got fatal error 1236 from source when reading data from binary log";
      return;
    }
    cursor_ = *at;
  } else {
    drop_half_group();
    skip_ = server_.data;
    for (const Txn& txn : received_transactions()) skip_.insert(txn);
    cursor_ = first_wanted(files, skip_);
  }
  received = {files[cursor_.file].name,
              cursor_.event == 0 ? files[cursor_.file].events[0].start : received.pos};
  new_relay_file();
  receiver = Receiver::running;
  io_errno = 0;
  io_error.clear();
  last_heard_ = server_.world().clock.now();
  server_.world().say(
      fmt::format("{} receives from {} at {}", server_.name(), source_->describe(), received.text()));
  pump_soon();
  beat();
}

// Heartbeats when nothing else comes, and the end of patience when not even they do.
void Channel::beat() {
  server_.world().after(net_timeout / 2, [this, turn = io_turn_] {
    if (turn != io_turn_ || receiver != Receiver::running) return;
    World& world = server_.world();
    TimePoint now = world.clock.now();
    if (!broken_ && world.path(server_.host(), source_->host()) && !source_->frozen()) {
      if (now - last_heard_ >= net_timeout / 2) ++heartbeats;
      last_heard_ = now;
    } else if (now - last_heard_ >= net_timeout) {
      source_ = nullptr;
      ++io_turn_;
      receiver = Receiver::connecting;
      pump_scheduled_ = false;
      return try_to_connect();
    }
    beat();
  });
}

void Channel::network_healed() {
  if (!broken_ || receiver != Receiver::running) return pump_soon();
  broken_ = false;
  ++io_turn_;
  source_ = nullptr;
  pump_scheduled_ = false;
  receiver = Receiver::connecting;
  try_to_connect();
}

void Channel::reset_all() {
  crash();
  forget_relay_log("RESET");
  settings = ChannelSettings{};
  configured = false;
  received = executed = {};
  io_errno = sql_errno = 0;
  io_error.clear();
  sql_error.clear();
}

void Channel::pump_soon() {
  if (pump_scheduled_ || receiver != Receiver::running || !source_) return;
  pump_scheduled_ = true;
  server_.world().after(receive_time, [this, turn = io_turn_] {
    if (turn != io_turn_) return;
    pump_scheduled_ = false;
    pump();
  });
}

void Channel::pump() {
  World& world = server_.world();
  if (broken_ || !server_.running() || server_.frozen() || source_->frozen()) return;
  if (!world.path(server_.host(), source_->host())) return;
  if (deliver_next()) pump_soon();
  apply_soon();
}

// One event, or the step to the next file. False: there is nothing more now.
bool Channel::deliver_next() {
  const auto& files = source_->files();
  for (;;) {
    const File& file = files[cursor_.file];
    if (cursor_.event >= file.events.size()) {
      if (cursor_.file + 1 >= files.size()) return false;
      cursor_ = {cursor_.file + 1, 0};
      received = {files[cursor_.file].name, 4};
      continue;
    }
    const Event& event = file.events[cursor_.event];
    ++cursor_.event;
    last_heard_ = server_.world().clock.now();
    if (!event.txn.none() && skip_.contains(event.txn)) {
      received = {file.name, event.end};
      continue;
    }
    take(event, file.name);
    return true;
  }
}

void Channel::take(const Event& event, const std::string& file) {
  received = {file, event.end};
  relay_end_ += event.end - event.start;
  relay_.push_back({event, received, file, relay_file_, relay_end_, server_.committed_at(event.txn)});
  if (relay_.size() % 40 == 0) new_relay_file();
  if (event.txn.none() || !event.last()) return;
  size_t whole = static_cast<size_t>(event.parts);
  bool complete = relay_.size() >= whole && relay_[relay_.size() - whole].event.txn == event.txn;
  if (complete) ever_received.insert(event.txn);
}

void Channel::start_applier() {
  if (applier) return;
  ++sql_turn_;
  apply_scheduled_ = false;
  applier = true;
  sql_errno = 0;
  sql_error.clear();
  // MariaDB with GTID and no thread running throws its relay logs away (reference standin-protocol.md 6.3).
  if (settings.positioning == Positioning::slave_pos && receiver == Receiver::stopped) {
    forget_relay_log("START SLAVE SQL_THREAD in GTID mode");
    received = executed;
  }
  apply_soon();
}

void Channel::stop_applier() {
  ++sql_turn_;
  apply_scheduled_ = false;
  applier = false;
}

size_t Channel::group_length() const {
  const Event& first = relay_[applied_].event;
  if (first.txn.none()) return 1;
  size_t count = 0;
  while (applied_ + count < relay_.size() && relay_[applied_ + count].event.txn == first.txn) {
    ++count;
    if (relay_[applied_ + count - 1].event.last()) return count;
  }
  return applied_ + count < relay_.size() ? count : 0;
}

bool Channel::idle() const { return applied_ >= relay_.size() || group_length() == 0; }

void Channel::apply_soon() {
  if (!applier || apply_scheduled_ || !server_.running() || server_.frozen()) return;
  while (applied_ < relay_.size() && relay_[applied_].event.txn.none()) {
    executed = relay_[applied_].source_end;
    ++applied_;
  }
  if (idle()) return;
  apply_scheduled_ = true;
  TimePoint now = server_.world().clock.now();
  TimePoint due = now + apply_time;
  if (settings.delay > 0)
    due = std::max(due, relay_[applied_].committed + std::chrono::seconds(settings.delay));
  server_.world().clock.call_at(due, [this, turn = sql_turn_] {
    if (turn != sql_turn_) return;
    apply_scheduled_ = false;
    apply();
  });
}

void Channel::apply() {
  if (!server_.running() || server_.frozen() || idle()) return;
  const RelayEvent& first = relay_[applied_];
  const Txn txn = first.event.txn;
  const size_t count = group_length();
  if (!first.event.first() || static_cast<int>(count) != first.event.parts) {
    server_.world().violation("R2",
                              fmt::format("{} applied half of transaction {}", server_.name(), text(txn)));
    return fail_applier(1032, "Can't find record");
  }
  if (server_.has(txn) && settings.positioning == Positioning::file_position && !server_.gtid()) {
    return fail_applier(1062, "Duplicate entry of transaction " + text(txn));
  }
  if (!server_.has(txn)) {
    std::vector<uint64_t> sizes;
    for (size_t i = 0; i < count; ++i) {
      const Event& event = relay_[applied_ + i].event;
      sizes.push_back(event.end - event.start + 7 * static_cast<uint64_t>(server_.number()));
    }
    server_.add(txn, sizes, first.committed);
  }
  finish_group(count);
  apply_soon();
}

void Channel::finish_group(size_t count) {
  applied_ += count;
  executed = relay_[applied_ - 1].source_end;
  // The position moves on over a change of files as well.
  if (applied_ == relay_.size() && received.file != executed.file && received.pos == 4) executed = received;
  purge();
}

void Channel::fail_applier(int number, const std::string& why) {
  stop_applier();
  sql_errno = number;
  sql_error = why;
  server_.world().say(fmt::format("the applier of {} stops: {}", server_.name(), why));
}

void Channel::purge() {
  if (!server_.relay_log_purge || applied_ >= relay_.size()) return;
  while (relay_[kept_from_].relay_file < relay_[applied_].relay_file) ++kept_from_;
}

void Channel::drop_half_group() {
  size_t end = relay_.size();
  while (end > applied_ && !relay_[end - 1].event.last()) --end;
  relay_.resize(end);
}

std::set<Txn> Channel::received_transactions() const {
  std::set<Txn> found;
  for (size_t i = kept_from_; i < relay_.size(); ++i) {
    const Event& event = relay_[i].event;
    if (!event.txn.none() && event.last()) found.insert(event.txn);
  }
  return found;
}

std::set<Txn> Channel::unapplied_transactions() const {
  std::set<Txn> found;
  for (size_t i = applied_; i < relay_.size(); ++i) {
    const Event& event = relay_[i].event;
    if (!event.txn.none() && event.last() && !server_.has(event.txn)) found.insert(event.txn);
  }
  return found;
}

void Channel::forget_relay_log(const std::string& why) {
  auto lost_now = unapplied_transactions();
  if (!lost_now.empty() && !why.empty()) {
    server_.world().say(
        fmt::format("{}: {} drops received transactions {}", server_.name(), why, text(lost_now)));
    discarded.insert(lost_now.begin(), lost_now.end());
  }
  relay_.clear();
  applied_ = kept_from_ = 0;
  new_relay_file();
}

LogCoordinates Channel::relay_position() const {
  if (applied_ == 0) {
    return {fmt::format("relay-bin.{:06}", relay_.empty() ? std::max(relay_file_, 1) : relay_[0].relay_file),
            4};
  }
  const RelayEvent& last = relay_[applied_ - 1];
  return {fmt::format("relay-bin.{:06}", last.relay_file), last.relay_end};
}

bool Channel::jump_to_relay(const LogCoordinates& own) {
  if (own == relay_position()) return true;  // what everybody asks for: on from where it stands
  for (size_t i = 0; i < relay_.size(); ++i) {
    if (own.file == fmt::format("relay-bin.{:06}", relay_[i].relay_file) && own.pos == relay_[i].relay_end) {
      applied_ = i + 1;
      return true;
    }
  }
  return false;
}

void Channel::crash() {
  ++io_turn_;
  ++sql_turn_;
  source_ = nullptr;
  pump_scheduled_ = apply_scheduled_ = false;
  receiver = Receiver::stopped;
  applier = false;
}

std::vector<File> Channel::relay_as_log() const {
  std::vector<File> files;
  for (size_t i = kept_from_; i < relay_.size(); ++i) {
    if (files.empty() || files.back().name != relay_[i].file) files.push_back({relay_[i].file, {}});
    files.back().events.push_back(relay_[i].event);
  }
  while (!files.empty() && !files.back().events.back().last()) {
    files.back().events.pop_back();
    if (files.back().events.empty()) files.pop_back();
  }
  return files;
}

}  // namespace tanist::sim

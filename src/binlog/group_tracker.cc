#include "binlog/group_tracker.h"

#include "binlog/event_bodies.h"

namespace tanist::binlog {

namespace {

// What a type does to the group it is met in.
enum class Role : uint8_t {
  unknown,
  none,          // outside of groups and invisible to them
  mysql_gtid,    // opens
  mariadb_gtid,  // opens
  query,         // depends on its text
  prepare,       // belongs to the statement that follows
  statement,     // like a query with any other text
  rows,          // part of a transaction; without one, up to the end of their statement
  end,           // closes
};

Role role_of(EventType type) {
  using enum EventType;
  switch (type) {
    case stop:
    case rotate:
    case slave:
    case start_v3:
    case format_description:
    case heartbeat:
    case heartbeat_v2:
    case previous_gtids:
    case transaction_context:
    case large_transaction_header:
    case mariadb_binlog_checkpoint:
    case mariadb_gtid_list:
    case mariadb_start_encryption:
      return Role::none;
    case gtid:
    case anonymous_gtid:
    case gtid_tagged:
      return Role::mysql_gtid;
    case EventType::mariadb_gtid:
      return Role::mariadb_gtid;
    case query:
    case mariadb_query_compressed:
      return Role::query;
    case intvar:
    case EventType::rand:
    case user_var:
    case begin_load_query:
    case append_block:
    case create_file:
    case rows_query:
    case ignorable:
    case mariadb_annotate_rows:
      return Role::prepare;
    case load:
    case new_load:
    case exec_load:
    case delete_file:
    case execute_load_query:
    case view_change:
    case incident:
      return Role::statement;
    case table_map:
    case pre_ga_write_rows:
    case pre_ga_update_rows:
    case pre_ga_delete_rows:
    case write_rows_v1:
    case update_rows_v1:
    case delete_rows_v1:
    case write_rows:
    case update_rows:
    case delete_rows:
    case partial_update_rows:
    case mariadb_write_rows_compressed_v1:
    case mariadb_update_rows_compressed_v1:
    case mariadb_delete_rows_compressed_v1:
    case mariadb_write_rows_compressed:
    case mariadb_update_rows_compressed:
    case mariadb_delete_rows_compressed:
    case mariadb_partial_row_data:
      return Role::rows;
    case xid:
    case xa_prepare:
    case transaction_payload:
      return Role::end;
  }
  return Role::unknown;
}

enum class Word { begin, end, other };

// The server itself writes these statements, in this spelling.
Word word_of(std::string_view sql) {
  if (sql == "BEGIN" || sql.starts_with("XA START")) return Word::begin;
  if (sql == "COMMIT" || sql.starts_with("XA ROLLBACK")) return Word::end;
  if (sql.starts_with("ROLLBACK") && !sql.starts_with("ROLLBACK TO")) return Word::end;
  return Word::other;
}

// Longer statements are not unpacked: XA START with the longest possible id is shorter.
constexpr size_t kLongestWord = 512;

Result<Word> word_of(const Event& event) {
  if (event.type() == EventType::query) {
    auto query = Query::read(event.body);
    if (!query) return fail(query.error());
    return word_of(query->sql);
  }
  auto sql = compressed_sql(event.body, kLongestWord);
  if (!sql) return fail(sql.error());
  return word_of(*sql);
}

// Whether a rows event is the last of its statement: a flag behind the table id.
constexpr size_t kTableIdSize = 6;
constexpr uint16_t kEndOfStatement = 1;

}  // namespace

Result<Sign> sign_of(const Event& event) {
  switch (role_of(event.type())) {
    case Role::none:
      return Sign::outside;
    case Role::mysql_gtid:
    case Role::mariadb_gtid:
      return Sign::begins;
    case Role::end:
      return Sign::ends;
    case Role::query:
      break;
    default:
      return Sign::nothing;
  }
  auto word = word_of(event);
  if (!word) return fail(word.error());
  if (*word == Word::begin) return Sign::begins;
  return *word == Word::end ? Sign::ends : Sign::nothing;
}

Place GroupTracker::enter(State state) {
  state_ = state;
  return Place::opens;
}

Place GroupTracker::leave() {
  Place place = open() ? Place::closes : Place::whole;
  state_ = State::outside;
  return place;
}

Place GroupTracker::stay(State state_if_outside) { return open() ? Place::inside : enter(state_if_outside); }

Result<Place> GroupTracker::on(const Event& event) {
  switch (role_of(event.type())) {
    case Role::none:
      return Place::between;
    case Role::mysql_gtid:  // a group that is open here was cut by a crash; appliers give it up as well
      return enter(State::begun);
    case Role::mariadb_gtid:
      return on_mariadb_gtid(event);
    case Role::query:
      return on_query(event);
    case Role::prepare:
      return stay(State::statement);
    case Role::statement:
      return state_ == State::transaction ? Place::inside : leave();
    case Role::rows:
      return on_rows(event);
    case Role::end:
      return leave();
    case Role::unknown:
      break;
  }
  if (event.header.has(kFlagIgnorable)) return open() ? Place::inside : Place::between;
  return fail(Errc::unsupported, type_name(event.type()) + " is not known and may not be skipped");
}

Result<Place> GroupTracker::on_query(const Event& event) {
  auto word = word_of(event);
  if (!word) return fail(word.error());
  if (state_ == State::transaction) return *word == Word::end ? leave() : Place::inside;
  if (*word == Word::begin) {
    Place place = stay(State::transaction);
    state_ = State::transaction;
    return place;
  }
  return leave();
}

Result<Place> GroupTracker::on_mariadb_gtid(const Event& event) {
  auto body = MariadbGtidBody::read(event.header, event.body);
  if (!body) return fail(body.error());
  return enter(body->flags2 & kStandalone ? State::statement : State::transaction);
}

Result<Place> GroupTracker::on_rows(const Event& event) {
  if (state_ == State::transaction) return Place::inside;
  Place place = stay(State::rows);
  state_ = State::rows;
  if (event.type() == EventType::table_map) return place;
  ByteReader in(event.body);
  in.skip(kTableIdSize);
  bool last = in.u16() & kEndOfStatement;
  if (in.failed()) return fail(Errc::corrupt, type_name(event.type()) + " is shorter than its fields");
  if (!last) return place;
  state_ = State::outside;
  return place == Place::opens ? Place::whole : Place::closes;
}

}  // namespace tanist::binlog

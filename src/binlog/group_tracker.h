// Follows a run of events and says where groups (transactions) begin and end. A log may be cut only between
// groups: half a transaction leaves the applier with row locks held, and non-transactional changes cannot be
// taken back. How a group looks depends on who wrote it:
//
//   MySQL    GTID, then BEGIN ... COMMIT or XID; or XA START ... XA_PREPARE; or one statement; or one payload
//   MariaDB  GTID ... XID, XA_PREPARE, COMMIT or ROLLBACK; with STANDALONE just one statement
//   no GTID  BEGIN ... COMMIT or XID, or one statement (5.5 and older)
//
// Events that prepare a statement (INTVAR, RAND, USER_VAR, LOAD DATA blocks) belong to it.
#pragma once

#include "base/result.h"
#include "binlog/event.h"

namespace tanist::binlog {

enum class Place : uint8_t {
  between,  // belongs to no group: ROTATE, PREVIOUS_GTIDS, ...
  opens,    // the first event of a group that goes on
  inside,
  closes,
  whole,  // a group of this one event
};

// What one event says for itself, without knowing what came before.
enum class Sign : uint8_t { nothing, begins, ends, outside };
Result<Sign> sign_of(const Event& event);

class GroupTracker {
 public:
  // Errc::unsupported for a type that is not known and may not be skipped; Errc::corrupt for a bad body.
  Result<Place> on(const Event& event);
  bool open() const { return state_ != State::outside; }
  // Forgets an unfinished group.
  void reset() { state_ = State::outside; }

 private:
  enum class State : uint8_t {
    outside,
    statement,    // the next statement is the whole group
    begun,        // a GTID came: a statement other than BEGIN is the whole group
    transaction,  // until its end
    rows,         // rows without BEGIN (5.1): until the end of their statement
  };
  Place enter(State state);
  Place leave();
  Place stay(State state_if_outside);
  Result<Place> on_query(const Event& event);
  Result<Place> on_mariadb_gtid(const Event& event);
  Result<Place> on_rows(const Event& event);

  State state_ = State::outside;
};

}  // namespace tanist::binlog

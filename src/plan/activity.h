// Who is writing, who is a client at all: judgements on one connection. MHA went by the first word of the
// statement; here what a transaction has changed or locked counts more than how it is worded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/activity.h"

namespace tanist::plan {

using topology::Activity;
using topology::Connection;

// Somebody's application: not a replica that is being sent to, not a thread of the server itself, not a
// log-in under way.
bool is_client(const Connection& connection);
// A statement that changes nothing by its first word: SELECT, SHOW, … behind comments and parentheses.
bool is_read(const std::string& statement);
// For how many seconds it has been writing; nothing: it does not write.
std::optional<uint64_t> writing_for(const Connection& connection);
// It is at a statement that changes nothing, and has changed nothing before.
bool is_reading(const Connection& connection);
// For how many seconds a client's statement has been running, whatever it does.
std::optional<uint64_t> busy_for(const Connection& connection);

// "Id: 7, User: app, Host: web1:5123, …": at most ten, as MHA listed them under "Details:". What may hold a
// password is not shown.
std::vector<std::string> details(const std::vector<const Connection*>& connections);

}  // namespace tanist::plan

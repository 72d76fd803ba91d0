// What an error of the client library says about the server. The library mixes its own errors with the server's in one
// number space and hides the errno of a failed connect in a sentence; detection needs them apart (a busy server is
// alive, a refusing host is there). Inside of mysql.
#pragma once

#include <string>

#include "mysql/session.h"

namespace tanist::mysql {

// How far a connection has come.
enum class Stage { tcp, greeting, login, open };

// `number` and `text` as mysql_errno and mysql_error give them, for an attempt that did not run into its deadline.
Failure connect_failure(int number, const std::string& text);
// The deadline passed in that stage of an attempt.
Failure connect_timeout(Stage stage);
// The same for a query on an open session.
Failure query_failure(int number, const std::string& text);
Failure query_timeout();

}  // namespace tanist::mysql

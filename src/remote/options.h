// Command lines of OpenSSH's client. The two MHA option sets are a contract (reference mha-manager.md 1.11):
// they appear in the arguments of hooks and in the checks that one host makes of another. Our own connections
// take the same rights and add what multiplexing and a quick end need. Pure.
#pragma once

#include <string>
#include <vector>

#include "remote/shell.h"

namespace tanist::remote {

using Words = std::vector<std::string>;

Words alive_options(const Words& ssh_options);
Words check_options(std::chrono::seconds connect_timeout, const Words& ssh_options);

// Of a process that holds a connection open at this socket until the stdin of the remote command ends.
Words holder_argv(const Host& host, const std::string& socket, const std::string& remote_line);
// Of a process that runs one remote command over the connection at this socket; if nobody holds it any more,
// or it has no session free, over one of its own.
Words session_argv(const Host& host, const std::string& socket, const std::string& remote_line);

// Identifies hosts that can share a connection.
std::string connection_key(const Host& host);
// "db1 (10.0.0.1:22)", for messages.
std::string to_text(const Host& host);

}  // namespace tanist::remote

// The server's own client programs on this host, mysql and mysqlbinlog, under the names their flavours give
// them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/options.h"
#include "base/result.h"
#include "base/server_version.h"
#include "nodetools/node_world.h"
#include "sys/task.h"

namespace tanist::nodetools {

struct ClientProgram {
  std::string path;     // what to start
  std::string version;  // its first line of --version
  std::map<std::string, std::string> environment;

  // To be completed with arguments, input, output and deadline.
  sys::ProcessSpec spec(std::vector<std::string> arguments) const;
};

// --client_bindir and --client_libdir, which every node command has.
struct ClientPlace {
  std::string bindir;
  std::string libdir;
  static ClientPlace of(const Options& options) {
    return {options.text("client_bindir"), options.text("client_libdir")};
  }
};

// Errc::not_found if there is none that runs; Errc::unsupported for a mysqlbinlog before 3.2, which cannot
// read the logs of any server that is still in use.
sys::Task<Result<ClientProgram>> find_mysqlbinlog(NodeWorld& world, ClientPlace place);
sys::Task<Result<ClientProgram>> find_mysql(NodeWorld& world, ClientPlace place);

// From "mysqlbinlog  Ver 3.5 for ..." and its like; nothing where no "Ver" is (MariaDB 11).
std::optional<Version> program_version(std::string_view text);
// Whether this mysql knows --binary-mode, without which CR LF and NUL in statements are changed: since 5.6.3.
bool has_binary_mode(std::string_view version_text);

}  // namespace tanist::nodetools

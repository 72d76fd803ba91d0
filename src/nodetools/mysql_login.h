// How the mysql client is told where to log in: by an option file that only we can read, never by its
// arguments, which everybody on the host sees.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "sys/files.h"
#include "sys/temporary_directory.h"

namespace tanist::nodetools {

struct MysqlLogin {
  // Empty ones, and port 0, are left to defaults_file and to the client itself.
  std::string user;
  Secret password;
  std::string host;
  uint16_t port = 0;
  std::string socket;
  std::string defaults_file;  // read first; what is given above wins
};

// Holds nothing but bytes that option files can express: Errc::invalid for a line break or NUL.
Result<Secret> option_file_text(const MysqlLogin& login);

// MHA's manager puts a backslash before what a shell would understand, and the shells on the way take only
// some of them off again. Unless the text starts with two backslashes, one is taken from before each such
// character.
std::string without_shell_escapes(std::string_view text);

// The option file, in a directory of its own, gone at our end.
class LoginFile {
 public:
  static Result<LoginFile> write(sys::Files& files, const std::string& workdir, const MysqlLogin& login);
  // The first argument of every client program.
  std::string argument() const { return "--defaults-file=" + directory_.file("my.cnf"); }
  // For the environment: the file of mysql_config_editor would win over ours.
  std::string no_login_path() const { return directory_.file("none"); }

 private:
  explicit LoginFile(sys::TemporaryDirectory directory) : directory_(std::move(directory)) {}
  sys::TemporaryDirectory directory_;
};

}  // namespace tanist::nodetools

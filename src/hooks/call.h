// One call of an external script as a value, and the two texts made of it: what the shell gets, what people
// see.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace tanist::hooks {

// How scripts get passwords: in their arguments, as MHA gave them, for whoever can run `ps`; in their environment, as they
// are, under MHA_ and the argument's name in capitals; or not at all.
enum class PasswordWay { argv, env, none };

// One `--name=value` argument. Secret values are shown as xxx wherever the call is printed.
struct Argument {
  std::string name;
  std::string value{};
  bool secret = false;
  bool quoted = false;  // user and password style: quoted and escaped as MHA does (reference 3.1)
  bool flag = false;    // `--name` alone
  PasswordWay way = PasswordWay::argv;  // of a secret
};

struct Call {
  std::string script;  // the configured command line prefix, run by sh: words and redirections work
  std::vector<Argument> arguments;
  TimePoint deadline;  // a hook that hangs is ended here, with its process group
};

// The call as it may be logged: secrets masked.
std::string printable(const Call& call);
// The call as the shell gets it, and what it finds in its environment.
std::string command_line(const Call& call);
std::map<std::string, std::string> environment(const Call& call);

// A command line that succeeds if the shell will find the script's program, and does nothing else. Empty where that cannot
// be told without running it (variables, substitutions).
std::string whether_it_is_there(std::string_view script);

// What a `quoted` value looks like to the script. Scripts written for MHA expect these backslashes and take
// them off.
std::string escaped_as_mha(std::string_view value);

}  // namespace tanist::hooks

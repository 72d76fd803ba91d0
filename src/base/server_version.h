// Which server speaks: flavour and version, from the text a server gives of itself. The one type every room keys on.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace tanist {

enum class Flavour { mysql, mariadb };

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
};

struct ServerVersion {
  Flavour flavour = Flavour::mysql;
  Version number;
  std::string text;  // as the server says it

  bool is_mysql() const { return flavour == Flavour::mysql; }
  bool is_mariadb() const { return flavour == Flavour::mariadb; }
  bool at_least(int major, int minor, int patch = 0) const { return number >= Version{major, minor, patch}; }
};

// "9.7.4-2", "5.6.24-log", "10.11.19-MariaDB-0+deb12u1", "5.5.5-10.11.19-MariaDB" (replication prefix of greetings and
// binary logs): the leading three numbers; missing ones are 0. Never fails: an unknown text is MySQL 0.0.0.
ServerVersion parse_server_version(std::string_view text);

}  // namespace tanist

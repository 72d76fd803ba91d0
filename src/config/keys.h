// One row per key: its name, where it may stand, its default, the field it fills and what it means. Reading,
// checking, help and documentation go by these rows.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/cluster.h"

namespace tanist::config {

enum class Scope {
  inherits,  // [server default] of both files, init_conf_load_script, and the server's own section
  server,    // effective in the server's own section only
};

enum class Empty {
  none,   // "key=" says: none (switches off what would be inherited)
  unset,  // "key=" is as if the line were not there: an empty value makes no sense
  wrong,  // an error
};

// The field says the kind of the value: text, password, number, flag, seconds, directories, a choice or a list
// of words.
using Field =
    std::variant<std::string ServerConfig::*, Secret ServerConfig::*, uint16_t ServerConfig::*,
                 bool ServerConfig::*, std::chrono::seconds ServerConfig::*,
                 std::vector<std::string> ServerConfig::*, PingType ServerConfig::*,
                 sys::Level ServerConfig::*, Detection ServerConfig::*, UnprovenFence ServerConfig::*,
                 HookPasswords ServerConfig::*, NotifyOn ServerConfig::*, std::vector<GiveUp> ServerConfig::*>;

struct KeyRow {
  std::string_view name;
  Scope scope;
  Empty empty;
  std::string_view fallback;  // what holds when the key is set nowhere
  Field field;
  std::string_view help;  // one line
  std::string_view unused = {};  // MHA used it and we need not: why; who sets it is told
};

std::span<const KeyRow> mha_keys();     // the 42 of MHA 0.58
std::span<const KeyRow> tanist_keys();  // ours: extra keys in the same files
std::vector<const KeyRow*> all_keys();
const KeyRow* find_key(std::string_view name);  // null: unknown

// "text", "0/1", "seconds", "SELECT, CONNECT or INSERT": for messages and documentation.
std::string kind_text(const KeyRow& row);
bool is_secret(const KeyRow& row);

// One pair of quotes is taken off a value: a last quote of either kind, and then a first one. ssh_options
// loses every quote, master_binlog_dir every blank, as in MHA.
std::string stored_value(const KeyRow& row, std::string_view written);

struct ValueProblem {
  bool fatal = true;
  std::string what;  // without the key's name and, for a password, without the value
};
// Puts a stored value into its field; on a fatal problem the field is left alone.
std::optional<ValueProblem> assign(ServerConfig& server, const KeyRow& row, const std::string& value);

}  // namespace tanist::config

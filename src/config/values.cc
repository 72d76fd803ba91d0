// Values of keys: from the text in a file to the typed field.
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "config/keys.h"

namespace tanist::config {

namespace {

using MaybeProblem = std::optional<ValueProblem>;

bool is_quote(char c) { return c == '\'' || c == '"'; }

template <class T>
struct Word {
  std::string_view text;
  T value;
};
constexpr Word<PingType> kPingTypes[] = {
    {"SELECT", PingType::select}, {"CONNECT", PingType::connect}, {"INSERT", PingType::insert}};
constexpr Word<Detection> kDetections[] = {{"evidence", Detection::evidence}, {"mha", Detection::mha}};
constexpr Word<UnprovenFence> kUnprovenFences[] = {{"promote", UnprovenFence::promote},
                                                   {"refuse", UnprovenFence::refuse}};
constexpr Word<HookPasswords> kHookPasswords[] = {
    {"argv", HookPasswords::argv}, {"env", HookPasswords::env}, {"none", HookPasswords::none}};
// The names that MHA's logger takes; nothing here is more severe than an error.
constexpr Word<sys::Level> kLevels[] = {
    {"debug", sys::Level::debug},     {"info", sys::Level::info},       {"notice", sys::Level::notice},
    {"warning", sys::Level::warning}, {"warn", sys::Level::warning},    {"error", sys::Level::error},
    {"err", sys::Level::error},       {"critical", sys::Level::error},  {"crit", sys::Level::error},
    {"alert", sys::Level::error},     {"emergency", sys::Level::error}, {"emerg", sys::Level::error}};

constexpr Word<GiveUp> kGiveUps[] = {{"hung_commits", GiveUp::hung_commits},
                                     {"read_only_disk", GiveUp::read_only_disk},
                                     {"full_disk", GiveUp::full_disk},
                                     {"slow", GiveUp::slow}};

constexpr std::span<const Word<PingType>> words_of(PingType) { return kPingTypes; }
constexpr std::span<const Word<Detection>> words_of(Detection) { return kDetections; }
constexpr std::span<const Word<UnprovenFence>> words_of(UnprovenFence) { return kUnprovenFences; }
constexpr std::span<const Word<HookPasswords>> words_of(HookPasswords) { return kHookPasswords; }
constexpr std::span<const Word<sys::Level>> words_of(sys::Level) { return kLevels; }
constexpr std::span<const Word<GiveUp>> words_of(GiveUp) { return kGiveUps; }

template <class T>
std::string list_of_words() {
  std::vector<std::string> texts;
  for (const Word<T>& word : words_of(T{})) texts.emplace_back(word.text);
  std::string last = texts.back();
  texts.pop_back();
  return join(texts, ", ") + " or " + last;
}

template <class T>
MaybeProblem put_word(T& field, const std::string& value) {
  for (const Word<T>& word : words_of(T{})) {
    if (!iequals(word.text, value)) continue;
    field = word.value;
    return std::nullopt;
  }
  return ValueProblem{true, "must be " + list_of_words<T>() + ", not '" + value + "'"};
}

MaybeProblem put(std::string& field, const std::string& value) {
  field = value;
  return std::nullopt;
}
MaybeProblem put(Secret& field, const std::string& value) {
  field = Secret(value);
  return std::nullopt;
}
MaybeProblem put(uint16_t& field, const std::string& value) {
  std::optional<uint64_t> number = parse_uint(value);
  if (!number || *number == 0 || *number > 65535) {
    return ValueProblem{true, "must be a port number (1 to 65535), not '" + value + "'"};
  }
  field = static_cast<uint16_t>(*number);
  return std::nullopt;
}
MaybeProblem put(std::chrono::seconds& field, const std::string& value) {
  if (value.empty()) {  // where that is allowed it says: never
    field = {};
    return std::nullopt;
  }
  constexpr uint64_t kYear = 366 * 24 * 3600;  // far below any overflow in arithmetic with durations
  std::optional<uint64_t> number = parse_uint(value);
  if (!number || *number == 0 || *number > kYear) {
    return ValueProblem{true, "must be a positive whole number of seconds, not '" + value + "'"};
  }
  field = std::chrono::seconds(*number);
  return std::nullopt;
}
MaybeProblem put(std::vector<std::string>& field, const std::string& value) {
  field = split(value, ',');
  std::erase(field, "");
  return std::nullopt;
}
struct Event {
  std::string_view name;
  bool NotifyOn::*field;
};
constexpr Event kEvents[] = {{"recovery", &NotifyOn::recovery},
                             {"alarm", &NotifyOn::alarm},
                             {"finding", &NotifyOn::finding},
                             {"state", &NotifyOn::state}};
constexpr std::string_view kEventNames = "recovery, alarm, finding, state";

MaybeProblem put(NotifyOn& field, const std::string& value) {
  NotifyOn all;
  for (const std::string& word : split(value, ',')) {
    auto event = std::find_if(std::begin(kEvents), std::end(kEvents),
                              [&](const Event& one) { return iequals(one.name, trim(word)); });
    if (event == std::end(kEvents)) {
      return ValueProblem{true, "must be some of " + std::string(kEventNames) + ", by comma, not '" + value + "'"};
    }
    all.*event->field = true;
  }
  field = all;
  return std::nullopt;
}
MaybeProblem put(PingType& field, const std::string& value) { return put_word(field, value); }
MaybeProblem put(Detection& field, const std::string& value) { return put_word(field, value); }
MaybeProblem put(UnprovenFence& field, const std::string& value) { return put_word(field, value); }
MaybeProblem put(HookPasswords& field, const std::string& value) { return put_word(field, value); }
MaybeProblem put(sys::Level& field, const std::string& value) { return put_word(field, value); }
MaybeProblem put(std::vector<GiveUp>& field, const std::string& value) {
  std::vector<GiveUp> all;
  for (const std::string& part : split(value, ',')) {
    if (trim(part).empty()) continue;
    MaybeProblem problem = put_word(all.emplace_back(), std::string(trim(part)));
    if (problem) return problem;
  }
  field = std::move(all);
  return std::nullopt;
}

// MHA takes every text but "" and "0" for true: "2", "no" and "0 # not this one" as well. Where that and the evident
// meaning agree, the value is taken; where they differ, nobody should guess in a failover. But a number with a comment
// behind it is what its writer says it is.
MaybeProblem put(bool& field, const std::string& value) {
  if (value.empty() || value == "0" || value == "1") {
    field = value == "1";
    return std::nullopt;
  }
  constexpr std::string_view kTrue[] = {"yes", "on", "true"};
  std::string word = lower(trim(value.substr(0, value.find('#'))));
  if (word == "0") {  // "0 # not this one": MHA's files know no such comment, but there is no doubt what is meant
    field = false;
    return ValueProblem{false, "should be 0 or 1; '" + value + "' is taken for 0"};
  }
  if (parse_uint(word).value_or(0) == 0 &&
      std::find(std::begin(kTrue), std::end(kTrue), word) == std::end(kTrue)) {
    return ValueProblem{true, "must be 0 or 1, not '" + value + "' (which MHA takes for 1)"};
  }
  field = true;
  return ValueProblem{false, "should be 0 or 1; '" + value + "' is taken for 1"};
}

}  // namespace

std::optional<ValueProblem> assign(ServerConfig& server, const KeyRow& row, const std::string& value) {
  if (value.empty() && row.empty == Empty::wrong) return ValueProblem{true, "must not be empty"};
  const bool never = value == "0" && row.empty == Empty::none &&
                     std::holds_alternative<std::chrono::seconds ServerConfig::*>(row.field);
  if (never) return assign(server, row, "");
  return std::visit([&](auto member) { return put(server.*member, value); }, row.field);
}

std::string stored_value(const KeyRow& row, std::string_view written) {
  std::string value(written);
  if (row.name == "ssh_options") {
    std::erase_if(value, is_quote);
    return value;
  }
  if (row.name == "master_binlog_dir") std::erase_if(value, [](char c) { return trim({&c, 1}).empty(); });
  if (!value.empty() && is_quote(value.back())) {
    value.pop_back();
    if (!value.empty() && is_quote(value.front())) value.erase(0, 1);
  }
  return value;
}

bool is_secret(const KeyRow& row) { return std::holds_alternative<Secret ServerConfig::*>(row.field); }

std::string kind_text(const KeyRow& row) {
  struct Namer {
    std::string operator()(std::string ServerConfig::*) const { return "text"; }
    std::string operator()(Secret ServerConfig::*) const { return "text, secret"; }
    std::string operator()(uint16_t ServerConfig::*) const { return "port number"; }
    std::string operator()(bool ServerConfig::*) const { return "0 or 1"; }
    std::string operator()(std::chrono::seconds ServerConfig::*) const { return "seconds"; }
    std::string operator()(std::vector<std::string> ServerConfig::*) const { return "directories, by comma"; }
    std::string operator()(PingType ServerConfig::*) const { return list_of_words<PingType>(); }
    std::string operator()(Detection ServerConfig::*) const { return list_of_words<Detection>(); }
    std::string operator()(UnprovenFence ServerConfig::*) const { return list_of_words<UnprovenFence>(); }
    std::string operator()(HookPasswords ServerConfig::*) const { return list_of_words<HookPasswords>(); }
    std::string operator()(NotifyOn ServerConfig::*) const { return std::string(kEventNames) + ", by comma"; }
    std::string operator()(std::vector<GiveUp> ServerConfig::*) const {
      return list_of_words<GiveUp>() + ", by comma";
    }
    std::string operator()(sys::Level ServerConfig::*) const { return list_of_words<sys::Level>(); }
  };
  return std::visit(Namer{}, row.field);
}

}  // namespace tanist::config

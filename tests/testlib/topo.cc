#include "testlib/topo.h"

#include <algorithm>
#include <stdexcept>

#include "base/text.h"
#include "testlib/topo_words.h"

namespace tanist::testlib {

using namespace topology;

namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::vector<TopoNode> read(TopoDefaults& defaults) {
    if (take("[")) {
      std::string words = until(']');
      defaults.mariadb = words.find("mariadb") != std::string::npos;
      defaults.gtid = words.find("gtid") != std::string::npos;
    }
    do chain();
    while (take(";"));
    if (!rest_.empty()) throw std::invalid_argument("topology text: what is \"" + std::string(rest_) + "\"?");
    return std::move(nodes_);
  }

 private:
  void blanks() { rest_ = trim(rest_); }

  bool take(std::string_view token) {
    blanks();
    if (rest_.substr(0, token.size()) != token) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string until(char end) {
    size_t length = rest_.find(end);
    if (length == rest_.npos) throw std::invalid_argument(std::string("topology text: no ") + end);
    std::string text(rest_.substr(0, length));
    rest_.remove_prefix(length + 1);
    return text;
  }

  void chain() {
    std::string source = node("");
    if (!take("->")) return;
    do node(source);
    while (take(","));
  }

  std::string node(const std::string& source) {
    blanks();
    size_t length = std::min(rest_.find_first_of(" (),;-\n"), rest_.size());
    std::string name(rest_.substr(0, length));
    if (name.empty()) throw std::invalid_argument("topology text: a server's name is missing");
    rest_.remove_prefix(length);
    auto known =
        std::find_if(nodes_.begin(), nodes_.end(), [&](const TopoNode& other) { return other.name == name; });
    TopoNode& one = known == nodes_.end() ? nodes_.emplace_back(TopoNode{name, "", {}}) : *known;
    if (!source.empty()) one.source = source;
    if (take("(")) words(one, until(')'));
    check_words(one);
    return name;
  }

  static void words(TopoNode& one, std::string text) {
    std::replace(text.begin(), text.end(), ',', ' ');
    for (const std::string& word : split(text, ' ')) {
      if (word.empty()) continue;
      size_t colon = std::min(word.find(':'), word.size());
      one.words[word.substr(0, colon)] = colon < word.size() ? word.substr(colon + 1) : "";
    }
  }

  std::string_view rest_;
  std::vector<TopoNode> nodes_;
};

template <class List>
auto& by_name(List& list, std::string_view name, auto id_of) {
  for (auto& one : list)
    if (id_of(one).text == name) return one;
  throw std::invalid_argument("topology text: no server " + std::string(name));
}

}  // namespace

gtid::LogCoordinates log_position(std::string_view text) {
  auto parts = split(text, '.');
  uint64_t file = parts.size() > 1 ? std::stoull(parts[0]) : 1;
  return {gtid::LogName{"mysql-bin", file, 6}.text(), std::stoull(parts.back())};
}

ServerFacts& TopoCluster::facts(std::string_view name) {
  return by_name(
      servers, name, [](auto& one) -> auto& { return one.id; });
}
Observation& TopoCluster::seen(std::string_view name) {
  return by_name(
      observations, name, [](auto& one) -> auto& { return one.server; });
}
ServerState& TopoCluster::state(std::string_view name) { return std::get<ServerState>(seen(name).seen); }

Snapshot TopoCluster::snapshot() const { return build_snapshot(servers, observations, known_primary, kNow); }

TopoCluster cluster(std::string_view text) {
  TopoDefaults defaults;
  std::vector<TopoNode> nodes = Reader(text).read(defaults);
  TopoCluster made;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const TopoNode& node = nodes[i];
    int number = static_cast<int>(i) + 1;
    auto source = std::find_if(nodes.begin(), nodes.end(),
                               [&](const TopoNode& one) { return one.name == node.source; });
    made.servers.push_back(facts_of(node, number));
    Observation seen{ServerId(node.name), kNow - std::chrono::seconds(std::stoi(node.value("age", "0"))),
                     NoAnswer{}};
    if (auto silence = silence_of(node))
      seen.seen = *silence;
    else
      seen.seen = state_of(node, source == nodes.end() ? nullptr : &*source, number, defaults);
    made.observations.push_back(std::move(seen));
    if (node.source.empty() && !made.known_primary) made.known_primary = ServerId(node.name);
  }
  return made;
}

Snapshot topo(std::string_view text) { return cluster(text).snapshot(); }

}  // namespace tanist::testlib

#include "config/cluster.h"

namespace tanist::config {

std::string ConfigErrors::text() const {
  std::string text;
  for (const Problem& problem : errors) text += (text.empty() ? "" : "\n") + problem.text();
  for (const Problem& problem : warnings) {
    if (problem.where.line > 0) text += "\n" + problem.where.text() + ": warning: " + problem.what;
  }
  return text;
}

const ServerConfig* ClusterConfig::find(const ServerId& id) const {
  for (const ServerConfig& server : servers) {
    if (server.id == id) return &server;
  }
  return nullptr;
}

const ServerConfig* ClusterConfig::find(const std::string& hostname, uint16_t port) const {
  for (const ServerConfig& server : servers) {
    if (server.hostname == hostname && server.port == port) return &server;
  }
  return nullptr;
}

std::string app_name(const std::string& conf_path) {
  std::string base = conf_path.substr(conf_path.rfind('/') + 1);
  std::string name = base.substr(0, base.rfind('.'));
  return name.empty() ? conf_path : name;
}

std::string to_string(PingType type) {
  switch (type) {
    case PingType::select: return "SELECT";
    case PingType::connect: return "CONNECT";
    case PingType::insert: return "INSERT";
  }
  return "";
}

}  // namespace tanist::config

#include "daemon/places.h"

namespace tanist::daemon {

const std::vector<std::string>& default_places() {
  static const std::vector<std::string> kPlaces = {"/etc/tanist/clusters.d", "/etc/masterha"};
  return kPlaces;
}

Result<std::vector<std::string>> files_at(sys::Files& files, const std::string& place) {
  auto facts = files.facts(place);
  if (!facts) return fail(facts.error());
  if (!facts->is_directory) return std::vector<std::string>{place};
  auto names = files.list(place);
  if (!names) return fail(names.error());
  std::vector<std::string> found;
  for (const std::string& name : *names)
    if (name.ends_with(".cnf") && !name.starts_with('.')) found.push_back(place + "/" + name);
  return found;
}

}  // namespace tanist::daemon

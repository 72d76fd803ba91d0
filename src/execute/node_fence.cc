#include "execute/node_fence.h"

#include <boost/json.hpp>

namespace tanist::execute {

namespace json = boost::json;

NodeFence read_fence(const std::string& output) {
  json::error_code broken;
  const json::value value = json::parse(output, broken);
  if (broken || !value.is_object()) return {output, {}};
  NodeFence told;
  if (const json::value* reason = value.get_object().if_contains("reason"); reason && reason->is_string()) {
    told.reason = std::string_view(reason->get_string());
  }
  if (const json::value* units = value.get_object().if_contains("stopped_units"); units && units->is_array()) {
    for (const json::value& unit : units->get_array()) {
      if (unit.is_string()) told.stopped_units.emplace_back(std::string_view(unit.get_string()));
    }
  }
  return told;
}

}  // namespace tanist::execute

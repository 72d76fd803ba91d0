#include "nodetools/relay_place.h"

#include "gtid/coordinates.h"
#include "nodetools/relay_log_info.h"

namespace tanist::nodetools {

RelayPlace RelayPlace::of(const Options& options) {
  return {options.text("relay_log_info"), options.text("relay_dir"), options.text("current_relay_log"),
          options.text("datadir")};
}

Result<binlog::SeriesRequest> relay_series(sys::Files& files, const RelayPlace& place) {
  binlog::SeriesRequest request;
  if (!place.relay_dir.empty() && !place.current_relay_log.empty()) {
    std::string name = place.current_relay_log.substr(place.current_relay_log.rfind('/') + 1);
    auto parsed = gtid::LogName::parse(name);
    if (!parsed) return fail(Errc::invalid, "\"" + place.current_relay_log + "\" is no name of a relay log");
    request.directories = {place.relay_dir};
    request.prefix = parsed->prefix;
    return request;
  }
  if (place.relay_log_info.empty())
    return fail(Errc::invalid, "--relay_log_info, or --relay_dir with --current_relay_log, is missing");
  auto content = files.read(place.relay_log_info);
  if (!content) return fail(content.error());
  const std::string& base = place.datadir.empty() ? place.relay_dir : place.datadir;
  auto found = parse_relay_log_info(*content, place.relay_log_info, base);
  if (!found) return fail(found.error());
  request.directories = {found->directory};
  request.prefix = gtid::LogName::parse(found->file)->prefix;
  return request;
}

}  // namespace tanist::nodetools

#include "nodetools/relay_log_info.h"

#include "base/text.h"
#include "gtid/coordinates.h"
#include "nodetools/log_output.h"

namespace tanist::nodetools {

Result<RelayLogPlace> parse_relay_log_info(std::string_view text, const std::string& info_path,
                                           const std::string& datadir) {
  std::vector<std::string> lines = split(text, '\n');
  std::string name(trim(lines[0]));
  if (parse_uint(name)) name = lines.size() > 1 ? std::string(trim(lines[1])) : "";
  std::string file = name.substr(name.rfind('/') + 1);
  if (!gtid::LogName::parse(file))
    return fail(Errc::corrupt, info_path + " names no relay log, but \"" + name.substr(0, 100) + "\"");
  if (name.starts_with('/')) return RelayLogPlace{directory_of(name), file};
  if (name.starts_with("./")) name.erase(0, 2);
  std::string base = datadir.empty() ? directory_of(info_path) : datadir;
  return RelayLogPlace{directory_of(base + "/" + name), file};
}

}  // namespace tanist::nodetools

#include "nodetools/local_host.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/resolver.h"

namespace tanist::nodetools {

namespace {

std::string text_of(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
  }
  return text;
}

std::string_view without_domain(std::string_view name) { return name.substr(0, name.find('.')); }

}  // namespace

std::string own_host_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

bool is_own_address(const std::string& address) {
  if (!sys::is_numeric_address(address)) return false;
  std::string wanted = sys::canonical_address(address);
  if (wanted.starts_with("127.") || wanted == "::1") return true;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return false;
  bool found = false;
  for (ifaddrs* one = all; one; one = one->ifa_next)
    found |= one->ifa_addr && text_of(one->ifa_addr) == wanted;
  ::freeifaddrs(all);
  return found;
}

bool is_own_name(const std::string& name) {
  std::string own = own_host_name();
  if (iequals(name, own)) return !name.empty();
  bool one_is_short = without_domain(name) == name || without_domain(own) == own;
  return !name.empty() && one_is_short && iequals(without_domain(name), without_domain(own));
}

}  // namespace tanist::nodetools

#include "execute/report.h"

#include "base/text.h"

namespace tanist::execute {

std::string Report::subject(bool succeeded) const {
  std::string text = app_ + ": MySQL Master failover " + old_;
  if (!new_.empty()) text += " to " + new_;
  if (succeeded) text += " succeeded";
  return text;
}

std::string Report::body() const { return join(lines_, "\n") + "\n"; }

}  // namespace tanist::execute

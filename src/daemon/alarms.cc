#include "daemon/alarms.h"

#include <algorithm>

namespace tanist::daemon {

namespace {

const Alarm* same(const std::vector<Alarm>& alarms, const Alarm& as) {
  auto found = std::find_if(alarms.begin(), alarms.end(),
                            [&](const Alarm& one) { return one.rule == as.rule && one.about == as.about; });
  return found == alarms.end() ? nullptr : &*found;
}

}  // namespace

void Alarms::standing(const std::string& source, std::vector<Alarm> now) {
  const std::vector<Alarm> before = std::exchange(by_source_[source], {});
  std::vector<Alarm> fresh;
  for (Alarm& alarm : now) {
    const Alarm* known = same(before, alarm);
    alarm.since = known ? known->since : clock_.wall_now();
    if (!known) fresh.push_back(alarm);
  }
  by_source_[source] = now;
  for (const Alarm& alarm : before)
    if (!same(now, alarm)) listener_(alarm, Change::ends);
  for (const Alarm& alarm : fresh) listener_(alarm, Change::begins);
}

std::vector<Alarm> Alarms::all() const {
  std::vector<Alarm> all;
  for (const auto& [source, alarms] : by_source_) all.insert(all.end(), alarms.begin(), alarms.end());
  std::stable_sort(all.begin(), all.end(), [](const Alarm& a, const Alarm& b) { return a.since < b.since; });
  return all;
}

}  // namespace tanist::daemon

#include "compat/failover_flags.h"

namespace tanist::compat {

namespace {
// "3 hours 12 minutes"; the refusal is read by a person who thinks about waiting.
std::string spoken(std::chrono::minutes age) {
  auto count = [](int64_t number, const std::string& unit) {
    return std::to_string(number) + " " + unit + (number == 1 ? "" : "s");
  };
  std::string minutes = count(age.count() % 60, "minute");
  return age.count() < 60 ? minutes : count(age.count() / 60, "hour") + " " + minutes;
}
}  // namespace

FailoverFlags::FailoverFlags(sys::Files& files, const sys::Clock& clock, const std::string& work_dir,
                             const std::string& app)
    : files_(files),
      clock_(clock),
      complete_path_(work_dir + "/" + app + ".failover.complete"),
      error_path_(work_dir + "/" + app + ".failover.error") {}

Status FailoverFlags::check_no_error() const {
  Result<sys::FileFacts> facts = files_.facts(error_path_);
  if (!facts && facts.error().code == Errc::not_found) return {};
  if (!facts) return fail(facts.error());
  return fail(Errc::conflict,
              "the last failover failed: " + error_path_ +
                  " exists; see that the cluster is sound, then remove it or use --ignore_last_failover");
}

Status FailoverFlags::check_not_recent(std::chrono::minutes last_failover_minute) {
  Result<sys::FileFacts> facts = files_.facts(complete_path_);
  if (!facts && facts.error().code == Errc::not_found) return {};
  if (!facts) return fail(facts.error());
  auto age = std::chrono::floor<std::chrono::minutes>(clock_.wall_now() - facts->modified);
  if (age >= last_failover_minute) return files_.remove(complete_path_);
  std::string when = age.count() < 0 ? "in the future (was the clock set back?)" : spoken(age) + " ago";
  return fail(Errc::conflict,
              "the last failover ended " + when + ", less than " +
                  std::to_string(last_failover_minute.count()) + " minutes (" + complete_path_ +
                  "); use --ignore_last_failover or --last_failover_minute to fail over all the same");
}

Status FailoverFlags::forget() {
  Status first = files_.remove(complete_path_);
  Status second = files_.remove(error_path_);
  return first ? second : first;
}

Status FailoverFlags::mark_complete() { return files_.touch(complete_path_); }
Status FailoverFlags::mark_error() { return files_.touch(error_path_); }

}  // namespace tanist::compat

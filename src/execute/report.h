// What a failover tells people at its end: subject and body in the shape of reference mha-manager.md 6.13, and the
// loss statement in numbers (R10). Collected while it happens, in order; sent once, also when the failover fails.
#pragma once

#include <string>
#include <vector>

namespace tanist::execute {

class Report {
 public:
  Report(std::string app, std::string old_hostname) : app_(std::move(app)), old_(std::move(old_hostname)) {}

  void line(std::string text) { lines_.push_back(std::move(text)); }
  void blank() { lines_.emplace_back(); }
  void activated(std::string new_hostname) { new_ = std::move(new_hostname); }
  void recovered(std::string hostname) { recovered_.push_back(std::move(hostname)); }

  const std::string& new_hostname() const { return new_; }
  const std::vector<std::string>& recovered_hostnames() const { return recovered_; }

  // `succeeded`: exit code 0 only.
  std::string subject(bool succeeded) const;
  std::string body() const;

 private:
  std::string app_;
  std::string old_;
  std::string new_;
  std::vector<std::string> recovered_;
  std::vector<std::string> lines_;
};

}  // namespace tanist::execute

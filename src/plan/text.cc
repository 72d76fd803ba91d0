// The plan for people: what `tanist plan` and --dry-run print.
#include "base/text.h"

#include <algorithm>

#include "plan/switchover.h"

namespace tanist::plan {

namespace {

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string ids(const std::vector<ServerId>& servers) {
  std::vector<std::string> names;
  for (const ServerId& server : servers) names.push_back(server.text);
  return join(names, ", ");
}

std::string server_text(const ServerId& id, const Snapshot& snapshot) {
  const auto* member = snapshot.find(id);
  return member ? member->facts.text() : id.text;
}

std::string positions(const ServerId& id, const Snapshot& snapshot) {
  const auto* member = snapshot.find(id);
  if (!member || !member->replica()) return "";
  const auto& replica = *member->replica();
  if (replica.fully_applied()) return "  received and applied " + replica.received.text();
  return "  received " + replica.received.text() + ", applied " + replica.executed.text();
}

std::string candidates_text(const std::vector<CandidateVerdict>& candidates, const Snapshot& snapshot) {
  size_t width = 0;
  for (const CandidateVerdict& verdict : candidates) width = std::max(width, verdict.server.text.size());
  std::string text;
  for (const CandidateVerdict& verdict : candidates) {
    text += std::string("  ") + (verdict.chosen ? "* " : "  ") + padded(verdict.server.text, width) + "  " +
            (verdict.eligible ? "may" : "no ") + "  " + verdict.rule + "  " + verdict.reason + "\n";
    if (auto where = positions(verdict.server, snapshot); !where.empty())
      text += std::string(4, ' ') + padded("", width) + where + "\n";
  }
  return text;
}

std::string steps_text(const std::vector<Step>& steps) {
  size_t width = 0;
  for (const Step& step : steps) width = std::max(width, to_string(step.kind).size());
  std::string text;
  bool beyond = false;
  for (const Step& step : steps) {
    if (step.irreversible && !beyond) text += "  ---- point of no return ----\n";
    beyond |= step.irreversible;
    std::string number = std::to_string(step.number);
    text += "  " + std::string(number.size() < 2 ? 1 : 0, ' ') + number + "  " +
            padded(std::string(to_string(step.kind)), width) + "  " + step.what + "\n";
  }
  return text;
}

}  // namespace

std::string text(const Refusal& refusal) {
  std::string how = refusal.to_override.empty() ? "" : " To go on nevertheless: " + refusal.to_override + ".";
  std::string text = refusal.rule + ": " + refusal.what + "." + how;
  if (!refusal.details.empty()) text += "\nDetails:\n" + join(refusal.details, "\n");
  return text;
}

std::string text(const Plan& plan, const Snapshot& snapshot) {
  std::string text = "Failover of " + server_text(plan.old_primary, snapshot) + " to " +
                     server_text(plan.new_primary, snapshot) + ", GTID mode " +
                     std::to_string(plan.gtid_mode) + "\n";
  text += "Received: latest " + plan.latest_received.text() + " (" + ids(plan.latest) + "), oldest " +
          plan.oldest_received.text() + " (" + ids(plan.oldest) + ")\n";
  text += "Candidates:\n" + candidates_text(plan.candidates, snapshot);
  text += "Steps:\n" + steps_text(plan.steps);
  if (!plan.left_behind.empty()) text += "Left behind: " + ids(plan.left_behind) + "\n";
  for (const std::string& warning : plan.warnings) text += "Warning: " + warning + "\n";
  return text;
}

std::string text(const SwitchPlan& plan, const Snapshot& snapshot) {
  std::string text = "Switch from " + server_text(plan.old_primary, snapshot) + " to " +
                     server_text(plan.new_primary, snapshot) + ", GTID mode " + std::to_string(plan.gtid_mode) + "\n";
  text += "Candidates:\n" + candidates_text(plan.candidates, snapshot);
  text += "Steps:\n" + steps_text(plan.steps);
  if (!plan.left_behind.empty()) text += "Left behind: " + ids(plan.left_behind) + "\n";
  for (const std::string& warning : plan.warnings) text += "Warning: " + warning + "\n";
  return text;
}

}  // namespace tanist::plan

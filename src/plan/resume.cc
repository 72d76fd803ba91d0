#include "plan/resume.h"

#include "base/text.h"

namespace tanist::plan {

namespace {

using MaybeVerdict = std::optional<ResumeVerdict>;  // its rule is filled in by the row

ResumeVerdict verdict(ResumeKind kind, std::string sentence) { return {"", kind, std::move(sentence)}; }

MaybeVerdict nothing_begun(const ResumeFacts& f) {
  if (f.begun) return std::nullopt;
  return verdict(ResumeKind::nothing, "nothing had been changed yet");
}

MaybeVerdict unreadable(const ResumeFacts& f) {
  if (f.unreadable.empty()) return std::nullopt;
  return verdict(ResumeKind::person, f.unreadable + ". See `tanist history`, bring the servers into order by hand, then type: " +
                                         f.to_close);
}

MaybeVerdict another_writer(const ResumeFacts& f) {
  if (f.others_writable.empty()) return std::nullopt;
  return verdict(ResumeKind::closed, join(f.others_writable, ", ") + " takes writes and did not then: somebody has made it "
                                     "the primary by hand");
}

MaybeVerdict opened_by_somebody(const ResumeFacts& f) {
  if (!f.shut || !f.next || f.next->read_only) return std::nullopt;
  return verdict(ResumeKind::closed, f.next_name + " takes writes, and nothing had been done yet to let it: somebody has made "
                                     "it the primary by hand");
}

MaybeVerdict next_replicates(const ResumeFacts& f) {
  if (!f.activated || !f.next || !f.next->replica()) return std::nullopt;
  if (f.next->replica()->receiver == topology::ReceiverState::stopped) return std::nullopt;
  return verdict(ResumeKind::closed, f.next_name + " had become the primary and replicates again: somebody has decided "
                                     "otherwise");
}

MaybeVerdict activated(const ResumeFacts& f) {
  if (!f.activated || !f.next) return std::nullopt;
  return verdict(ResumeKind::forward, f.next_name + " had become the primary");
}

MaybeVerdict activated_and_silent(const ResumeFacts& f) {
  if (!f.activated) return std::nullopt;
  return verdict(ResumeKind::person, f.next_name + " had become the primary and does not answer (" + f.silence +
                                         "): what was written to it is on it alone. Start it; or, to do without that, make "
                                         "another server the primary by hand, then type: " +
                                         f.to_close);
}

MaybeVerdict activating_and_silent(const ResumeFacts& f) {
  if (!f.activating || f.next) return std::nullopt;
  return verdict(ResumeKind::person, f.next_name + " was being given the address and does not answer (" + f.silence +
                                         "): nobody can tell whether it has been written to. Start it; or, to do without "
                                         "that, make sure that no client reaches it, then type: " +
                                         f.to_close);
}

MaybeVerdict activating_and_used(const ResumeFacts& f) {
  if (!f.activating) return std::nullopt;
  const bool moved = f.next->binlog_end.text() != f.joins_at;
  if (f.next->read_only && !moved) return std::nullopt;
  return verdict(ResumeKind::forward, f.next_name + (moved ? " was being given the address, and its log has moved since"
                                                           : " was being given the address, and takes writes"));
}

MaybeVerdict not_activated(const ResumeFacts& f) {
  return verdict(ResumeKind::undo, "nobody had taken writes in the place of " + f.old_name);
}

struct Row {
  RuleRow row;
  MaybeVerdict (*speaks)(const ResumeFacts&);
};
constexpr Row kRows[] = {
    {{"I10", "no step had begun: nothing was changed, it is closed", "R5", ""}, nothing_begun},
    {{"I15", "it is of another kind, or its notes do not say what it was about, or the configuration no longer names "
             "those servers: a person decides", "R3", "tanist ack"}, unreadable},
    {{"I20", "another server than the old and the new primary takes writes, and was read-only then: a person has worked "
             "on it, it is closed", "R3", ""}, another_writer},
    {{"I25", "the new primary was activated and its receiver runs: a person has worked on it, it is closed", "R3", ""},
     next_replicates},
    {{"I28", "the new primary takes writes, was read-only when it was found, and nothing that was to open it had begun: a person "
             "has worked on it, it is closed", "R3", ""}, opened_by_somebody},
    {{"I30", "the new primary was activated: forward", "R4", ""}, activated},
    {{"I35", "it was activated and does not answer: a person decides", "R1", "tanist ack"}, activated_and_silent},
    {{"I40", "the script that gives it the address had begun, or of a switch to let it take writes, and it does not answer: a person decides", "R1",
      "tanist ack"}, activating_and_silent},
    {{"I45", "one of these had begun, and it takes writes or its log has moved since it had everything: forward", "R1", ""},
     activating_and_used},
    {{"I50", "none of these: everybody is put back below the old primary; of a failover: that one is judged anew; of a switch: "
             "it takes writes and has its address", "R4", ""},
     not_activated},
};

}  // namespace

std::string_view to_string(ResumeKind kind) {
  switch (kind) {
    case ResumeKind::nothing:
      return "nothing";
    case ResumeKind::forward:
      return "forward";
    case ResumeKind::undo:
      return "undo";
    case ResumeKind::closed:
      return "closed";
    case ResumeKind::person:
      return "person";
  }
  return "?";
}

ResumeVerdict judge_interrupted(const ResumeFacts& facts) {
  for (const Row& row : kRows) {
    auto found = row.speaks(facts);
    if (!found) continue;
    found->rule = row.row.id;
    return *found;
  }
  return verdict(ResumeKind::person, "");
}

std::vector<RuleRow> resume_rules() {
  std::vector<RuleRow> rows;
  for (const Row& row : kRows) rows.push_back(row.row);
  return rows;
}

}  // namespace tanist::plan

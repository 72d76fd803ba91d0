#include "plan/resume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace tanist::plan {
namespace {

using testing::HasSubstr;

ResumeFacts begun() {
  ResumeFacts facts;
  facts.to_close = "tanist ack app1";
  facts.begun = true;
  facts.old_name = "db1(10.0.0.1:3306)";
  facts.next_name = "db2(10.0.0.2:3306)";
  facts.joins_at = "mysql-bin.000003:1200";
  facts.next.emplace();
  facts.next->read_only = true;
  facts.next->binlog_end = {"mysql-bin.000003", 1200};
  return facts;
}
void silent(ResumeFacts& facts) {
  facts.next.reset();
  facts.silence = "connection refused";
}
void replicates(ResumeFacts& facts, topology::ReceiverState receiver) {
  facts.next->channels.emplace_back();
  facts.next->channels.front().receiver = receiver;
}

const struct {
  const char* rule;
  ResumeKind kind;
  const char* name;
  std::function<void(ResumeFacts&)> happen;
} kCases[] = {
    {"I10", ResumeKind::nothing, "it had only been written down", [](auto& f) { f = ResumeFacts{}; }},
    {"I15", ResumeKind::person, "no notes", [](auto& f) { f.unreadable = "the configuration names no server1"; }},
    {"I20", ResumeKind::closed, "a person has promoted db3",
     [](auto& f) { f.activated = true; f.others_writable = {"db3(10.0.0.3:3306)"}; }},
    {"I25", ResumeKind::closed, "a person went back",
     [](auto& f) { f.activated = true; replicates(f, topology::ReceiverState::connecting); }},
    {"I28", ResumeKind::closed, "a person has promoted the new one",
     [](auto& f) { f.shut = true; f.next->read_only = false; }},
    {"I50", ResumeKind::undo, "nothing had been opened, and nothing is", [](auto& f) { f.shut = true; }},
    {"I30", ResumeKind::forward, "activated, still a replica in name",
     [](auto& f) { f.activated = true; replicates(f, topology::ReceiverState::stopped); }},
    {"I30", ResumeKind::forward, "activated", [](auto& f) { f.activated = true; f.next->read_only = false; }},
    {"I35", ResumeKind::person, "activated and gone", [](auto& f) { f.activated = true; silent(f); }},
    {"I40", ResumeKind::person, "activating and gone", [](auto& f) { f.activating = true; silent(f); }},
    {"I45", ResumeKind::forward, "activating, writable", [](auto& f) { f.activating = true; f.next->read_only = false; }},
    {"I45", ResumeKind::forward, "activating, written to",
     [](auto& f) { f.activating = true; f.next->binlog_end.pos += 1; }},
    {"I50", ResumeKind::undo, "activating, and nobody has used it", [](auto& f) { f.activating = true; }},
    {"I50", ResumeKind::undo, "before anybody was chosen", [](auto& f) { f.next_name.clear(); f.next.reset(); }},
    {"I50", ResumeKind::undo, "who was chosen is gone", [](auto& f) { silent(f); }},
};

TEST(Resume, first_row_that_fits_speaks) {
  std::set<std::string> reached;
  for (const auto& one : kCases) {
    SCOPED_TRACE(one.name);
    ResumeFacts facts = begun();
    one.happen(facts);
    auto found = judge_interrupted(facts);
    EXPECT_EQ(found.rule, one.rule);
    EXPECT_EQ(found.kind, one.kind) << to_string(found.kind);
    EXPECT_FALSE(found.sentence.empty());
    if (found.kind == ResumeKind::person) {
      EXPECT_THAT(found.sentence, HasSubstr("type: tanist ack app1"));
    }
    reached.insert(found.rule);
  }
  for (const RuleRow& row : resume_rules()) EXPECT_TRUE(reached.contains(std::string(row.id))) << row.id;
}

}  // namespace
}  // namespace tanist::plan

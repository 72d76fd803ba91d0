#include "notify/notice.h"

#include <gmock/gmock.h>

#include "notify/way.h"

namespace tanist::notify {
namespace {

using testing::HasSubstr;
using testing::Not;

const Notice kNotice{"app1", "recovery", "succeeded", "db1 was replaced by \"db2\"", WallTime(std::chrono::hours(24)), "mgr"};

TEST(Notice, is_json_for_programs) {
  EXPECT_EQ(json_text(kNotice),
            R"({"cluster":"app1","at":"1970-01-02T00:00:00Z","kind":"recovery","name":"succeeded",)"
            R"("sentence":"db1 was replaced by \"db2\"","manager":"mgr"})");
}

TEST(Notice, is_a_mail_whose_header_nobody_can_add_to) {
  Notice notice = kNotice;
  notice.name = "failed\nBcc: everybody@example.org";
  const std::string mail = mail_text(notice, "dba@example.org");
  EXPECT_THAT(mail, HasSubstr("To: dba@example.org\nSubject: [tanist] app1: recovery failed Bcc: everybody@example.org\n"));
  EXPECT_THAT(mail, HasSubstr("\n\ndb1 was replaced by \"db2\"\n"));
}

std::string arguments(const sys::ProcessSpec& spec) {
  std::string all;
  for (const std::string& word : spec.argv) all += word + " ";
  return all;
}

TEST(Way, a_url_is_in_no_argument_and_its_quotes_end_nothing) {
  const auto spec = process_of({WayKind::webhook, Secret("https://hooks.example.org/T0KEN\"\nurl = x")}, kNotice);
  EXPECT_THAT(arguments(spec), Not(HasSubstr("example")));
  EXPECT_THAT(spec.stdin_text, HasSubstr("url = \"https://hooks.example.org/T0KEN\\\"\\nurl = x\"\n"));
  EXPECT_THAT(spec.stdin_text, HasSubstr(R"(data-binary = "{\"cluster\":\"app1\")"));
  EXPECT_THAT(spec.stdin_text, HasSubstr(R"(replaced by \\\"db2\\\"\")"));
}

TEST(Way, a_command_gets_it_on_its_standard_input_and_in_its_environment) {
  const auto spec = process_of({WayKind::command, Secret("wall")}, kNotice);
  EXPECT_EQ(spec.argv, (std::vector<std::string>{"/bin/sh", "-c", "wall"}));
  EXPECT_EQ(spec.stdin_text, json_text(kNotice) + "\n");
  EXPECT_EQ(spec.extra_env.at("TANIST_NAME"), "succeeded");
}

TEST(Way, a_mail_names_those_who_get_it_in_its_header_alone) {
  const auto spec = process_of({WayKind::mail, Secret("-oQ/tmp@example.org")}, kNotice);
  EXPECT_THAT(arguments(spec), Not(HasSubstr("example")));
}

}  // namespace
}  // namespace tanist::notify

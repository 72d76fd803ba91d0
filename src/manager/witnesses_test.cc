#include "manager/witnesses.h"

#include <gtest/gtest.h>

#include "remote/fake_shell.h"
#include "sys/manual_clock.h"

namespace tanist::manager {
namespace {

using namespace std::chrono_literals;
using detect::WitnessSaw;

WitnessSaw heard(Result<sys::ProcessResult> answer) {
  sys::ManualClock clock;
  remote::FakeShell shell([&](const remote::Host&, const remote::Command&) { return answer; });
  std::vector<config::ServerConfig> witnesses(1);
  witnesses[0].id = ServerId("server2");
  config::ServerConfig primary;
  primary.ip = "10.0.0.1";
  WitnessSaw saw = WitnessSaw::greeting;
  auto story = [&]() -> sys::Task<void> {
    TimePoint deadline = clock.now() + 1s;
    auto answers = co_await ask_witnesses(clock, shell, witnesses, primary, deadline);
    saw = answers.at(0).saw;
  };
  sys::start_detached(story());
  clock.run_until_idle();
  return saw;
}

sys::ProcessResult ended(int code, std::string output = "") {
  sys::ProcessResult result;
  result.status.code = code;
  result.output = std::move(output);
  return result;
}

TEST(Witnesses, exit_codes_say_what_was_heard) {
  EXPECT_EQ(heard(ended(0)), WitnessSaw::greeting);
  EXPECT_EQ(heard(ended(3, "connect: Connection refused")), WitnessSaw::refused);
  EXPECT_EQ(heard(ended(3, "connect: No route to host")), WitnessSaw::unreachable);
  EXPECT_EQ(heard(ended(4)), WitnessSaw::no_greeting);
  EXPECT_EQ(heard(ended(5, "open\n")), WitnessSaw::no_greeting);
  EXPECT_EQ(heard(ended(5)), WitnessSaw::unreachable);
  EXPECT_EQ(heard(ended(127)), WitnessSaw::no_witness);
  EXPECT_EQ(heard(fail(Errc::unreachable, "ssh to db2")), WitnessSaw::no_witness);
}

// A frozen primary was never failed over while the witnesses were too busy to answer in time: a command that we ended
// ourselves has exit code 0, and that read as "it greeted me".
TEST(Witnesses, a_witness_that_we_gave_up_on_was_not_greeted) {
  sys::ProcessResult given_up;
  given_up.status.ended_by_us = true;
  given_up.status.signal = 9;
  EXPECT_EQ(heard(given_up), WitnessSaw::no_witness);
  sys::ProcessResult killed;
  killed.status.signal = 9;
  EXPECT_EQ(heard(killed), WitnessSaw::no_witness);
}

}  // namespace
}  // namespace tanist::manager

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "cli/commands.h"
#include "compat/test_outside.h"

namespace tanist::cli {
namespace {

namespace json = boost::json;

// Nobody is there.
class Check : public compat::ShellCommandTest {
 protected:
  void SetUp() override {
    least_logged = sys::Level::info;
    servers.may_be_asked = true;
    servers.failure = {mysql::Contact::refused, 2003, "connection refused"};
    outside.open_hooks = [](sys::Log&) { return nullptr; };
    static_cast<void>(files.replace("/etc/app1.cnf", "[server1]\nhostname=db1\n[server2]\nhostname=db2\n"));
  }
};

TEST_F(Check, tells_programs_what_it_tells_people) {
  EXPECT_EQ(run(check, {"/etc/app1.cnf", "--json"}), 1);
  const json::value said = json::parse(printed);
  EXPECT_FALSE(said.at("healthy").as_bool());
  EXPECT_TRUE(said.at("warnings").is_array());
  ASSERT_FALSE(said.at("errors").as_array().empty());
  for (const json::value& error : said.at("errors").as_array())
    EXPECT_THAT(logged, testing::HasSubstr(std::string(error.as_string().data(), error.as_string().size())));
}

TEST_F(Check, ends_with_a_word_for_people) {
  EXPECT_EQ(run(check, {"/etc/app1.cnf"}), 1);
  EXPECT_EQ(printed, "NOT healthy: see the errors above\n");
}

}  // namespace
}  // namespace tanist::cli

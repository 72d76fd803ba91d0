#include "standin/job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tanist::standin {
namespace {

using testing::HasSubstr;

constexpr const char* kWhole =
    R"({"kind":"binlog","directories":"/var/lib/mysql, /var/log/mysql","prefix":"mysql-bin",
  "address":"10.0.0.1","port":3306,"replicas":[{"address":"10.0.0.2","gtid_mode":"ON"},{"address":"fe80::1"}],
  "credentials":[{"user":"repl","password":"s"},{"user":"any","password":null}],"tls":{},"deadline_seconds":60})";

TEST(Job, a_whole_job_is_read) {
  Job job = Job::parse(kWhole, true).value();
  EXPECT_EQ(job.kind, Job::Kind::binlog);
  EXPECT_THAT(job.directories, testing::ElementsAre("/var/lib/mysql", "/var/log/mysql"));
  EXPECT_EQ(job.port, 3306);
  EXPECT_EQ(job.replicas[0].gtid_mode, "ON");
  EXPECT_EQ(job.replicas[1].gtid_mode, "OFF");
  EXPECT_EQ(job.credentials[0].password->reveal(), "s");
  EXPECT_FALSE(job.credentials[1].password);
  EXPECT_TRUE(job.tls && job.tls->certificate.empty() && job.tls_to_try.empty());
  EXPECT_EQ(job.deadline, std::chrono::seconds(60));
}

TEST(Job, certificates_are_tried_in_order) {
  auto job = Job::parse(R"({"kind":"binlog","directories":"/d","tls":{"try":[{"cert":"/a","key":"/b"},{"cert":"/c","key":"/d"}]}})",
                        false);
  ASSERT_TRUE(job) << job.error().what;
  EXPECT_TRUE(job->tls && job->tls->certificate.empty());
  ASSERT_EQ(job->tls_to_try.size(), 2u);
  EXPECT_EQ(job->tls_to_try[1].certificate + job->tls_to_try[1].key, "/c/d");
  EXPECT_FALSE(Job::parse(R"({"kind":"binlog","directories":"/d","tls":{"try":[{"cert":"/a"}]}})", false));
}

TEST(Job, the_tail_needs_only_the_logs) {
  EXPECT_TRUE(Job::parse(R"({"kind":"relay","directories":["/d"],"prefix":"relay-bin"})", false));
}

TEST(Job, whatever_is_wrong_is_named) {
  struct Case {
    const char* job;
    const char* said;
  };
  for (
      const Case& c : {
          Case{"", "not a JSON object"},
          Case{"[]", "not a JSON object"},
          Case{R"({"directories":"/d"})", "'kind' must be"},
          Case{R"({"kind":"binlog"})", "'directories' must name"},
          Case{R"({"kind":"relay","directories":"/a,/b"})", "must be one for relay"},
          Case{R"({"kind":"binlog","directories":"/d"})", "'address' must be a numeric"},
          Case{R"({"kind":"binlog","directories":"/d","address":"db1"})", "'address' must be a numeric"},
          Case{R"({"kind":"binlog","directories":"/d","address":"::1"})", "'replicas' must name"},
          Case{R"({"kind":"binlog","directories":"/d","address":"::1","port":70000})",
               "'port' must be a whole number"},
          Case{R"({"kind":"binlog","directories":"/d","address":"::1","replicas":[{"address":"x"}]})",
               "'credentials'"},
          Case{
              R"({"kind":"binlog","directories":"/d","address":"::1","replicas":[{"address":"x"}],"credentials":[{"user":"a"}]})",
              "in 'replicas': field 'address'"},
          Case{R"({"kind":"binlog","directories":"/d","prot":1})", "'address'"},
          Case{
              R"({"kind":"binlog","directories":"/d","address":"::1","replicas":[{"address":"::1"}],"credentials":[{"user":"a"}],"prot":1})",
              "'prot' is not known"},
          Case{
              R"({"kind":"binlog","directories":"/d","address":"::1","replicas":[{"address":"::1"}],"credentials":[{"user":"a"}],"tls":{"cert":"/c"}})",
              "belong together"},
      }) {
    Result<Job> job = Job::parse(c.job, true);
    ASSERT_FALSE(job) << c.job;
    EXPECT_THAT(job.error().what, HasSubstr(c.said)) << c.job;
  }
}

}  // namespace
}  // namespace tanist::standin

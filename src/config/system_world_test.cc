#include "config/system_world.h"

#include <gtest/gtest.h>

#include "sys/manual_clock.h"
#include "sys/memory_files.h"
#include "sys/posix_processes.h"
#include "sys/reactor.h"
#include "sys/scripted_processes.h"

namespace tanist::config {
namespace {

struct SystemWorld : testing::Test {
  sys::ManualClock clock;
  sys::MemoryFiles files{clock};
  sys::FixedResolver resolver;
  std::string errors;

  ConfigWorld world(sys::Processes& processes, const sys::Clock& its_clock) {
    return system_world(files, processes, resolver, its_clock, "mha",
                        [this](std::string_view text) { errors += text; });
  }
  Loaded load(sys::ProcessResult printed) {
    sys::ScriptedProcesses processes([&](const sys::ProcessSpec&) { return printed; });
    (void)files.replace("/etc/app1.cnf",
                        "[server default]\ninit_conf_load_script=/load it\n[server1]\nhostname=db1\n");
    resolver.set("db1", "192.0.2.1");
    ConfigWorld config_world = world(processes, clock);
    LoadRequest request{.conf = "/etc/app1.cnf", .global_conf = "/etc/none.cnf"};
    std::optional<Loaded> loaded;
    auto run = [&]() -> sys::Task<void> { loaded.emplace(co_await load_cluster(config_world, request)); };
    sys::start_detached(run());
    seen = processes.seen;
    return std::move(*loaded);
  }
  std::vector<sys::ProcessSpec> seen;
};

TEST_F(SystemWorld, runs_the_init_script_by_the_shell_and_resolves_names) {
  Loaded loaded = load({{}, "password=x\n", "looked in the vault\n"});
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->first().password, Secret("x"));
  EXPECT_EQ(loaded->first().ip, "192.0.2.1");
  EXPECT_EQ(loaded->first().ssh_user, "mha");
  EXPECT_EQ(errors, "looked in the vault\n");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].argv, (std::vector<std::string>{"/bin/sh", "-c", "/load it"}));
  EXPECT_EQ(seen[0].deadline - clock.now(), kInitScriptWithin);
}

TEST_F(SystemWorld, a_script_that_hangs_or_dies_is_an_error) {
  const std::string where = "/etc/app1.cnf:2: init_conf_load_script: ";
  EXPECT_EQ(load({{0, 9, true}, "", ""}).error().text(), where + "did not end within 60 s and was killed");
  EXPECT_EQ(load({{0, 11, false}, "", ""}).error().text(), where + "was ended by signal 11");
}

TEST_F(SystemWorld, a_real_shell_prints_a_password) {
  sys::Reactor reactor;
  sys::PosixProcesses processes(reactor);
  ConfigWorld real = world(processes, reactor);
  std::string output;
  auto main = [&]() -> sys::Task<int> {
    Result<ScriptOutput> ran = co_await real.run_script("echo password=a=b; echo to the log >&2; exit 3");
    if (ran) output = ran->output;
    co_return ran ? ran->exit_code : -1;
  };
  EXPECT_EQ(reactor.run(main()), 3);
  EXPECT_EQ(output, "password=a=b\n");
  EXPECT_EQ(errors, "to the log\n");
}

}  // namespace
}  // namespace tanist::config

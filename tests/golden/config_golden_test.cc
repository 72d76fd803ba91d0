// Whole configuration files, as people write them for MHA: what is read from them, and what is left of them
// when a dead server's section is removed. Global settings come from global.conf of the same folder.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "config/ini.h"
#include "config/keys.h"
#include "config/load.h"

namespace tanist::config {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(GOLDEN_DIR) / "config";

Result<std::string> slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::not_found, "No such file or directory", ENOENT);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Only names that the samples use, so that no test asks a resolver.
sys::Task<Result<std::string>> resolve(std::string host) {
  if (host.ends_with(".invalid")) co_return fail(Errc::not_found, "Name or service not known");
  if (host.find_first_not_of("0123456789.") == std::string::npos) co_return host;
  size_t digits = host.find_first_of("0123456789");
  co_return "192.0.2." + (digits == std::string::npos ? "250" : host.substr(digits, 1));
}

sys::Task<Result<ScriptOutput>> run_script(std::string command) {
  co_return ScriptOutput{
      0, command == "/usr/local/bin/load_secrets" ? "password=from=script\nrepl_password='x'\n" : ""};
}

Loaded load(const std::string& file) {
  ConfigWorld world{.read = [](const std::string& path) { return slurp(kFolder / path); },
                    .resolve = resolve,
                    .run_script = run_script,
                    .login_name = "mha"};
  LoadRequest request{.conf = file, .global_conf = "global.conf"};
  std::optional<Loaded> loaded;
  auto run = [&]() -> sys::Task<void> { loaded.emplace(co_await load_cluster(world, request)); };
  sys::start_detached(run());
  return std::move(*loaded);
}

struct Shower {
  const ServerConfig& server;
  std::string operator()(std::string ServerConfig::*field) const { return "'" + server.*field + "'"; }
  std::string operator()(Secret ServerConfig::*field) const { return "'" + (server.*field).reveal() + "'"; }
  std::string operator()(std::vector<std::string> ServerConfig::*field) const {
    return join(server.*field, " | ");
  }
  std::string operator()(std::chrono::seconds ServerConfig::*field) const {
    return std::to_string((server.*field).count()) + " s";
  }
  std::string operator()(NotifyOn ServerConfig::*field) const {
    const NotifyOn on = server.*field;
    return std::string(on.recovery ? "recovery " : "") + (on.alarm ? "alarm " : "") + (on.finding ? "finding " : "") +
           (on.state ? "state " : "");
  }
  std::string operator()(std::vector<GiveUp> ServerConfig::*field) const {
    std::vector<std::string> numbers;
    for (GiveUp one : server.*field) numbers.push_back(std::to_string(static_cast<int>(one)));
    return join(numbers, " | ");
  }
  template <class Number>
  std::string operator()(Number ServerConfig::*field) const {
    return std::to_string(static_cast<int>(server.*field));
  }
};

std::string shown(const ServerConfig& server) {
  std::string text =
      "\n[" + server.id.text + "] " + server.host_info() + " at " + server.section.text() + "\n";
  for (const KeyRow* row : all_keys()) {
    auto origin = server.origins.find(row->name.data());
    text += "  " + std::string(row->name) + " = " + std::visit(Shower{server}, row->field) +
            (origin == server.origins.end() ? "" : "  (" + origin->second.text() + ")") + "\n";
  }
  return text;
}

std::string lines(std::string_view kind, const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += std::string(kind) + " " + problem.text() + "\n";
  return text;
}

std::string shown(const Loaded& loaded) {
  if (!loaded) return lines("error:", loaded.error().errors) + lines("warning:", loaded.error().warnings);
  std::string text = "cluster " + loaded->name + ", ssh_options '" + loaded->ssh_options + "'\n";
  text += lines("warning:", loaded->warnings);
  for (const ServerConfig& server : loaded->servers) text += shown(server);
  for (const ServerConfig& server : loaded->binlog_servers) text += shown(server);
  return text;
}

void expect_golden(const std::string& actual, const std::string& name) {
  if (std::getenv("GOLDEN_UPDATE")) std::ofstream(kFolder / name, std::ios::binary) << actual;
  Result<std::string> expected = slurp(kFolder / name);
  ASSERT_TRUE(expected) << name << " is missing";
  EXPECT_EQ(actual, *expected) << name;
}

class ConfigGolden : public testing::TestWithParam<std::string> {};

TEST_P(ConfigGolden, is_read_as_it_was) {
  expect_golden(shown(load(GetParam() + ".cnf")), GetParam() + ".read");
}

TEST_P(ConfigGolden, loses_only_the_section_that_is_removed) {
  std::string text = slurp(kFolder / (GetParam() + ".cnf")).value();
  expect_golden(remove_section(text, "server1").value(), GetParam() + ".without-server1");
}

INSTANTIATE_TEST_SUITE_P(Samples, ConfigGolden, testing::Values("classic", "gtid_crlf", "wild", "broken"),
                         [](const auto& sample) { return sample.param; });

}  // namespace
}  // namespace tanist::config

// masterha_secondary_check: whether the primary can be reached from other hosts (reference mha-manager.md 2.8), for
// secondary_check_script. MHA asked one host after the other and made a bare TCP connection; here all are asked at once
// and a server's greeting is waited for, because a hung server's kernel still accepts connections. A host that cannot be
// asked is no verdict, so a greeting heard by another one weighs more.
#include <fmt/format.h>

#include <algorithm>

#include "base/options.h"
#include "base/text.h"
#include "compat/masterha_manager.h"
#include "detect/finding.h"
#include "manager/ping.h"
#include "manager/witnesses.h"

namespace tanist::compat {

namespace {

using detect::WitnessSaw;

constexpr OptionRow kRows[] = {
    {"s|secondary_host", OptionKind::list, "", "HOST", "a host to look from; may be repeated"},
    {"user", OptionKind::text, "root", "USER", "ssh user on these hosts"},
    {"port", OptionKind::port, "22", "PORT", "their ssh port"},
    {"options", OptionKind::text, "", "WORDS", "ssh options"},
    {"master_host", OptionKind::text, "", "HOST", "the primary (mandatory)"},
    {"master_ip", OptionKind::text, "", "IP", "its address; connected to instead of the name when given"},
    {"master_port", OptionKind::port, "3306", "PORT", "its port"},
    {"master_user", OptionKind::text, "", "USER", "account for --ping_type=INSERT"},
    {"master_password", OptionKind::text, "", "PASSWORD", "its password; else MHA_MASTER_PASSWORD of the environment"},
    {"ping_type", OptionKind::text, "", "TYPE", "INSERT: the primary must take a write, too"},
    {"timeout", OptionKind::integer, "5", "SECONDS", "for ssh and for the connection to the primary"},
};
constexpr ExitRow kExits[] = {
    {"0", "the primary is unreachable from every host"},
    {"1", "wrong options"},
    {"2", "from none that could be asked, and one could not"},
    {"3", "it is reachable from one at least"},
};
constexpr std::string_view kExamples[] = {
    "secondary_check_script=masterha_secondary_check -s far1 -s far2",
    "masterha_secondary_check -s far1 -s far2 --user=mha --master_host=db1 --master_ip=10.0.0.1 --master_port=3306",
};

enum class Verdict { unreachable = 0, route_host_unreachable = 2, reachable = 3 };

struct Look {
  std::string host;
  Verdict verdict = Verdict::route_host_unreachable;
  std::string why = {};  // more than the usual line says
};

struct Question {
  std::string address;
  uint16_t port = 0;
  std::string user;
  Secret password;
  bool insert = false;
  std::chrono::seconds timeout{};
};

constexpr std::chrono::seconds kInsertLimit{3};
constexpr int kTimedOut = 124;  // of timeout(1)
constexpr int kCannotRun = 126;

// The number in the client's "ERROR 1045 (28000): Access denied ...".
int error_number(std::string_view said) {
  size_t at = said.find("ERROR ");
  if (at == std::string_view::npos) return 0;
  std::string_view rest = said.substr(at + 6);
  return static_cast<int>(parse_uint(rest.substr(0, rest.find(' '))).value_or(0));
}

// The write of ping_type=INSERT from over there. The password goes through stdin and the environment: neither is seen
// in a list of processes.
sys::Task<Look> try_insert(remote::Shell& shell, sys::Clock& clock, remote::Host from, Question question) {
  remote::Command command;
  command.argv = {"sh", "-c",
                  "IFS= read -r MYSQL_PWD; export MYSQL_PWD; exec 2>&1; exec timeout \"$0\" /usr/bin/mysql "
                  "--protocol=TCP --host=\"$1\" --port=\"$2\" --user=\"$3\" --execute=\"$4\"",
                  std::to_string(kInsertLimit.count()), question.address, std::to_string(question.port),
                  question.user, manager::insert_ping_sql()};
  command.stdin_text = question.password.reveal() + "\n";
  command.deadline = clock.now() + kInsertLimit + question.timeout;
  auto result = co_await shell.run(from, std::move(command));
  if (!result) co_return Look{from.name, Verdict::route_host_unreachable, result.error().what};
  if (result->status.ok()) co_return Look{from.name, Verdict::reachable};
  if (result->status.code >= kCannotRun) {
    co_return Look{from.name, Verdict::route_host_unreachable, "/usr/bin/mysql cannot be run there"};
  }
  // Who is refused has been answered (R9): that server is alive, whatever MHA made of a wrong password.
  if (detect::means_alive(error_number(result->output))) {
    co_return Look{from.name, Verdict::reachable, std::string(trim(result->output))};
  }
  const bool silent = result->status.code == kTimedOut;
  co_return Look{from.name, Verdict::unreachable,
                 "it greets but takes no write: " +
                     (silent ? "no answer" : std::string(trim(result->output)))};
}

sys::Task<Look> look_from(remote::Shell& shell, sys::Clock& clock, remote::Host from, Question question) {
  auto hearing = manager::hear_greeting(shell, from, question.address, question.port, question.timeout,
                                        clock.now() + 2 * question.timeout);
  auto saw = co_await std::move(hearing);
  switch (saw) {
    case WitnessSaw::no_witness: co_return Look{from.name, Verdict::route_host_unreachable};
    case WitnessSaw::greeting: break;
    case WitnessSaw::no_greeting:
      co_return Look{from.name, Verdict::unreachable, "it accepts connections and says nothing"};
    case WitnessSaw::refused:
    case WitnessSaw::unreachable: co_return Look{from.name, Verdict::unreachable};
  }
  if (!question.insert) co_return Look{from.name, Verdict::reachable};
  auto look = co_await try_insert(shell, clock, std::move(from), std::move(question));
  co_return look;
}

std::string line_of(const Look& look) {
  const std::string why = look.why.empty() ? "" : " (" + look.why + ")";
  switch (look.verdict) {
    case Verdict::unreachable:
      return fmt::format("Monitoring server {0} is reachable, Master is not reachable from {0}{1}. OK.\n", look.host, why);
    case Verdict::route_host_unreachable:
      return fmt::format("Monitoring server {} is NOT reachable!{}\n", look.host, why);
    case Verdict::reachable: return fmt::format("Master is reachable from {}!{}\n", look.host, why);
  }
  return "";
}

std::vector<remote::Host> route_hosts(const Options& options) {
  std::vector<remote::Host> hosts;
  for (const std::string& name : options.list("s")) {
    remote::Host host;
    host.name = host.address = name;
    host.port = static_cast<uint16_t>(options.number("port"));
    host.user = options.text("user");
    host.options = split(options.text("options"), ' ');
    std::erase(host.options, "");
    host.connect_timeout = std::chrono::seconds(options.number("timeout"));
    hosts.push_back(std::move(host));
  }
  return hosts;
}

}  // namespace

sys::Task<int> masterha_secondary_check(std::vector<std::string> args, manager::Outside& outside) {
  const CommandTable table{.name = "masterha_secondary_check",
                           .usage = "-s HOST [-s HOST ...] --master_host=HOST [options]",
                           .summary = "Checks from other hosts, over ssh, whether the primary can be reached. Exit 0: from "
                                      "none of them; 3: from one at least; 2: from none, and one cannot be asked.",
                           .rows = kRows,
                           .examples = kExamples,
                           .exits = kExits};
  CommandLine line = read_command_line(table, args);
  outside.out(line.out);
  outside.err(line.err);
  if (line.exit_code) co_return *line.exit_code;
  const Options& options = line.options;
  if (!options.given("master_host")) {
    outside.out("--master_host=<host of the primary> must be set.\n");
    co_return 1;
  }
  Question question;
  question.address = options.given("master_ip") ? options.text("master_ip") : options.text("master_host");
  question.port = static_cast<uint16_t>(options.number("master_port"));
  question.user = options.text("master_user");
  question.password = options.secret("master_password");
  if (!options.given("master_password")) {
    question.password = Secret(outside.environment("MHA_MASTER_PASSWORD").value_or(""));  // hook_passwords=env
  }
  question.insert = iequals(options.text("ping_type"), "INSERT");
  question.timeout = std::chrono::seconds(std::clamp<int64_t>(options.number("timeout"), 1, 3600));

  auto log = outside.open_log("", sys::Level::error);
  auto shell = outside.open_shell(*log);
  std::vector<sys::Task<Look>> looks;
  for (auto& host : route_hosts(options)) looks.push_back(look_from(*shell, outside.clock, std::move(host), question));
  if (looks.empty()) outside.err("No host to look from: say -s HOST. The primary counts as unreachable, as with MHA.\n");
  auto seen = co_await sys::when_all(std::move(looks));
  Verdict verdict = Verdict::unreachable;
  for (const Look& look : seen) {
    outside.out(line_of(look));
    verdict = std::max(verdict, look.verdict);
  }
  co_return static_cast<int>(verdict);
}

}  // namespace tanist::compat

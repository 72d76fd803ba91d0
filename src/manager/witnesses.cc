#include "manager/witnesses.h"

#include <fmt/format.h>

#include "execute/from_config.h"

namespace tanist::manager {

namespace {

using detect::Witness;
using detect::WitnessSaw;

// Needs nothing on the witness but bash and coreutils, so that it works before tanist-node was ever copied there.
// Exit: 0 a byte of greeting came, 3 closed port, 4 connected and nothing said, 5 no answer at all.
// A lost packet of a handshake costs a second, longer than we ask: so up to three attempts, each begun only while the
// ones before have heard nothing. The words behind the port are how many seconds each attempt has.
constexpr const char* kHearGreeting = R"(exec 2>&1
attempt() {
  sleep "$3"
  kill -0 $$ || exit
  timeout "$4" bash -c 'exec 3<>/dev/tcp/"$0"/"$1" || exit 3; echo open; read -r -n 1 -u 3 x && exit 0; exit 4' "$1" "$2"
  echo "end $?"
}
address=$0 port=$1 code=5 left=$(($# - 1))
shift
while read -r line; do
  case $line in
    open) code=4 ;;
    *refused*) echo "$line"; exit 3 ;;
    'end 0') exit 0 ;;
    end*) left=$((left - 1)); [ $left -gt 0 ] || exit $code ;;
  esac
done < <(exec 2>&1; after=0; for seconds; do attempt "$address" "$port" 0.$after "$seconds" & after=$((after + 2)); done)
exit $code)";

std::vector<std::string> greeting_command(const std::string& address, uint16_t port, Duration limit) {
  constexpr Duration kBetweenAttempts = std::chrono::milliseconds(200);  // as the script has it
  std::vector<std::string> argv{"bash", "-c", kHearGreeting, address, std::to_string(port)};
  for (int attempt = 0; attempt < 3; ++attempt) {
    Duration rest = limit - attempt * kBetweenAttempts;
    if (attempt > 0 && rest < kBetweenAttempts) break;
    argv.push_back(fmt::format("{:.3f}", std::chrono::duration<double>(rest).count()));
  }
  return argv;
}

WitnessSaw judge(const sys::ProcessResult& result) {
  // Ended by a signal, or by us at the deadline, its exit code says nothing: that was once taken for a greeting.
  if (result.status.ended_by_us || result.status.signal != 0) return WitnessSaw::no_witness;
  switch (result.status.code) {
    case 0: return WitnessSaw::greeting;
    case 3:
      // bash says which: a host that is gone is not a port that is closed.
      return result.output.find("refused") != std::string::npos ? WitnessSaw::refused : WitnessSaw::unreachable;
    case 4: return WitnessSaw::no_greeting;
    case 5: return result.output.find("open") != std::string::npos ? WitnessSaw::no_greeting : WitnessSaw::unreachable;
    default: return WitnessSaw::no_witness;
  }
}

sys::Task<Witness> ask(sys::Clock& clock, remote::Shell& shell, config::ServerConfig witness,
                       config::ServerConfig primary, TimePoint deadline) {
  Witness answer;
  answer.id = witness.id;
  auto hearing = hear_greeting(shell, execute::remote_host(witness), primary.ip, primary.port,
                               (deadline - clock.now()) * 2 / 3, deadline);
  answer.saw = co_await std::move(hearing);
  answer.at = clock.now();
  co_return answer;
}

}  // namespace

sys::Task<WitnessSaw> hear_greeting(remote::Shell& shell, remote::Host from, std::string address, uint16_t port,
                                    Duration limit, TimePoint deadline) {
  remote::Command command;
  command.argv = greeting_command(address, port, limit);
  command.deadline = deadline;
  auto result = co_await shell.run(std::move(from), std::move(command));
  co_return result ? judge(*result) : WitnessSaw::no_witness;
}

sys::Task<std::vector<Witness>> ask_witnesses(sys::Clock& clock, remote::Shell& shell,
                                              std::vector<config::ServerConfig> witnesses,
                                              config::ServerConfig primary, TimePoint deadline) {
  std::vector<sys::Task<Witness>> asked;
  for (const auto& witness : witnesses) asked.push_back(ask(clock, shell, witness, primary, deadline));
  auto answers = co_await sys::when_all(std::move(asked));
  co_return answers;
}

sys::Task<bool> ssh_answers(remote::Shell& shell, remote::Host host, TimePoint deadline) {
  remote::Command command;
  command.argv = {"exit", "0"};
  command.deadline = deadline;
  auto result = co_await shell.run(std::move(host), std::move(command));
  co_return result.has_value() && result->status.ok();
}

}  // namespace tanist::manager

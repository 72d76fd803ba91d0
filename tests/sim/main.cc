// sim [--seeds N] [--first N] [--seed N] [--trace] [--list]
// Runs stories by their seeds; the last line is "N passed, N failed".
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

#include "base/text.h"
#include "story.h"

namespace {

struct Request {
  uint64_t first = 1;
  uint64_t count = 1000;
  bool trace = false;
  bool list = false;
  bool known = true;
};

Request read_arguments(int argc, char** argv) {
  Request request;
  for (int i = 1; i < argc; ++i) {
    std::string option = argv[i];
    const auto number = tanist::parse_uint(i + 1 < argc ? argv[i + 1] : "");
    if (option == "--trace") {
      request.trace = true;
    } else if (option == "--list") {
      request.list = true;
    } else if (number && (option == "--seed" || option == "--seeds" || option == "--first")) {
      if (option != "--seeds") request.first = *number;
      if (option != "--first") request.count = option == "--seed" ? 1 : *number;
      ++i;
    } else {
      request.known = false;
    }
  }
  return request;
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

}  // namespace

int main(int argc, char** argv) {
  using namespace tanist;
  Request request = read_arguments(argc, argv);
  if (!request.known) {
    print("usage: sim [--seeds N] [--first N] [--seed N] [--trace] [--list]\n");
    return 2;
  }
  uint64_t failed = 0;
  std::map<std::string, int> outcomes;
  for (uint64_t seed = request.first; seed < request.first + request.count; ++seed) {
    sim::Scenario scenario = sim::make_scenario(seed);
    if (request.trace) print(scenario.text() + "\n");
    sim::Story story(scenario, request.trace);
    auto violations = story.run();
    std::string outcome = story.outcome();
    ++outcomes[std::string(sim::to_string(scenario.fault)) + ": " + outcome.substr(0, outcome.find(','))];
    if (request.list) print(fmt::format("seed {}: {}, {}\n", seed, sim::to_string(scenario.fault), outcome));
    if (violations.empty()) continue;
    ++failed;
    print(scenario.text() + "\n  " + outcome + "\n");
    for (const std::string& violation : violations) print("  VIOLATED " + violation + "\n");
    print(fmt::format("  replay: tests/sim/run --seed {} --trace\n", seed));
    std::fflush(stdout);
  }
  for (const auto& [outcome, count] : outcomes) print(fmt::format("{:6} {}\n", count, outcome));
  print(fmt::format("{} passed, {} failed\n", request.count - failed, failed));
  return failed == 0 ? 0 : 1;
}

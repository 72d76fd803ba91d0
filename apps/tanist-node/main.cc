// tanist-node: what runs on database hosts. The command is the name it was called by, or else the first word.
#include <cstdio>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nodetools/apply_diff_relay_logs.h"
#include "nodetools/fence.h"
#include "nodetools/filter_mysqlbinlog.h"
#include "nodetools/purge_relay_logs.h"
#include "nodetools/save_binary_logs.h"
#include "production.h"
#include "standin/server.h"

namespace {

struct NodeCommand {
  std::string_view name;
  int (*run)(std::span<const std::string> args);
  std::string_view summary;
};

template <tanist::NodeBody kBody>
int in_world(std::span<const std::string> args) {
  return tanist::run_node_command(kBody, {args.begin(), args.end()});
}

int filter_mysqlbinlog(std::span<const std::string> args) {
  std::ios::sync_with_stdio(false);
  return tanist::nodetools::filter_mysqlbinlog(args, std::cin, std::cout, std::cerr);
}

namespace nodetools = tanist::nodetools;

constexpr NodeCommand kCommands[] = {
    {"standin", tanist::standin::run_standin, "serve missing events to replicas in a dead primary's place"},
    {"tail", tanist::standin::run_tail, "print how far a set of logs reaches"},
    {"fence", tanist::nodetools::run_fence, "end whoever listens on a port, and prove it"},
    {"save_binary_logs", in_world<nodetools::save_binary_logs>,
     "what a log holds from a position on, as one file"},
    {"apply_diff_relay_logs", in_world<nodetools::apply_diff_relay_logs>, "what a lagging replica misses"},
    {"filter_mysqlbinlog", filter_mysqlbinlog, "takes added ROLLBACKs out of mysqlbinlog's text"},
    {"purge_relay_logs", in_world<nodetools::purge_relay_logs>,
     "deletes the applied relay logs of a replica"},
};

const NodeCommand* find_command(std::string_view name) {
  for (const NodeCommand& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

void print_usage(FILE* to) {
  fputs("usage: tanist-node COMMAND [OPTIONS]\n", to);
  for (const NodeCommand& command : kCommands) {
    fprintf(to, "  %-24s %s\n", std::string(command.name).c_str(), std::string(command.summary).c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  tanist::hide_passwords(argc, argv);
  std::string_view called = words.empty() ? std::string_view() : words[0];
  called.remove_prefix(called.rfind('/') + 1);
  if (const NodeCommand* command = find_command(called)) return command->run(std::span(words).subspan(1));
  if (words.size() < 2) {
    print_usage(stderr);
    return 1;
  }
  if (words[1] == "--help" || words[1] == "help") {
    print_usage(stdout);
    return 0;
  }
  if (words[1] == "--commands") {
    for (const NodeCommand& command : kCommands) puts(std::string(command.name).c_str());
    return 0;
  }
  // The manager reads this line to know whether the node program of a host is its own (remote/node_provider.h).
  if (words[1] == "--version") {
    puts("tanist-node version " TANIST_VERSION ".");
    return 0;
  }
  if (const NodeCommand* command = find_command(words[1])) return command->run(std::span(words).subspan(2));
  fprintf(stderr, "tanist-node: unknown command '%s'\n", words[1].c_str());
  print_usage(stderr);
  return 1;
}

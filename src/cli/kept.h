// Asking a running `tanist run` through the socket in its state directory.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "base/options.h"
#include "cli/commands.h"

namespace tanist::cli {

struct Question {
  std::string method, target, body = {};
  Duration limit = std::chrono::seconds(10);
};

// The body of its answer. Errc::not_found: no `tanist run` runs there. Errc::refused: its own sentence.
sys::Task<Result<std::string>> ask(World& world, const Options& options, Question question);
// The same; what went wrong has been said.
sys::Task<std::optional<std::string>> asked(World& world, const Options& options, Question question);

std::string of_cluster(const std::string& cluster, const std::string& rest = "");  // the target: /v1/clusters/app1/pause

// The cluster of a running `tanist run` that a word means, which is its name or its file; nothing: a FILE that no
// `tanist run` keeps. A name that nobody keeps is an error.
sys::Task<Result<std::optional<std::string>>> kept_cluster(World& world, const Options& options, std::string word);

// An order, whose steps are shown on stderr as they are journalled. Its result.
sys::Task<Result<std::string>> order(World& world, const Options& options, std::string cluster, std::string verb, std::string body);

// A string member of a JSON object; empty: it has none.
std::string member(const std::string& body, const char* name);
std::string text_of(const boost::json::value& value);  // empty: that is no string

}  // namespace tanist::cli

#include "cli/verb.h"

#include "base/text.h"

namespace tanist::cli {

tl::expected<Options, int> begin(CommandTable table, const std::vector<std::string>& args, Words words, manager::Outside& outside) {
  table.unknown_options = Unknown::error;
  table.extra_words = Unknown::collect;
  CommandLine line = read_command_line(table, args);
  outside.out(line.out);
  outside.err(line.err);
  if (line.exit_code) return tl::unexpected(*line.exit_code == 0 ? 0 : 2);
  const size_t given = line.options.words().size();
  if (given >= words.least && given <= words.most) return std::move(line.options);
  const std::string_view what = words.missing.empty() ? "too many words" : words.missing;
  outside.err(std::string(table.name) + ": " + std::string(what) + "\n" + help_text(table));
  return tl::unexpected(2);
}

int failed(manager::Outside& outside, const std::string& what) {
  outside.err(what + "\n");
  return 1;
}

Result<std::string> state_file(manager::Outside& outside, const Options& options) {
  std::string path = options.text("state_dir") + "/" + store::kJournalFile;
  auto facts = outside.files.facts(path);
  if (!facts) return fail(facts.error().code, path + ": there is no such file: has `tanist run` worked in that directory?");
  return path;
}

bool is_file(const std::string& word) { return word.find_first_of("/.") != std::string::npos; }

bool confirmed(manager::Outside& outside, const std::string& question) {
  const auto answer = outside.ask_line("\n" + question + " (yes/NO): ");
  return answer && lower(trim(*answer)).starts_with('y');
}

}  // namespace tanist::cli

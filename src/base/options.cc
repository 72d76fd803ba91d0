#include "base/options.h"

#include <algorithm>
#include <limits>

#include "base/result.h"
#include "base/text.h"

namespace tanist {

namespace {

constexpr OptionRow kEveryCommand[] = {
    {"help", OptionKind::flag, "", "", "print this text and exit"},
    {"version", OptionKind::flag, "", "", "print the version and exit"},
};

std::string first_name(const OptionRow& row) { return std::string(row.names.substr(0, row.names.find('|'))); }

// Sign and decimal digits within 64 bits, in the form that number() reads back.
std::optional<int64_t> parse_int(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::optional<uint64_t> size = parse_uint(text);
  uint64_t limit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) + (negative ? 1 : 0);
  if (!size || *size > limit) return std::nullopt;
  return static_cast<int64_t>(negative ? 0 - *size : *size);
}

}  // namespace

std::vector<OptionRow> all_rows(const CommandTable& table) {
  std::vector<OptionRow> rows(table.rows.begin(), table.rows.end());
  rows.insert(rows.end(), std::begin(kEveryCommand), std::end(kEveryCommand));
  return rows;
}

class OptionParser {
 public:
  OptionParser(const CommandTable& table, std::span<const std::string> args)
      : table_(table), rows_(all_rows(table)), args_(args) {
    for (const OptionRow& row : rows_) {
      Options::Slot slot{row.kind, {}};
      if (!row.fallback.empty()) slot.values = {std::string(row.fallback)};
      options_.slots_.emplace(first_name(row), std::move(slot));
    }
  }

  Options parse() {
    while (next_ < args_.size()) {
      const std::string& arg = args_[next_++];
      size_t dashes = prefix_length(arg);
      if (arg == "--") {
        while (next_ < args_.size()) extra_word(args_[next_++], false);
      } else if (dashes == 0 || dashes == arg.size()) {
        extra_word(arg, after_unknown_);
        after_unknown_ = false;
      } else {
        option(arg, dashes);
      }
    }
    return std::move(options_);
  }

 private:
  size_t prefix_length(std::string_view arg) const {
    if (arg.starts_with("--")) return 2;
    return arg.starts_with('-') || (table_.plus_prefix && arg.starts_with('+')) ? 1 : 0;
  }

  void option(const std::string& arg, size_t dashes) {
    size_t equals = arg.find('=', dashes);
    std::string name = arg.substr(dashes, equals == std::string::npos ? equals : equals - dashes);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = arg.substr(equals + 1);
    after_unknown_ = false;

    std::vector<const OptionRow*> rows = rows_meant_by(name);
    if (rows.size() == 1) {
      assign(*rows[0], value);
    } else if (rows.empty()) {
      unknown_option(arg, name, !value);
    } else {
      std::vector<std::string> names;
      for (const OptionRow* row : rows) names.push_back("--" + first_name(*row));
      error("option --" + name + " is ambiguous: " + join(names, ", "));
    }
  }

  // An exact name wins over being the beginning of others; the aliases of one row do not compete.
  std::vector<const OptionRow*> rows_meant_by(std::string_view name) const {
    std::vector<const OptionRow*> meant;
    std::string wanted = lower(name);
    for (const OptionRow& row : rows_) {
      bool begins = false;
      for (const std::string& known : split(row.names, '|')) {
        if (known == wanted) return {&row};
        begins |= known.starts_with(wanted);
      }
      if (begins && !wanted.empty()) meant.push_back(&row);
    }
    return meant;
  }

  void assign(const OptionRow& row, std::optional<std::string> value) {
    std::string name = first_name(row);
    Options::Slot& slot = options_.slots_.at(name);
    if (row.kind == OptionKind::flag || row.kind == OptionKind::boolean) {
      if (value && row.kind == OptionKind::flag) return error("option --" + name + " takes no value");
      if (value && *value != "0" && *value != "1") return error("option --" + name + " takes 0 or 1");
      value = value.value_or("1");
    } else {
      if (!value && next_ < args_.size()) value = args_[next_++];
      if (!value || value->empty()) return error("option --" + name + " requires a value");
      if (row.kind == OptionKind::integer && !parse_int(*value)) {
        return error("option --" + name + " takes an integer, not '" + *value + "'");
      }
      if (row.kind == OptionKind::port && (parse_int(*value).value_or(0) < 1 || parse_int(*value) > 65535)) {
        return error("option --" + name + " takes a port from 1 to 65535, not '" + *value + "'");
      }
    }
    if (row.kind != OptionKind::list || !slot.given) slot.values.clear();
    slot.values.push_back(*value);
    slot.given = true;
  }

  // Messages carry the name only: the value of a mistyped --password is still a password.
  void unknown_option(const std::string& arg, const std::string& name, bool value_may_follow) {
    after_unknown_ = value_may_follow;
    options_.unknown_.push_back(arg);
    if (table_.unknown_options == Unknown::collect) return;
    std::vector<std::string_view> known;
    for (const OptionRow& row : rows_) {
      for (std::string_view rest = row.names; !rest.empty();) {
        size_t end = std::min(rest.find('|'), rest.size());
        if (end > 1) known.push_back(rest.substr(0, end));  // one letter is near to everything
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
    std::optional<std::string_view> near = nearest(name, known);
    std::string hint = near ? "; did you mean --" + std::string(*near) + "?" : "";
    if (table_.unknown_options == Unknown::error) return error("Unknown options: --" + name + hint);
    options_.warnings_.push_back("unknown option --" + name + " is ignored" + hint);
  }

  void extra_word(const std::string& word, bool may_be_a_value) {
    options_.words_.push_back(word);
    if (table_.extra_words == Unknown::collect) return;
    std::string shown = may_be_a_value ? "the word after the unknown option" : "extra word '" + word + "'";
    if (table_.extra_words == Unknown::error) return error(shown + " is not expected");
    options_.warnings_.push_back(shown + " is ignored");
  }

  void error(std::string what) { options_.errors_.push_back(std::move(what)); }

  const CommandTable& table_;
  std::vector<OptionRow> rows_;
  std::span<const std::string> args_;
  size_t next_ = 0;
  bool after_unknown_ = false;
  Options options_;
};

const Options::Slot& Options::slot(std::string_view name) const {
  auto found = slots_.find(name);
  TANIST_CHECK(found != slots_.end());  // asked for an option that the command's table does not have
  return found->second;
}

std::string Options::last(std::string_view name, std::initializer_list<OptionKind> kinds) const {
  const Slot& asked = slot(name);
  TANIST_CHECK(std::find(kinds.begin(), kinds.end(), asked.kind) != kinds.end());
  return asked.values.empty() ? "" : asked.values.back();
}

bool Options::given(std::string_view name) const { return slot(name).given; }
bool Options::flag(std::string_view name) const {
  return last(name, {OptionKind::flag, OptionKind::boolean}) == "1";
}
std::string Options::text(std::string_view name) const { return last(name, {OptionKind::text}); }

std::optional<int64_t> Options::maybe_number(std::string_view name) const {
  return parse_int(last(name, {OptionKind::integer, OptionKind::port}));
}
int64_t Options::number(std::string_view name) const {
  std::optional<int64_t> value = maybe_number(name);
  TANIST_CHECK(value);  // an integer row without a default is asked for with maybe_number
  return *value;
}

std::vector<std::string> Options::list(std::string_view name) const {
  last(name, {OptionKind::list});
  return slot(name).values;
}

Options parse_options(const CommandTable& table, std::span<const std::string> args) {
  return OptionParser(table, args).parse();
}

std::string help_text(const CommandTable& table) {
  constexpr size_t kWidest = 34;  // wider left sides get a line of their own
  auto left_side = [](const OptionRow& row) {
    std::vector<std::string> forms;
    for (const std::string& name : split(row.names, '|')) {
      std::string value = row.kind == OptionKind::boolean ? "[=0/1]" : "";
      if (!row.value.empty()) value = "=" + std::string(row.value);
      forms.push_back((name.size() == 1 ? "-" : "--") + name + value);
    }
    return "  " + join(forms, ", ");
  };

  std::string text = "Usage: " + std::string(table.name) + " " + std::string(table.usage) + "\n\n" +
                     std::string(table.summary) + "\n\nOptions:\n";
  std::vector<OptionRow> rows = all_rows(table);
  size_t width = 0;
  for (const OptionRow& row : rows) width = std::max(width, left_side(row).size());
  width = std::min(width, kWidest);
  for (const OptionRow& row : rows) {
    std::string left = left_side(row);
    text += left;
    text += left.size() > width ? "\n" + std::string(width, ' ') : std::string(width - left.size(), ' ');
    text += "  " + std::string(row.help);
    if (!row.fallback.empty()) text += " (default " + std::string(row.fallback) + ")";
    if (row.kind == OptionKind::list) text += " (may be repeated)";
    text += '\n';
  }
  if (!table.exits.empty()) text += "\nExit status:\n";
  for (const ExitRow& row : table.exits) {
    text += "  " + std::string(row.code) + std::string(row.code.size() < 4 ? 4 - row.code.size() : 1, ' ') +
            std::string(row.meaning) + "\n";
  }
  if (!table.examples.empty()) text += "\nExamples:\n";
  for (std::string_view example : table.examples) text += "  " + std::string(example) + "\n";
  return text;
}

CommandLine read_command_line(const CommandTable& table, std::span<const std::string> args) {
  if (args.size() == 1 && args[0] == "--man") return {parse_options(table, {}), 0, man_page(table), {}};
  if (args.size() == 1 && args[0] == "--completion-words") return {parse_options(table, {}), 0, completion_lines(table), {}};
  CommandLine line{parse_options(table, args), {}, {}, {}};
  std::string name(table.name);
  if (line.options.flag("help")) {
    line.out = help_text(table);
    line.exit_code = 0;
  } else if (line.options.flag("version")) {
    line.out = name + " version " + std::string(table.version) + ".\n";
    line.exit_code = 0;
  } else if (!line.options.errors().empty()) {
    line.err = join(line.options.errors(), "; ") + "\n";
    line.out = help_text(table);
    line.exit_code = 1;
  } else {
    for (const std::string& warning : line.options.warnings()) line.err += "warning: " + warning + "\n";
  }
  return line;
}

}  // namespace tanist

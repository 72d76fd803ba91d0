#include "config/ini.h"

#include <gtest/gtest.h>

#include <random>

namespace tanist::config {
namespace {

// "[section] key=value@line key=value@line | …", then errors and warnings behind "!" and "~".
std::string shown(std::string_view text) {
  IniFile ini = parse_ini(text, "f");
  std::string out;
  auto entries = [&out](const std::vector<Entry>& list) {
    for (const Entry& entry : list) {
      out += entry.key + "=<" + entry.value + ">@" + std::to_string(entry.where.line) + " ";
    }
  };
  entries(ini.rootless);
  for (const Section& section : ini.sections) {
    out += "[" + section.name + "]@" + std::to_string(section.where.line) + " ";
    entries(section.entries);
  }
  for (const Problem& problem : ini.errors) out += "! " + problem.text() + " ";
  for (const Problem& problem : ini.warnings) out += "~ " + problem.text() + " ";
  if (!out.empty()) out.pop_back();
  return out;
}

TEST(Ini, reads_the_dialect) {
  const struct {
    std::string_view text, shown;
  } kCases[] = {
      {"", ""},
      {"[a]\nk=v\n", "[a]@1 k=<v>@2"},
      {"[a]\nk=v", "[a]@1 k=<v>@2"},
      // Line ends, and their counting.
      {"[a]\r\nk=v\r\n", "[a]@1 k=<v>@2"},
      {"[a]\rk=v\r", "[a]@1 k=<v>@2"},
      {"[a]\r\r\nk=v\r\r\n", "[a]@1 k=<v>@2"},
      {"[a]\n\n\r\nk=v", "[a]@1 k=<v>@4"},
      // Headers.
      {"  [  server default  ]  \nk=v", "[server default]@1 k=<v>@2"},
      {"[]", "[]@1"},
      {"[a]b]", "[a]b]@1"},
      {"[a] ; note", "[a]@1"},
      // Properties.
      {"[a]\n \t k \t = \t v w \t ", "[a]@1 k=<v w>@2"},
      {"[a]\nk=", "[a]@1 k=<>@2"},
      {"[a]\nk = a=b=", "[a]@1 k=<a=b=>@2"},
      {"[a]\nk=\"q\"", "[a]@1 k=<\"q\">@2"},
      // Comments.
      {"# c\n ; c\n\t#k=v\n[a]", "[a]@4"},
      {"[a]\nk=v ; c", "[a]@1 k=<v>@2"},
      {"[a]\nk=v\t;\tc", "[a]@1 k=<v>@2"},
      {"[a]\nk=v;c", "[a]@1 k=<v;c>@2"},
      {"[a]\nk=v ;c", "[a]@1 k=<v ;c>@2"},
      {"[a]\nk=v; c", "[a]@1 k=<v; c>@2"},
      {"[a]\nk=v ; ", "[a]@1 k=<v ;>@2"},
      {"[a]\nk=v ;  ", "[a]@1 k=<v>@2"},
      {"[a]\nk=v # not a comment", "[a]@1 k=<v # not a comment>@2"},
      {"[a]\nk=p#1", "[a]@1 k=<p#1>@2"},
      // Repetition.
      {"[a]\nk=1\n[b]\n[a]\nj=2", "[a]@1 k=<1>@2 j=<2>@5 [b]@3 ~ f:4: section [a] goes on from line 1"},
      {"[a]\nk=1\nk=2",
       "[a]@1 k=<2>@3 ~ f:3: 'k' was set in line 2 of the same section; this later one counts"},
      // What is wrong, with its line; the rest is read all the same.
      {"k=v\n[a]", "k=<v>@1 [a]@2"},
      {"[a]\nword\nk=v",
       "[a]@1 k=<v>@3 ! f:2: syntax error: neither a [section], nor key=value, nor a comment"},
      {"[a\nk=v", "k=<v>@2 ! f:1: syntax error: section header without a closing ']'"},
      {"[a]\n=v", "[a]@1 ! f:2: syntax error: no key before '='"},
      {"\xEF\xBB\xBF[a]\nk=v", "[a]@1 k=<v>@2"},
      {{"[a]\n\0", 5}, "! f: is not a text file (it has NUL bytes)"},
  };
  for (const auto& c : kCases) EXPECT_EQ(shown(c.text), c.shown) << c.text;
}

TEST(Ini, removes_a_section_and_nothing_else) {
  const struct {
    std::string_view name, text, left;
  } kCases[] = {
      {"b", "[a]\nk=v\n[b]\nk=v\n[c]\nk=v\n", "[a]\nk=v\n[c]\nk=v\n"},
      {"b", "[b]\n", ""},
      {"b", "[a]\n[b]\nk=v", "[a]\n"},
      // Comments: those inside go, those in front of the next section stay.
      {"b", "[a]\n# of b\n[b]\n# in b\nk=v\n\n# of c\n[c]\n", "[a]\n# of b\n\n# of c\n[c]\n"},
      {"b", "[a]\nk=v\n\n[b]\nk=v\n\n\n# of c\n[c]", "[a]\nk=v\n\n# of c\n[c]"},
      {"b", "[a]\nk=v\n[b]\nk=v\n\n[c]\n", "[a]\nk=v\n\n[c]\n"},
      // Bytes: line ends, blanks, quotes, order.
      {"b", "# x\r\n[a]\r\n k =  \"v\" ; c\r\n[b]\r\nk=v\r\n[ c ]\r\nk=\r\n",
       "# x\r\n[a]\r\n k =  \"v\" ; c\r\n[ c ]\r\nk=\r\n"},
      {"b", "[b]\rk=v\r[a]\rz=1\ra=2\r", "[a]\rz=1\ra=2\r"},
      {"b", "\xEF\xBB\xBF[b]\nk=v\n[a]\n", "\xEF\xBB\xBF[a]\n"},
      // In pieces, and beside names that only resemble it.
      {"b", "[b]\nk=1\n[a]\n[b]\nk=2\n[b2]\nk=3\n", "[a]\n[b2]\nk=3\n"},
      {"b", "[ b ] ; the old one\nk=1\n[B]\nk=3\n", "[B]\nk=3\n"},
  };
  for (const auto& c : kCases) EXPECT_EQ(remove_section(c.text, c.name).value(), c.left) << c.text;
  EXPECT_EQ(remove_section("[a]\n# [b]\n", "b").error().what, "no section [b]");
}

// Everything but one section, with values and in order: what must be the same before and after a removal.
std::string without(const IniFile& ini, std::string_view name) {
  std::string text;
  for (const Entry& entry : ini.rootless) text += entry.key + "=" + entry.value + "\n";
  for (const Section& section : ini.sections) {
    if (section.name == name) continue;
    text += "[" + section.name + "]\n";
    for (const Entry& entry : section.entries) text += entry.key + "=" + entry.value + "\n";
  }
  return text;
}

TEST(Ini, removal_leaves_all_other_sections_and_comments_of_any_text) {
  constexpr std::string_view kLines[] = {
      "[a]",       "[b]",        "[ b ]",    "[c]",   "k=v", "x = \"1\" ; note", "",
      "# comment", " ; comment", "nonsense", "[open", "=",   "\tk2=v=w"};
  constexpr std::string_view kEnds[] = {"\n", "\r\n", "\r", "\r\r\n"};
  std::mt19937 random(20261120);
  for (int run = 0; run < 3000; ++run) {
    std::string_view end = kEnds[random() % std::size(kEnds)];
    std::string text;
    for (size_t count = random() % 20; count > 0; --count) {
      text += kLines[random() % std::size(kLines)];
      if (count > 1 || random() % 2) text += end;
    }
    Result<std::string> left = remove_section(text, "b");
    IniFile before = parse_ini(text, "f");
    bool had = text.find("[b]") != std::string::npos || text.find("[ b ]") != std::string::npos;
    ASSERT_EQ(left.has_value(), had) << text;
    if (!left) continue;
    EXPECT_EQ(without(parse_ini(*left, "f"), ""), without(before, "b")) << text;
    EXPECT_FALSE(remove_section(*left, "b")) << text;
  }
}

TEST(Ini, adds_a_section_at_the_end_and_touches_nothing_else) {
  const struct {
    std::string text, with;
  } kCases[] = {
      {"", "[n]\nk=v\n"},
      {"[a]\nk=v", "[a]\nk=v\n\n[n]\nk=v\n"},
      {"[a]\nk=v\n\n", "[a]\nk=v\n\n[n]\nk=v\n"},
      {"# x\r\n[a]\r\n k =  \"v\" ; c\r\n", "# x\r\n[a]\r\n k =  \"v\" ; c\r\n\r\n[n]\r\nk=v\r\n"},
      {"[a]\rk=1\rk=2\rnonsense", "[a]\rk=1\rk=2\rnonsense\r\r[n]\rk=v\r"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(add_section(c.text, "n", {{"k", "v"}}).value(), c.with) << c.text;
    EXPECT_EQ(remove_section(c.with, "n").value().substr(0, c.text.size()), c.text);
  }
  EXPECT_EQ(add_section("\n[ n ]\n", "n", {}).error().what, "there is a section [n] in line 2");
}

TEST(Ini, adds_nothing_that_would_be_read_as_something_else) {
  const std::vector<Setting> kWrong[] = {{{"k", "a ; b"}}, {{"k", " a"}}, {{"k", "a\n[m]"}}, {{"k=", "a"}},
                                         {{"k", "a\rj=b"}}, {{"# k", "a"}}, {{"k", "a"}, {"k", "b"}}};
  for (const auto& settings : kWrong) EXPECT_FALSE(add_section("[a]\n", "n", settings)) << settings[0].value;
  for (const char* name : {"n]\n[m", "n ; x"}) EXPECT_FALSE(add_section("[a]\n", name, {{"k", "v"}})) << name;
}

}  // namespace
}  // namespace tanist::config

#include "nodetools/filter_mysqlbinlog.h"

#include <gtest/gtest.h>

#include <sstream>

namespace tanist::nodetools {
namespace {

std::string filtered(const std::string& text, FilterStart start = FilterStart::with_format) {
  std::istringstream in(text);
  std::ostringstream out;
  Status done = filter_sql_text(in, out, start);
  return done ? out.str() : "error: " + done.error().what;
}

constexpr char kHead[] = "/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=1*/;\nDELIMITER /*!*/;\n";
constexpr char kStart[] =
    "#251120  9:00:00 server id 1  end_log_pos 256 \tStart: binlog v 4, server v 10.11 created 251120\n";
constexpr char kOpen[] = "# Warning: this binlog is either in use or was not closed properly.\n";
constexpr char kAdded[] = "ROLLBACK/*!*/;\nBINLOG '\nabc\n'/*!*/;\n";
constexpr char kLeftOut[] = "# The ROLLBACK that mysqlbinlog adds at the start of a log is left out.\n";
constexpr char kEvent[] =
    "# at 256\n#251120  9:00:00 server id 1  end_log_pos 300 \tQuery\nROLLBACK\n/*!*/;\n";
constexpr char kEnd[] = "# End of log file\nROLLBACK /* added by mysqlbinlog */;\n";
constexpr char kRestore[] = "/*!50003 SET COMPLETION_TYPE=@OLD_COMPLETION_TYPE*/;\n";

TEST(FilterMysqlbinlog, drops_the_rollback_and_the_format_description) {
  std::string before = std::string(kHead) + "# at 4\n" + kStart;
  for (std::string warning : {"", kOpen})
    EXPECT_EQ(filtered(before + warning + kAdded + kEvent), before + warning + kLeftOut + kEvent);
  EXPECT_EQ(filtered(before + kAdded + "DELIMITER ;\nmore\n"), before + kLeftOut + "DELIMITER ;\nmore\n");
  EXPECT_EQ(filtered(before + kAdded + kEvent, FilterStart::rollback_only),
            before + kLeftOut + "BINLOG '\nabc\n'/*!*/;\n" + kEvent);
}

TEST(FilterMysqlbinlog, keeps_a_start_without_rollback) {
  std::string text = std::string(kHead) + "# at 4\n" + kStart + "BINLOG '\nabc\n'/*!*/;\n" + kEvent;
  EXPECT_EQ(filtered(text), text);
}

TEST(FilterMysqlbinlog, looks_only_at_the_first_nine_events) {
  std::string nine, start = std::string("# at 4\n") + kStart + kAdded;
  for (int i = 0; i < 9; ++i) nine += "# at 100\n#an event\n";
  EXPECT_EQ(filtered(nine + start), nine + start);
  std::string eight = nine.substr(0, nine.size() / 9 * 8);
  EXPECT_EQ(filtered(eight + start), eight + "# at 4\n" + kStart + kLeftOut);
}

TEST(FilterMysqlbinlog, drops_the_added_end_only_where_the_text_ends) {
  std::string text = std::string("x\n") + kEnd + kRestore;
  EXPECT_EQ(filtered(text),
            "x\n# End of log file\n# The ROLLBACK that mysqlbinlog adds at the end of a log is left out.\n");
  for (std::string more : {"/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=0*/;\n", "\n"})
    EXPECT_EQ(filtered(text + more), text + more);
  EXPECT_EQ(filtered(kEnd), kEnd);
}

TEST(FilterMysqlbinlog, passes_everything_else) {
  for (std::string text :
       {"", "\n", "no newline at the end", "ROLLBACK\r\n# at x\n#  at 4\n# at \n", "a\0b\nc"})
    EXPECT_EQ(filtered(text), text);
}

TEST(FilterMysqlbinlog, a_text_that_is_cut_short_is_told) {
  for (std::string text : {"# at 4\n", "x\n# at 300", "# End of log file\n"})
    EXPECT_TRUE(filtered(text).starts_with("error: the text ends right behind")) << text;
  std::istringstream in("# at 4\n");
  std::ostringstream out, err;
  EXPECT_EQ(filter_mysqlbinlog({}, in, out, err), 255);
  std::vector<std::string> wrong{"--nothing"}, version{"--version"};
  EXPECT_EQ(filter_mysqlbinlog(wrong, in, out, err), 1);
  out.str("");
  EXPECT_EQ(filter_mysqlbinlog(version, in, out, err), 0);
  EXPECT_EQ(out.str(), "filter_mysqlbinlog version 0.58.\n");
}

}  // namespace
}  // namespace tanist::nodetools

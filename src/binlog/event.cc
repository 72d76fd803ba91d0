#include "binlog/event.h"

#include <iterator>

namespace tanist::binlog {

namespace {

constexpr const char* kNames[] = {nullptr,
                                  "START_V3",
                                  "QUERY",
                                  "STOP",
                                  "ROTATE",
                                  "INTVAR",
                                  "LOAD",
                                  "SLAVE",
                                  "CREATE_FILE",
                                  "APPEND_BLOCK",
                                  "EXEC_LOAD",
                                  "DELETE_FILE",
                                  "NEW_LOAD",
                                  "RAND",
                                  "USER_VAR",
                                  "FORMAT_DESCRIPTION",
                                  "XID",
                                  "BEGIN_LOAD_QUERY",
                                  "EXECUTE_LOAD_QUERY",
                                  "TABLE_MAP",
                                  "PRE_GA_WRITE_ROWS",
                                  "PRE_GA_UPDATE_ROWS",
                                  "PRE_GA_DELETE_ROWS",
                                  "WRITE_ROWS_V1",
                                  "UPDATE_ROWS_V1",
                                  "DELETE_ROWS_V1",
                                  "INCIDENT",
                                  "HEARTBEAT",
                                  "IGNORABLE",
                                  "ROWS_QUERY",
                                  "WRITE_ROWS",
                                  "UPDATE_ROWS",
                                  "DELETE_ROWS",
                                  "GTID",
                                  "ANONYMOUS_GTID",
                                  "PREVIOUS_GTIDS",
                                  "TRANSACTION_CONTEXT",
                                  "VIEW_CHANGE",
                                  "XA_PREPARE",
                                  "PARTIAL_UPDATE_ROWS",
                                  "TRANSACTION_PAYLOAD",
                                  "HEARTBEAT_V2",
                                  "GTID_TAGGED",
                                  "LARGE_TRANSACTION_HEADER"};
constexpr const char* kMariadbNames[] = {"ANNOTATE_ROWS",
                                         "BINLOG_CHECKPOINT",
                                         "GTID (MariaDB)",
                                         "GTID_LIST",
                                         "START_ENCRYPTION",
                                         "QUERY_COMPRESSED",
                                         "WRITE_ROWS_COMPRESSED_V1",
                                         "UPDATE_ROWS_COMPRESSED_V1",
                                         "DELETE_ROWS_COMPRESSED_V1",
                                         "WRITE_ROWS_COMPRESSED",
                                         "UPDATE_ROWS_COMPRESSED",
                                         "DELETE_ROWS_COMPRESSED",
                                         "PARTIAL_ROW_DATA"};
constexpr size_t kFirstMariadb = 160;

}  // namespace

std::string type_name(EventType type) {
  size_t number = static_cast<size_t>(type);
  if (number > 0 && number < std::size(kNames)) return kNames[number];
  if (number >= kFirstMariadb && number - kFirstMariadb < std::size(kMariadbNames))
    return kMariadbNames[number - kFirstMariadb];
  return "event type " + std::to_string(number);
}

}  // namespace tanist::binlog

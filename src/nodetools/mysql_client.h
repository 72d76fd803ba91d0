// Statements through the mysql client of this host. A database host has the client of its own server, which
// knows every way that server lets somebody in; so tanist-node needs no client library, and stays one static
// file.
#pragma once

#include <memory>
#include <string>

#include "mysql/session.h"
#include "nodetools/client_program.h"
#include "nodetools/mysql_login.h"

namespace tanist::nodetools {

class MysqlClient {
 public:
  // The login file lies in `workdir`, which must exist.
  static sys::Task<Result<MysqlClient>> open(NodeWorld& world, ClientPlace place, MysqlLogin login,
                                             std::string workdir);

  // Without output of rows: what a program is fed with.
  sys::ProcessSpec spec(std::vector<std::string> arguments) const;
  // Statements one by one until the first that fails; the rows of all of them, as the client prints them.
  sys::Task<Result<std::string>> run(std::string sql) const;
  const ClientProgram& program() const { return program_; }
  NodeWorld& world() const { return *world_; }

 private:
  MysqlClient(NodeWorld& world, ClientProgram program, LoginFile login)
      : world_(&world), program_(std::move(program)), login_(std::move(login)) {}

  NodeWorld* world_;
  ClientProgram program_;
  LoginFile login_;
};

// One session in which statements follow one another: a client that is written to. The first error ends it.
class MysqlConversation {
 public:
  // `last_words`: statements that the server gets at the end of the session however it comes, also when this
  // process is killed.
  static Result<MysqlConversation> start(const MysqlClient& client, std::string last_words = "");

  // NULL comes as the word. Errc::refused with the client's own sentence when the server says no.
  sys::Task<Result<mysql::Rows>> ask(std::string sql, Duration within);
  // One value of one row; empty if there is none.
  sys::Task<Result<std::string>> ask_value(std::string sql, Duration within);
  // Says the last words and waits until they are said.
  sys::Task<Status> finish();

 private:
  MysqlConversation(NodeWorld& world, std::unique_ptr<sys::Child> child)
      : world_(&world), child_(std::move(child)) {}
  sys::Task<Error> ended(std::string doing);

  NodeWorld* world_;
  std::unique_ptr<sys::Child> child_;
  int asked_ = 0;
};

}  // namespace tanist::nodetools

#include "mortal.h"

#include <fmt/format.h>

#include <map>
#include <vector>

namespace tanist::sim {

namespace {

using Alive = std::shared_ptr<Life>;

// What waits here is never resumed. It is kept, so that nobody takes it for lost.
sys::Task<void> for_ever() {
  static auto& graves = *new std::vector<sys::Completion<bool>>;
  static_cast<void>(co_await graves.emplace_back());
}

class MortalSession : public mysql::Session {
 public:
  MortalSession(std::unique_ptr<mysql::Session> session, Alive life) : session_(std::move(session)), life_(std::move(life)) {}
  sys::Task<mysql::Answer<mysql::Rows>> query(std::string sql, TimePoint deadline) override {
    if (life_->over()) co_await for_ever();
    auto answer = co_await session_->query(std::move(sql), deadline);
    if (life_->over()) co_await for_ever();
    co_return answer;
  }
  sys::Task<bool> closed_before(TimePoint until) override {
    auto closed = co_await session_->closed_before(until);
    if (life_->over()) co_await for_ever();
    co_return closed;
  }
  const std::string& server_version() const override { return session_->server_version(); }
  uint64_t connection_id() const override { return session_->connection_id(); }

 private:
  std::unique_ptr<mysql::Session> session_;
  Alive life_;
};

class MortalConnector : public mysql::Connector {
 public:
  MortalConnector(mysql::Connector& connector, Alive life) : connector_(connector), life_(std::move(life)) {}
  sys::Task<mysql::Answer<std::unique_ptr<mysql::Session>>> connect(mysql::Endpoint server, mysql::Credentials who,
                                                                    TimePoint deadline) override {
    if (life_->over()) co_await for_ever();
    auto session = co_await connector_.connect(std::move(server), std::move(who), deadline);
    if (life_->over()) co_await for_ever();
    if (!session) co_return tl::unexpected(session.error());
    co_return std::make_unique<MortalSession>(std::move(*session), life_);
  }

 private:
  mysql::Connector& connector_;
  Alive life_;
};

class MortalShell : public remote::Shell {
 public:
  MortalShell(remote::Shell& shell, Alive life) : shell_(shell), life_(std::move(life)) {}
  sys::Task<Status> connect(remote::Host host, TimePoint deadline) override {
    return either(shell_.connect(std::move(host), deadline));
  }
  sys::Task<Result<sys::ProcessResult>> run(remote::Host host, remote::Command command) override {
    return either(shell_.run(std::move(host), std::move(command)));
  }
  sys::Task<Result<std::unique_ptr<sys::Child>>> start(remote::Host host, remote::Command command) override {
    return either(shell_.start(std::move(host), std::move(command)));
  }
  sys::Task<Status> fetch(remote::Host host, std::string from, std::string to, TimePoint deadline) override {
    return either(shell_.fetch(std::move(host), std::move(from), std::move(to), deadline));
  }
  sys::Task<Status> send(remote::Host host, std::string from, std::string to, unsigned mode, TimePoint deadline) override {
    return either(shell_.send(std::move(host), std::move(from), std::move(to), mode, deadline));
  }
  sys::Task<Result<std::string>> node(remote::Host host, std::string workdir, TimePoint deadline) override {
    return either(shell_.node(std::move(host), std::move(workdir), deadline));
  }

 private:
  template <class T>
  sys::Task<T> either(sys::Task<T> act) {
    if (life_->over()) co_await for_ever();
    auto done = co_await std::move(act);
    if (life_->over()) co_await for_ever();
    co_return done;
  }

  remote::Shell& shell_;
  Alive life_;
};

class MortalRunner : public hooks::Runner {
 public:
  MortalRunner(hooks::Runner& runner, Alive life) : runner_(runner), life_(std::move(life)) {}
  sys::Task<hooks::Outcome> run(hooks::Call call) override {
    if (life_->over()) co_await for_ever();
    auto outcome = co_await runner_.run(std::move(call));
    if (life_->over()) co_await for_ever();
    co_return outcome;
  }

 private:
  hooks::Runner& runner_;
  Alive life_;
};

// Its calls return at once, and whoever called goes on until he waits for something: what is written meanwhile is not.
class MortalJournal : public store::Journal {
 public:
  MortalJournal(store::Journal& journal, Alive life) : journal_(journal), life_(std::move(life)) {}
  Result<store::RecoveryId> begin(const std::string& cluster, const std::string& kind, const std::string& plan,
                                  WallTime now) override {
    return either<Result<store::RecoveryId>>("the beginning", [&] { return journal_.begin(cluster, kind, plan, now); });
  }
  Status step_intent(store::RecoveryId id, const store::StepIntent& step, WallTime now) override {
    names_[step.number] = fmt::format("{:02}_{}{}{}", step.number, step.name, step.target.empty() ? "" : "_", step.target);
    return either<Status>(names_[step.number] + " begins", [&] { return journal_.step_intent(id, step, now); });
  }
  Status step_result(store::RecoveryId id, int number, store::StepOutcome outcome, const std::string& result,
                     WallTime now) override {
    return either<Status>(names_[number] + " ends", [&] { return journal_.step_result(id, number, outcome, result, now); });
  }
  Status finish(store::RecoveryId id, store::RecoveryOutcome outcome, const std::string& result, WallTime now) override {
    return either<Status>("the end", [&] { return journal_.finish(id, outcome, result, now); });
  }
  Result<std::vector<store::RecoveryRecord>> unfinished() override { return journal_.unfinished(); }
  Result<std::vector<store::RecoveryRecord>> history(store::Which which) override { return journal_.history(std::move(which)); }

 private:
  template <class Answer, class Write>
  Answer either(std::string what, Write write) {
    if (life_->over() || life_->ends_before_this_write(std::move(what))) return fail(Errc::io, "its writer is dead");
    Answer done = write();
    life_->wrote();
    if (life_->over()) return fail(Errc::io, "its writer is dead");
    return done;
  }

  store::Journal& journal_;
  Alive life_;
  std::map<int, std::string> names_;
};

}  // namespace

bool Life::ends_before_this_write(std::string what) {
  said_.push_back(std::move(what));
  if (death && death->write == static_cast<int>(said_.size()) && !death->written) end();
  return over_;
}

void Life::wrote() {
  if (death && death->write == static_cast<int>(said_.size()) && death->written) end();
}

void Life::end() {
  over_ = true;
  dies();
}

std::unique_ptr<mysql::Connector> mortal(mysql::Connector& connector, Alive life) {
  return std::make_unique<MortalConnector>(connector, std::move(life));
}
std::unique_ptr<remote::Shell> mortal(remote::Shell& shell, Alive life) {
  return std::make_unique<MortalShell>(shell, std::move(life));
}
std::unique_ptr<hooks::Runner> mortal(hooks::Runner& runner, Alive life) {
  return std::make_unique<MortalRunner>(runner, std::move(life));
}
std::unique_ptr<store::Journal> mortal(store::Journal& journal, Alive life) {
  return std::make_unique<MortalJournal>(journal, std::move(life));
}

}  // namespace tanist::sim

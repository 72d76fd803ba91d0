#include "sys/spawn.h"

#include <fcntl.h>
#include <spawn.h>

#include <csignal>
#include <cstring>

#include "sys/environment.h"
#include "sys/os_error.h"

namespace tanist::sys {

namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_failure("make a pipe", "", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// The files that the child reads and writes by itself, opened here, where a failure can name them.
struct OwnFiles {
  UniqueFd in;
  UniqueFd out;
};

Result<OwnFiles> open_files(const ProcessSpec& spec) {
  OwnFiles files;
  if (!spec.stdin_file.empty()) {
    files.in = UniqueFd(::open(spec.stdin_file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!files.in) return os_failure("open", spec.stdin_file, errno);
  }
  if (!spec.stdout_file.empty()) {
    files.out = UniqueFd(::open(spec.stdout_file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!files.out) return os_failure("create", spec.stdout_file, errno);
  }
  return files;
}

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  void use(int fd, int as) { posix_spawn_file_actions_adddup2(&actions_, fd, as); }
  void use_null_as_stdin() { posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0); }
  void close_the_rest() { posix_spawn_file_actions_addclosefrom_np(&actions_, 3); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Own process group; no signal blocked; SIGPIPE as usual, though we ignore it.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&defaults, number);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> all = environment_of_children();
  std::erase_if(all, [&](const std::string& entry) { return extra.contains(entry.substr(0, entry.find('='))); });
  for (const auto& [name, value] : extra) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

Result<Spawned> spawn(const ProcessSpec& spec, StdinKind input, OutputKind output) {
  TANIST_CHECK(!spec.argv.empty());
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  for (const auto* pipe : {&in, &out, &err}) {
    if (!*pipe) return fail(pipe->error().during("start " + spec.argv[0]));
  }
  auto files = open_files(spec);
  if (!files) return fail(files.error().during("start " + spec.argv[0]));
  FileActions actions;
  if (files->in) actions.use(files->in.get(), 0);
  else if (input == StdinKind::pipe) actions.use(in->read_end.get(), 0);
  else actions.use_null_as_stdin();
  if (output != OutputKind::inherit) {
    actions.use((files->out ? files->out : out->write_end).get(), 1);
    actions.use((output == OutputKind::merged ? out : err)->write_end.get(), 2);
  }
  actions.close_the_rest();

  Attributes attributes;
  std::vector<std::string> argv = spec.argv;
  std::vector<std::string> environment = environment_with(spec.extra_env);
  std::vector<char*> argv_pointers = pointers(argv), environment_pointers = pointers(environment);
  Spawned child;
  int error = ::posix_spawnp(&child.pid, argv[0].c_str(), actions.get(), attributes.get(), argv_pointers.data(),
                             environment_pointers.data());
  if (error != 0) return os_failure("start", spec.argv[0], error);

  if (input == StdinKind::pipe) child.in = std::move(in->write_end);
  if (output != OutputKind::inherit && !files->out) child.out = std::move(out->read_end);
  if (output == OutputKind::separate) child.err = std::move(err->read_end);
  // Only our ends: the child expects ordinary ones.
  for (UniqueFd* fd : {&child.in, &child.out, &child.err}) {
    if (*fd) ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
  }
  return child;
}

}  // namespace tanist::sys

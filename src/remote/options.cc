#include "remote/options.h"

#include "base/text.h"

namespace tanist::remote {

namespace {

// How soon a silent connection is given up by its holder: 3 s times 3. Whoever wants to use it asks it first
// and does not wait that long; this is for the ones that nobody asks.
constexpr const char* kOurOptions[] = {
    "BatchMode=yes",         "PasswordAuthentication=no", "StrictHostKeyChecking=no", "LogLevel=ERROR",
    "ServerAliveInterval=3", "ServerAliveCountMax=3",     "ControlPersist=no",        "RemoteCommand=none",
};

Words with_dash_o(std::initializer_list<std::string> options) {
  Words words;
  for (const std::string& option : options) words.insert(words.end(), {"-o", option});
  return words;
}

void append(Words& words, const Words& more) { words.insert(words.end(), more.begin(), more.end()); }

// Options given first win, so those of the configuration can add to ours but not undo them, as with MHA.
Words client(const Host& host, const std::string& socket, const char* control_master,
             const std::string& remote_line) {
  Words words{"ssh", "-T", "-S", socket, "-o", std::string("ControlMaster=") + control_master};
  for (const char* option : kOurOptions) words.insert(words.end(), {"-o", option});
  auto timeout = std::chrono::ceil<std::chrono::seconds>(host.connect_timeout).count();
  if (timeout > 0) append(words, with_dash_o({"ConnectTimeout=" + std::to_string(timeout)}));
  append(words, host.options);
  words.insert(words.end(), {"-p", std::to_string(host.port)});
  if (!host.user.empty()) words.insert(words.end(), {"-l", host.user});
  words.insert(words.end(), {"--", host.address, remote_line});
  return words;
}

}  // namespace

Words alive_options(const Words& ssh_options) {
  Words words = with_dash_o({"ServerAliveInterval=60", "ServerAliveCountMax=20", "StrictHostKeyChecking=no",
                             "ConnectionAttempts=5", "PasswordAuthentication=no", "BatchMode=yes"});
  append(words, ssh_options);
  return words;
}

Words check_options(std::chrono::seconds connect_timeout, const Words& ssh_options) {
  Words words = with_dash_o({"StrictHostKeyChecking=no", "PasswordAuthentication=no", "BatchMode=yes",
                             "ConnectTimeout=" + std::to_string(connect_timeout.count())});
  append(words, ssh_options);
  return words;
}

Words holder_argv(const Host& host, const std::string& socket, const std::string& remote_line) {
  return client(host, socket, "yes", remote_line);
}

Words session_argv(const Host& host, const std::string& socket, const std::string& remote_line) {
  return client(host, socket, "no", remote_line);
}

std::string connection_key(const Host& host) {
  return host.user + "@" + host.address + ":" + std::to_string(host.port) + " " + join(host.options, " ");
}

std::string to_text(const Host& host) {
  return host.name + " (" + host.address + ":" + std::to_string(host.port) + ")";
}

}  // namespace tanist::remote

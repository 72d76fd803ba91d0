#include "mysql/login.h"

#include <mariadb/errmsg.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>

namespace tanist::mysql {

namespace {

// What the wait callback of the library belongs to; it passes nothing of ours. One login per thread.
thread_local Login* current_login = nullptr;

// All that the library may answer with our password when the line may be anybody's: nothing that shows it as it is.
constexpr char kSafeAuthentication[] =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,parsec";

}  // namespace

Login::Login(Endpoint server, Credentials who, ConnectorOptions options)
    : server_(std::move(server)),
      who_(std::move(who)),
      options_(std::move(options)),
      gave_up_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  TANIST_CHECK(gave_up_fd_);
}

void Login::give_up() {
  gave_up_ = true;
  ::eventfd_write(gave_up_fd_.get(), 1);
}

void Login::run() {
  current_login = this;
  attempt(options_.tls == Tls::off ? Encrypt::no : Encrypt::yes);
  // A server whose TLS is too old for today's OpenSSL (MySQL 5.6) is better heard in clear text than not at all.
  bool tls_failed = !handle_ && failure_.number == CR_SSL_CONNECTION_ERROR;
  if (tls_failed && options_.tls == Tls::preferred && !gave_up_) attempt(Encrypt::no);
  current_login = nullptr;
}

void Login::attempt(Encrypt encrypt) {
  stage_ = Stage::tcp;
  prepare(encrypt);
  MYSQL* connected = mysql_real_connect(handle_.get(), server_.address.c_str(), who_.user.c_str(),
                                        who_.password.reveal().c_str(), nullptr, server_.port, nullptr,
                                        CLIENT_REMEMBER_OPTIONS);
  if (connected) return;
  int number = static_cast<int>(mysql_errno(handle_.get()));
  failure_ = gave_up_ ? timeout() : connect_failure(number, mysql_error(handle_.get()));
  handle_.reset();
}

void Login::prepare(Encrypt encrypt) {
  handle_.reset(mysql_init(nullptr));
  MYSQL* handle = handle_.get();
  TANIST_CHECK(handle);
  // No option file is read as long as nobody asks for one.
  const my_bool no = 0, yes = 1;
  const unsigned off = 0;
  const int protocol = MYSQL_PROTOCOL_TCP;
  mysql_options(handle, MYSQL_OPT_NONBLOCK, nullptr);
  mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off);
  mysql_options(handle, MYSQL_OPT_RECONNECT, &no);
  mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "tanist");
  mysql_options(handle, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(&Login::wait));
  // A known sql_mode, so that what the dialect quotes is read as it was meant, and commits whatever the server's habit.
  std::string settings = "SET SESSION wait_timeout=" + std::to_string(options_.session_wait_timeout_seconds) +
                         ", SESSION sql_mode='', SESSION autocommit=1";
  mysql_options(handle, MYSQL_INIT_COMMAND, settings.c_str());

  mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, encrypt == Encrypt::yes ? &yes : &no);
  mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, options_.tls == Tls::verified ? &yes : &no);
  if (!options_.ca_file.empty()) mysql_options(handle, MYSQL_OPT_SSL_CA, options_.ca_file.c_str());
  if (options_.tls < Tls::required) mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, kSafeAuthentication);
}

int Login::wait(my_socket socket, my_bool for_reading, int) {
  Login* login = current_login;
  TANIST_CHECK(login);
  if (mysql_get_server_info(login->handle_.get())) login->stage_ = Stage::login;
  else if (for_reading) login->stage_ = Stage::greeting;
  return login->wait_for(socket, for_reading ? POLLIN : POLLOUT);
}

// As poll() does: 1, or 0 with ETIMEDOUT.
int Login::wait_for(int socket, short events) {
  pollfd fds[] = {{socket, events, 0}, {gave_up_fd_.get(), POLLIN, 0}};
  while (::poll(fds, 2, -1) < 0) TANIST_CHECK(errno == EINTR);
  if (!fds[0].revents) {
    errno = ETIMEDOUT;
    return 0;
  }
  // The library would report EINPROGRESS for every connect that fails; the reason can be asked for only once.
  if (stage_ == Stage::tcp && (fds[0].revents & (POLLERR | POLLHUP))) {
    int reason = 0;
    socklen_t length = sizeof reason;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &reason, &length);
    errno = reason;
    return -1;
  }
  return 1;
}

}  // namespace tanist::mysql

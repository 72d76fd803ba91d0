#include "mysql/line.h"

#include <mariadb/errmsg.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

namespace tanist::mysql {

namespace {

// The library's wait callback is given nothing of ours, but it is called in the thread of the call.
thread_local Line* speaking = nullptr;

struct Speaking {
  explicit Speaking(Line* line) { speaking = line; }
  ~Speaking() { speaking = nullptr; }
};

// How long TLS may wait by itself before it asks us again whether to go on.
constexpr int kTickMs = 50;

// What the library may do with our password when the line may be anybody's: nothing that shows it as it is.
constexpr char kSafeAuthentication[] =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,parsec";

// TLS reads and writes the socket directly, blocking as it is, so that must come back from time to time.
void limit_blocking(int socket) {
  timeval tick{0, kTickMs * 1000};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof tick);
}

int error_of(int socket) {
  int reason = 0;
  socklen_t length = sizeof reason;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &reason, &length);
  return reason;
}

Rows as_rows(MYSQL_RES* result) {
  Rows rows;
  unsigned width = mysql_num_fields(result);
  const MYSQL_FIELD* fields = mysql_fetch_fields(result);
  for (unsigned i = 0; i < width; ++i) rows.columns.emplace_back(fields[i].name, fields[i].name_length);
  while (MYSQL_ROW row = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    auto& cells = rows.rows.emplace_back();
    for (unsigned i = 0; i < width; ++i) {
      cells.push_back(row[i] ? std::optional<std::string>(std::in_place, row[i], lengths[i]) : std::nullopt);
    }
  }
  return rows;
}

}  // namespace

Line::Line(Endpoint server, Credentials who, ConnectorOptions options)
    : server_(std::move(server)),
      who_(std::move(who)),
      options_(std::move(options)),
      give_up_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Line::~Line() {
  if (gave_up_ && handle_ && fd() >= 0) ::shutdown(fd(), SHUT_RDWR);
}

void Line::give_up() {
  gave_up_ = true;
  ::eventfd_write(give_up_fd_.get(), 1);
}

Answer<bool> Line::log_in() {
  if (!give_up_fd_) return tl::unexpected(Failure{Contact::timeout, EMFILE, "this process may open no more files"});
  Speaking now(this);
  auto done = attempt(options_.tls == Tls::off ? Encrypt::no : Encrypt::yes);
  // A server whose TLS is too old for today's OpenSSL is better heard in clear text than not at all.
  bool tls_failed = !done && done.error().number == CR_SSL_CONNECTION_ERROR;
  if (tls_failed && options_.tls == Tls::preferred && !gave_up_) done = attempt(Encrypt::no);
  return done;
}

Answer<bool> Line::attempt(Encrypt encrypt) {
  stage_ = Stage::tcp;
  prepare(encrypt);
  MYSQL* connected = mysql_real_connect(handle_.get(), server_.address.c_str(), who_.user.c_str(),
                                        who_.password.reveal().c_str(), nullptr, server_.port, nullptr,
                                        CLIENT_REMEMBER_OPTIONS);
  if (!connected) {
    if (gave_up_) return tl::unexpected(connect_timeout(stage_));
    return tl::unexpected(connect_failure(static_cast<int>(mysql_errno(handle_.get())), mysql_error(handle_.get())));
  }
  // The library goes on in clear text where the server has no TLS, whatever it was told.
  bool must_encrypt = options_.tls == Tls::required || options_.tls == Tls::verified;
  if (must_encrypt && !mysql_get_ssl_cipher(connected)) {
    return tl::unexpected(
        Failure{Contact::error_packet, CR_SSL_CONNECTION_ERROR, "the server offers no TLS, and TLS is required"});
  }
  stage_ = Stage::open;
  return true;
}

void Line::prepare(Encrypt encrypt) {
  handle_.reset(mysql_init(nullptr));
  MYSQL* handle = handle_.get();
  TANIST_CHECK(handle);
  // No option file is read as long as nobody asks for one.
  const my_bool no = 0, yes = 1;
  const unsigned off = 0;
  const int protocol = MYSQL_PROTOCOL_TCP;
  mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off);
  mysql_options(handle, MYSQL_OPT_RECONNECT, &no);
  mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "tanist");
  mysql_options(handle, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(&Line::wait));
  // A known sql_mode, so that what the dialect quotes is read as it was meant, and commits whatever the server's habit.
  std::string settings = "SET SESSION wait_timeout=" + std::to_string(options_.session_wait_timeout_seconds) +
                         ", SESSION sql_mode='', SESSION autocommit=1";
  mysql_options(handle, MYSQL_INIT_COMMAND, settings.c_str());

  mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, encrypt == Encrypt::yes ? &yes : &no);
  mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, options_.tls == Tls::verified ? &yes : &no);
  if (!options_.ca_file.empty()) mysql_options(handle, MYSQL_OPT_SSL_CA, options_.ca_file.c_str());
  if (options_.tls < Tls::required) mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, kSafeAuthentication);
}

Failure Line::failure_of_query() {
  if (gave_up_) return query_timeout();
  return query_failure(static_cast<int>(mysql_errno(handle_.get())), mysql_error(handle_.get()));
}

Answer<Rows> Line::ask(const std::string& sql) {
  Speaking now(this);
  MYSQL* handle = handle_.get();
  Rows rows;
  int error = mysql_real_query(handle, sql.data(), sql.size());
  while (!error) {
    MYSQL_RES* result = mysql_store_result(handle);
    if (result) rows = as_rows(result);
    mysql_free_result(result);
    if (!result && mysql_errno(handle)) break;
    // A procedure's call has results after its own; none is left unread.
    if (!mysql_more_results(handle)) return rows;
    error = mysql_next_result(handle);
  }
  return tl::unexpected(failure_of_query());
}

int Line::wait(my_socket socket, my_bool for_reading, int) {
  if (!speaking) {  // the good-bye of a line, on the loop, where nothing may be waited for
    errno = ETIMEDOUT;
    return 0;
  }
  if (speaking->stage_ != Stage::open) {
    if (mysql_get_server_info(speaking->handle_.get())) speaking->stage_ = Stage::login;
    else if (for_reading) speaking->stage_ = Stage::greeting;
  }
  return speaking->wait_for(socket, for_reading ? POLLIN : POLLOUT);
}

// As poll() does: 1 to go on, 0 with ETIMEDOUT, -1 with an error.
int Line::wait_for(int socket, short events) {
  limit_blocking(socket);
  // In TLS the library asks for reading where it means writing: then it must try again before long, either way.
  bool maybe_tls = stage_ == Stage::login || mysql_get_ssl_cipher(handle_.get());
  int tick = maybe_tls ? kTickMs : -1;
  pollfd fds[] = {{socket, events, 0}, {give_up_fd_.get(), POLLIN, 0}};
  while (::poll(fds, 2, tick) < 0) TANIST_CHECK(errno == EINTR);
  if (fds[1].revents) {
    errno = ETIMEDOUT;
    return 0;
  }
  // The library would report EINPROGRESS for every connect that fails; the reason can be asked for only once.
  if (stage_ == Stage::tcp && (fds[0].revents & (POLLERR | POLLHUP))) {
    errno = error_of(socket);
    return -1;
  }
  return 1;
}

}  // namespace tanist::mysql

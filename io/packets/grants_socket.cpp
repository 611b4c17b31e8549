// SPDX-License-Identifier: Apache-2.0
// The scheduler's socket: POSIX calls and the cutting into lines.
#include "io/packets/grants_socket.hpp"

#include "io/files/grants_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace airan::io {
namespace {

/// A file descriptor that is closed with its owner.
class Descriptor {
public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& o) noexcept : value_(std::exchange(o.value_, -1)) {}
  Descriptor& operator=(Descriptor&& o) noexcept {
    std::swap(value_, o.value_);
    return *this;
  }
  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  void reset() {
    if (value_ >= 0)
      ::close(value_);
    value_ = -1;
  }

private:
  int value_;
};

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path) ||
      path.find('\0') != std::string::npos)
    return configuration_error(fmt::format("grants: the path of a socket has 1 to {} characters, "
                                           "and {} has {}; choose a shorter one",
                                           sizeof(address.sun_path) - 1, path, path.size()));
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

Descriptor make_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// Removes what an earlier run left; an error where something else lies.
Result<void> clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    return {}; // nothing there, or bind() says why not
  if (!S_ISSOCK(status.st_mode))
    return file_error(
        fmt::format("cannot listen on {}: a file that is not a socket lies there", path));
  const Descriptor probe = make_socket();
  const int refused =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0
          ? 0
          : errno;
  if (refused == 0 || refused == EAGAIN)
    return file_error(
        fmt::format("cannot listen on {}: another process listens there already", path));
  if (refused == ECONNREFUSED)
    ::unlink(path.c_str());
  return {};
}

} // namespace

struct GrantsSocket::State {
  static constexpr std::size_t block_bytes = 65536;

  std::string path;
  struct stat identity {}; ///< of the socket file
  Descriptor listener;
  Descriptor scheduler; ///< open while one is connected
  Descriptor waker;
  bool has_ended = false;

  std::string text;         ///< what was received and not handed out
  std::size_t at = 0;       ///< of the line that comes next
  std::size_t searched = 0; ///< bytes of it without a newline
  std::string_view line;    ///< the last one
  std::int64_t number = 0;
  bool is_skipping = false; ///< what comes belongs to a line that is too long

  ~State() {
    struct stat now {};
    if (listener.is_open() && ::lstat(path.c_str(), &now) == 0 && now.st_ino == identity.st_ino &&
        now.st_dev == identity.st_dev)
      ::unlink(path.c_str());
  }

  /// The next event that what was received holds.
  std::optional<Event> cut() {
    const std::string_view rest = std::string_view(text).substr(at);
    const std::size_t newline = rest.find('\n', searched);
    const bool is_whole = newline != std::string_view::npos || (has_ended && !rest.empty());
    const std::size_t size = is_whole ? std::min(newline, rest.size()) : rest.size();
    if (size > max_grants_line_bytes || is_skipping) {
      const bool is_new = !is_skipping;
      is_skipping = !is_whole;
      at += is_whole ? std::min(size + 1, rest.size()) : size;
      searched = 0;
      if (is_new) {
        ++number;
        return Event::too_long;
      }
      return is_whole ? cut() : std::nullopt;
    }
    if (!is_whole) {
      searched = rest.size();
      return std::nullopt;
    }
    line = rest.substr(0, size);
    at += std::min(size + 1, rest.size());
    searched = 0;
    ++number;
    return Event::line;
  }

  /// What the scheduler sent.
  void receive() {
    text.erase(0, at);
    at = 0;
    const std::size_t kept = text.size();
    text.resize(kept + block_bytes);
    const ssize_t n = ::recv(scheduler.get(), text.data() + kept, block_bytes, 0);
    text.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    const bool is_closed = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
    if (is_closed && number == 0 && text.empty())
      scheduler = Descriptor(); // whoever looked in without a word was no scheduler
    else
      has_ended = is_closed;
  }

  /// One scheduler at a time.
  void accept() {
    Descriptor caller(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (caller.is_open() && !scheduler.is_open())
      scheduler = std::move(caller);
  }

  /// Waits until something can be read. True: wake() was called.
  bool wait() {
    std::array<pollfd, 3> waited{{{waker.get(), POLLIN, 0},
                                  {listener.get(), POLLIN, 0},
                                  {scheduler.get(), POLLIN, 0}}}; // -1 is passed over
    if (::poll(waited.data(), waited.size(), -1) < 0)
      return false; // a signal
    if (waited[0].revents != 0)
      return true;
    if (waited[1].revents != 0)
      accept();
    if (waited[2].revents != 0)
      receive();
    return false;
  }
};

GrantsSocket::GrantsSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
GrantsSocket::~GrantsSocket() = default;
GrantsSocket::GrantsSocket(GrantsSocket&&) noexcept = default;
GrantsSocket& GrantsSocket::operator=(GrantsSocket&&) noexcept = default;

Result<GrantsSocket> GrantsSocket::listen(const std::string& path) {
  const auto address = address_of(path);
  if (!address)
    return tl::unexpected(address.error());
  if (auto cleared = clear_path(path, *address); !cleared)
    return tl::unexpected(cleared.error());
  auto state = std::make_unique<State>();
  state->path = path;
  state->waker = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  Descriptor listener = make_socket();
  if (!state->waker.is_open() || !listener.is_open() ||
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0 ||
      ::lstat(path.c_str(), &state->identity) != 0)
    return file_error(fmt::format("cannot make the socket {}: {}", path, std::strerror(errno)));
  state->listener = std::move(listener);
  if (::listen(state->listener.get(), 1) != 0)
    return file_error(fmt::format("cannot listen on {}: {}", path, std::strerror(errno)));
  return GrantsSocket(std::move(state));
}

GrantsSocket::Event GrantsSocket::next() {
  State& s = *state_;
  for (;;) {
    if (const auto event = s.cut())
      return *event;
    if (s.has_ended)
      return Event::ended;
    if (s.wait())
      return Event::woken;
  }
}

std::string_view GrantsSocket::line() const {
  return state_->line;
}
std::int64_t GrantsSocket::number() const {
  return state_->number;
}
void GrantsSocket::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(state_->waker.get(), &one, sizeof(one));
}

} // namespace airan::io

// SPDX-License-Identifier: Apache-2.0
// Writing grants to where they are read.
#include "apps/grants_outlet.hpp"

#include "apps/interrupt.hpp"
#include "core/numerology.hpp"
#include "io/writers/grants_writer.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace airan::apps {
namespace {

constexpr std::string_view socket_prefix = "unix:";
constexpr std::chrono::seconds connect_time{10};
constexpr std::chrono::milliseconds retry_time{50};
constexpr timeval write_time{1, 0};

} // namespace

GrantsOutlet::GrantsOutlet(std::string to, const EmulatedLoop& loop)
    : to_(std::move(to)), loop_(&loop), grants_(loop) {}
GrantsOutlet::GrantsOutlet(GrantsOutlet&& o) noexcept
    : to_(std::move(o.to_)), loop_(o.loop_), grants_(o.grants_), file_(std::move(o.file_)),
      socket_(std::exchange(o.socket_, -1)) {}
GrantsOutlet& GrantsOutlet::operator=(GrantsOutlet&& o) noexcept {
  to_ = std::move(o.to_);
  loop_ = o.loop_;
  grants_ = o.grants_;
  file_ = std::move(o.file_);
  std::swap(socket_, o.socket_);
  return *this;
}
GrantsOutlet::~GrantsOutlet() {
  if (socket_ >= 0)
    ::close(socket_);
}

Result<GrantsOutlet> GrantsOutlet::open(const std::string& to, const EmulatedLoop& loop) {
  GrantsOutlet out(to, loop);
  Result<void> opened;
  if (to.starts_with(socket_prefix))
    opened = out.connect();
  else if (!to.empty())
    opened = out.open_file();
  if (!opened)
    return tl::unexpected(opened.error());
  return out;
}

Result<void> GrantsOutlet::open_file() {
  file_.open(to_, std::ios::binary | std::ios::trunc);
  if (!file_)
    return file_error(fmt::format("cannot write the grants to {}: {}", to_, std::strerror(errno)));
  if (!loop_->slots.end)
    return {};
  while (grants_.next_count())
    if (auto written = write(io::grants_line(grants_.take()) + "\n"); !written)
      return written;
  return finish();
}

Result<void> GrantsOutlet::connect() {
  const std::string path = to_.substr(socket_prefix.size());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return configuration_error(fmt::format("--grants {}: a socket's path has 1 .. {} bytes", to_,
                                           sizeof address.sun_path - 1));
  path.copy(address.sun_path, path.size());
  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0)
    return file_error(fmt::format("cannot open a socket: {}", std::strerror(errno)));
  const auto end = std::chrono::steady_clock::now() + connect_time;
  while (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    if ((error != ENOENT && error != ECONNREFUSED && error != EINTR) || interrupted() ||
        std::chrono::steady_clock::now() >= end)
      return file_error(fmt::format("no receiver takes grants on {} ({}); start airan run first, "
                                    "with source.grants unix:PATH",
                                    path, std::strerror(error)));
    std::this_thread::sleep_for(retry_time);
  }
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &write_time, sizeof write_time);
  return {};
}

std::optional<std::int64_t> GrantsOutlet::due_ns() const {
  if (to_.empty())
    return std::nullopt;
  const auto count = grants_.next_count();
  return count ? std::optional(*count * slot_ns(loop_->cell.numerology) - lead_ns) : std::nullopt;
}

Result<void> GrantsOutlet::write_due(std::int64_t time_ns) {
  std::string lines;
  for (auto due = due_ns(); due && *due <= time_ns; due = due_ns())
    lines += io::grants_line(grants_.take()) + "\n";
  return lines.empty() ? Result<void>{} : write(std::move(lines));
}

Result<void> GrantsOutlet::write(std::string line) {
  if (socket_ < 0) {
    file_ << line;
    if (loop_->slots.end)
      return file_ ? Result<void>{} : file_error(fmt::format("cannot write {}", to_));
    return file_.flush() ? Result<void>{} : file_error(fmt::format("cannot write {}", to_));
  }
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t n = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n > 0)
      rest.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      return file_error(fmt::format("the receiver takes no more grants on {}: {}", to_,
                                    errno == EAGAIN ? "it does not read" : std::strerror(errno)));
  }
  return {};
}

Result<void> GrantsOutlet::finish() {
  if (file_.is_open()) {
    file_.close();
    if (!file_)
      return file_error(fmt::format("cannot write {}", to_));
  }
  return {};
}

} // namespace airan::apps

// SPDX-License-Identifier: Apache-2.0
// A packet socket that only sends.
#include "io/packets/frame_sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace airan::io {
namespace {

constexpr std::size_t max_batch = 64;
constexpr int send_buffer_bytes = 4 << 20;
constexpr long retry_ns = 50'000;
constexpr std::int32_t max_tries = 2000; ///< 100 ms

/// A socket that is closed again on the way out of an error.
class Socket {
public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

private:
  int descriptor_;
};

Result<ifreq> request(int socket, unsigned long what, const std::string& interface) {
  ifreq asked{};
  interface.copy(asked.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(socket, what, &asked) != 0)
    return file_error(
        fmt::format("cannot ask about the interface {}: {}", interface, std::strerror(errno)));
  return asked;
}

} // namespace

FrameSender::FrameSender(int socket, std::int32_t mtu, std::string interface)
    : socket_(socket), mtu_(mtu), interface_(std::move(interface)) {}
FrameSender::FrameSender(FrameSender&& o) noexcept
    : socket_(std::exchange(o.socket_, -1)), mtu_(o.mtu_), interface_(std::move(o.interface_)),
      counters_(o.counters_), trouble_(std::move(o.trouble_)) {}
FrameSender& FrameSender::operator=(FrameSender&& o) noexcept {
  std::swap(socket_, o.socket_);
  std::swap(mtu_, o.mtu_);
  std::swap(interface_, o.interface_);
  std::swap(counters_, o.counters_);
  std::swap(trouble_, o.trouble_);
  return *this;
}
FrameSender::~FrameSender() {
  if (socket_ >= 0)
    ::close(socket_);
}

Result<FrameSender> FrameSender::open(const std::string& interface) {
  const unsigned index =
      interface.empty() || interface.size() >= IFNAMSIZ ? 0 : ::if_nametoindex(interface.c_str());
  if (index == 0)
    return file_error(
        fmt::format("there is no network interface '{}' (ip link lists them)", interface));
  Socket socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (socket.get() < 0)
    return file_error(errno == EPERM || errno == EACCES
                          ? fmt::format("sending frames on {} needs the right CAP_NET_RAW: run as "
                                        "root or give it to the program with setcap",
                                        interface)
                          : fmt::format("cannot open a packet socket for {}: {}", interface,
                                        std::strerror(errno)));
  const auto flags = request(socket.get(), SIOCGIFFLAGS, interface);
  if (!flags)
    return tl::unexpected(flags.error());
  if ((flags->ifr_flags & IFF_UP) == 0)
    return file_error(
        fmt::format("the interface {} is down (ip link set {} up)", interface, interface));
  const auto mtu = request(socket.get(), SIOCGIFMTU, interface);
  if (!mtu)
    return tl::unexpected(mtu.error());
  // More than the system's limit where the rights allow it, up to the limit otherwise.
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer_bytes,
                   sizeof send_buffer_bytes) != 0)
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(index); // protocol 0: nothing is received
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return file_error(
        fmt::format("cannot send on the interface {}: {}", interface, std::strerror(errno)));
  return FrameSender(socket.release(), mtu->ifr_mtu, interface);
}

void FrameSender::send(std::span<const std::span<const std::byte>> frames) {
  for (; !frames.empty(); frames = frames.subspan(std::min(frames.size(), max_batch)))
    send_batch(frames.first(std::min(frames.size(), max_batch)));
}

void FrameSender::send_batch(std::span<const std::span<const std::byte>> frames) {
  std::array<iovec, max_batch> parts{};
  std::array<mmsghdr, max_batch> messages{};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    parts[i] = {const_cast<std::byte*>(frames[i].data()), frames[i].size()};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  std::int32_t n_tries = 0;
  for (std::size_t done = 0; done < frames.size();) {
    const int n =
        ::sendmmsg(socket_, messages.data() + done, static_cast<unsigned>(frames.size() - done), 0);
    if (n > 0) {
      counters_.sent += n;
      done += static_cast<std::size_t>(n);
      n_tries = 0;
    } else if (!wait_after(errno, ++n_tries)) {
      ++counters_.refused;
      ++done;
      n_tries = 0;
    }
  }
}

bool FrameSender::wait_after(int error, std::int32_t n_tries) {
  if (error == EINTR)
    return true;
  if ((error == ENOBUFS || error == EAGAIN) && n_tries < max_tries) {
    const timespec pause{0, retry_ns};
    ::nanosleep(&pause, nullptr);
    return true;
  }
  if (trouble_.empty())
    trouble_ =
        error == EMSGSIZE
            ? fmt::format("frames are longer than the interface {} takes (its MTU is {})",
                          interface_, mtu_)
            : fmt::format("the interface {} refuses frames: {}", interface_, std::strerror(error));
  return false;
}

} // namespace airan::io

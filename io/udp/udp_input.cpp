// SPDX-License-Identifier: Apache-2.0
// Sockets by Boost.Asio; received from in bursts, with the kernel's count of drops.
#include "io/udp/udp_input.hpp"

#include "io/udp/udp_endpoint.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <sys/socket.h>

namespace airan::io {
namespace {

using boost::asio::ip::udp;

constexpr std::size_t max_datagram_bytes = 65'536; // no UDP datagram is longer
constexpr auto n_burst = static_cast<std::size_t>(UdpInput::burst_size);

/// Receive buffers of one socket and the arguments of recvmmsg that refer to them.
class BurstBuffers {
public:
  BurstBuffers() : bytes_(n_burst * max_datagram_bytes) {
    for (std::size_t i = 0; i < n_burst; ++i) {
      pieces_[i] = {bytes_.data() + i * max_datagram_bytes, max_datagram_bytes};
      headers_[i].msg_hdr = {};
      headers_[i].msg_hdr.msg_iov = &pieces_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  BurstBuffers(const BurstBuffers&) = delete; // the headers point into it
  BurstBuffers& operator=(const BurstBuffers&) = delete;

  /// Number of datagrams, or -1 with errno.
  int receive(int socket) {
    for (std::size_t i = 0; i < n_burst; ++i) {
      msghdr& h = headers_[i].msg_hdr;
      h.msg_name = &senders_[i];
      h.msg_namelen = sizeof(senders_[i]);
      h.msg_control = controls_[i].bytes;
      h.msg_controllen = sizeof(controls_[i].bytes);
    }
    return ::recvmmsg(socket, headers_.data(), n_burst, MSG_DONTWAIT, nullptr);
  }
  std::span<const std::byte> bytes(std::size_t i) const {
    return {bytes_.data() + i * max_datagram_bytes, headers_[i].msg_len};
  }
  /// SO_RXQ_OVFL: all drops of the socket before datagram i, modulo 2^32; absent while there was
  /// none.
  std::uint32_t n_dropped(std::size_t i) {
    msghdr& h = headers_[i].msg_hdr;
    std::uint32_t n = 0;
    for (cmsghdr* c = CMSG_FIRSTHDR(&h); c != nullptr; c = CMSG_NXTHDR(&h, c))
      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
        std::memcpy(&n, CMSG_DATA(c), sizeof(n));
    return n;
  }
  udp::endpoint sender() const {
    udp::endpoint endpoint;
    const std::size_t n =
        std::min<std::size_t>(headers_[0].msg_hdr.msg_namelen, endpoint.capacity());
    std::memcpy(endpoint.data(), &senders_[0], n);
    endpoint.resize(n);
    return endpoint;
  }

private:
  struct alignas(cmsghdr) Control {
    std::byte bytes[CMSG_SPACE(sizeof(std::uint32_t))];
  };
  std::vector<std::byte> bytes_;
  std::array<iovec, n_burst> pieces_{};
  std::array<Control, n_burst> controls_{};
  std::array<sockaddr_storage, n_burst> senders_{};
  std::array<mmsghdr, n_burst> headers_{};
};

struct Port {
  explicit Port(boost::asio::io_context& context) : socket(context) {}

  udp::socket socket;
  std::string address; ///< as it was configured
  BurstBuffers buffers;
  std::array<ReceivedDatagram, n_burst> datagrams;
  std::uint32_t n_dropped = 0; ///< before the last datagram, modulo 2^32
};

std::string why_not_bound(const std::string& address, const boost::system::error_code& error) {
  const std::string_view hint =
      error == boost::asio::error::address_in_use
          ? "; another program or port of the cell listens there"
      : error == boost::asio::error::access_denied ? "; ports below 1024 need CAP_NET_BIND_SERVICE"
      : error.value() == EADDRNOTAVAIL             ? "; the address is not one of this machine"
                                                   : "";
  return fmt::format("cannot listen on {}: {}{}", address, error.message(), hint);
}

/// Bytes that the kernel grants; it counts twice as many, for its own overhead.
std::int64_t set_receive_buffer(int socket, std::int64_t bytes) {
  const int wanted = static_cast<int>(std::min<std::int64_t>(bytes, 1 << 30));
  if (::setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) != 0)
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
  int granted = 0;
  socklen_t size = sizeof(granted);
  ::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &granted, &size);
  return granted / 2;
}

} // namespace

struct UdpInput::State {
  Result<void> open(const std::string& address, std::int64_t receive_buffer_bytes);

  boost::asio::io_context context;
  std::deque<Port> ports;
  std::int64_t kernel_drops = 0;
  std::vector<std::string> notes;
  std::string trouble;
};

Result<void> UdpInput::State::open(const std::string& address, std::int64_t receive_buffer_bytes) {
  const auto parts = parse_host_and_port(address);
  if (!parts)
    return tl::unexpected(parts.error());
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(parts->host, error);
  if (error)
    return configuration_error(
        fmt::format(R"("{}" is no address to listen on: "{}" is no IP address of this machine)",
                    address, parts->host));
  Port& port = ports.emplace_back(context);
  port.address = address;
  const udp::endpoint endpoint(ip, parts->port);
  port.socket.open(endpoint.protocol(), error);
  if (!error)
    port.socket.bind(endpoint, error);
  if (error)
    return file_error(why_not_bound(address, error));
  const int on = 1;
  ::setsockopt(port.socket.native_handle(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
  const std::int64_t granted =
      set_receive_buffer(port.socket.native_handle(), receive_buffer_bytes);
  if (granted < receive_buffer_bytes)
    notes.push_back(fmt::format(
        "the receive buffer of {} holds {} bytes instead of {}: raise net.core.rmem_max, or give "
        "the program CAP_NET_ADMIN",
        address, granted, receive_buffer_bytes));
  return {};
}

UdpInput::UdpInput(std::unique_ptr<State> state) : state_(std::move(state)) {}
UdpInput::~UdpInput() = default;

Result<std::unique_ptr<UdpInput>> UdpInput::open(const UdpInputSettings& settings) {
  auto state = std::make_unique<State>();
  for (const std::string& address : settings.listen)
    if (const auto opened = state->open(address, settings.receive_buffer_bytes); !opened)
      return tl::unexpected(opened.error());
  return std::unique_ptr<UdpInput>(new UdpInput(std::move(state)));
}

std::span<const ReceivedDatagram> UdpInput::burst(std::int32_t port) {
  Port& p = state_->ports[static_cast<std::size_t>(port)];
  const int n = p.buffers.receive(p.socket.native_handle());
  if (n < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && state_->trouble.empty())
      state_->trouble = fmt::format("receiving on {} failed: {}", p.address, std::strerror(errno));
    return {};
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    const std::uint32_t n_dropped = p.buffers.n_dropped(i);
    const std::uint32_t n_lost = n_dropped - p.n_dropped;
    p.n_dropped = n_dropped;
    p.datagrams[i] = {p.buffers.bytes(i), n_lost};
    state_->kernel_drops += n_lost;
  }
  return std::span(p.datagrams).first(static_cast<std::size_t>(n));
}

std::string UdpInput::sender(std::int32_t port) const {
  const udp::endpoint endpoint = state_->ports[static_cast<std::size_t>(port)].buffers.sender();
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

std::int32_t UdpInput::n_ports() const {
  return static_cast<std::int32_t>(state_->ports.size());
}
std::uint16_t UdpInput::local_port(std::int32_t port) const {
  return state_->ports[static_cast<std::size_t>(port)].socket.local_endpoint().port();
}
std::int64_t UdpInput::kernel_drops() const {
  return state_->kernel_drops;
}
const std::vector<std::string>& UdpInput::notes() const {
  return state_->notes;
}
const std::string& UdpInput::trouble() const {
  return state_->trouble;
}

} // namespace airan::io

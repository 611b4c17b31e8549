// SPDX-License-Identifier: Apache-2.0
// One socket, sendmmsg.
#include "io/udp/udp_sender.hpp"

#include "io/udp/udp_endpoint.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <vector>

namespace airan::io {
namespace {

using boost::asio::ip::udp;
constexpr std::size_t n_batch = 32;

} // namespace

struct UdpSender::State {
  State() : socket(context) {}
  void send_batch(std::span<const OutgoingDatagram> datagrams);

  boost::asio::io_context context;
  udp::socket socket;
  std::vector<udp::endpoint> to; ///< [port]
  UdpSenderCounters counters;
};

UdpSender::UdpSender(std::unique_ptr<State> state) : state_(std::move(state)) {}
UdpSender::~UdpSender() = default;

Result<std::unique_ptr<UdpSender>> UdpSender::open(const std::string& to, std::int32_t n_ports) {
  const auto parts = parse_host_and_port(to);
  if (!parts)
    return tl::unexpected(parts.error());
  if (parts->port == 0 || parts->port + n_ports - 1 > 65'535)
    return configuration_error(
        fmt::format("{} receive ports cannot be sent to {}: UDP ports go from 1 to 65535, one per "
                    "receive port is needed",
                    n_ports, to));
  auto state = std::make_unique<State>();
  boost::system::error_code error;
  udp::resolver resolver(state->context);
  const auto found = resolver.resolve(parts->host, std::to_string(parts->port), error);
  if (error || found.empty())
    return file_error(fmt::format("cannot send to {}: {}", to, error.message()));
  udp::endpoint endpoint = found.begin()->endpoint();
  state->socket.open(endpoint.protocol(), error);
  if (error)
    return file_error(fmt::format("cannot send to {}: {}", to, error.message()));
  for (std::int32_t p = 0; p < n_ports; ++p) {
    endpoint.port(static_cast<std::uint16_t>(parts->port + p));
    state->to.push_back(endpoint);
  }
  return std::unique_ptr<UdpSender>(new UdpSender(std::move(state)));
}

void UdpSender::State::send_batch(std::span<const OutgoingDatagram> datagrams) {
  std::array<mmsghdr, n_batch> headers{};
  std::array<iovec, n_batch> pieces{};
  for (std::size_t i = 0; i < datagrams.size(); ++i) {
    const OutgoingDatagram& d = datagrams[i];
    udp::endpoint& endpoint = to[static_cast<std::size_t>(d.port)];
    // The kernel only reads through an iovec that is sent.
    pieces[i] = {const_cast<std::byte*>(d.bytes.data()), d.bytes.size()};
    headers[i].msg_hdr.msg_iov = &pieces[i];
    headers[i].msg_hdr.msg_iovlen = 1;
    headers[i].msg_hdr.msg_name = endpoint.data();
    headers[i].msg_hdr.msg_namelen = static_cast<socklen_t>(endpoint.size());
  }
  for (std::size_t done = 0; done < datagrams.size();) {
    const int n = ::sendmmsg(socket.native_handle(), headers.data() + done,
                             static_cast<unsigned>(datagrams.size() - done), 0);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
      counters.sent += n;
    } else if (errno != EINTR) {
      ++done; // the first of them is what the kernel refuses
      ++counters.refused;
    }
  }
}

void UdpSender::send(std::span<const OutgoingDatagram> datagrams) {
  while (!datagrams.empty()) {
    const std::size_t n = std::min(datagrams.size(), n_batch);
    state_->send_batch(datagrams.first(n));
    datagrams = datagrams.subspan(n);
  }
}

UdpSenderCounters UdpSender::counters() const {
  return state_->counters;
}

} // namespace airan::io

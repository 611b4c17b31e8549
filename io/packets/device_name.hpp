// SPDX-License-Identifier: Apache-2.0
// The key source.device taken apart, and what the system knows of network interfaces.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace airan::io {

/// A DPDK device as users write it: a virtual one, "net_af_packet,iface=eth0", or a name that a bus
/// of DPDK knows, "0000:17:00.0" (with arguments of its driver after commas, where it has any).
struct DeviceName {
  std::string name; ///< before the first comma, without the number of a virtual device
  std::vector<std::pair<std::string, std::string>> arguments; ///< key=value, in order

  bool is_virtual() const { return name.starts_with("net_"); }
  bool is_af_packet() const { return name == "net_af_packet"; }
  std::optional<std::string> argument(const std::string& key) const;
  /// "key=value,key=value".
  std::string joined_arguments() const;
};

/// Refuses an empty name, arguments that are no key=value, and what airan computes itself.
Result<DeviceName> parse_device_name(const std::string& device);

/// MTU of a network interface that exists and is up. The error says which interfaces there are.
Result<std::int32_t> find_interface_mtu(const std::string& interface);

/// Whether packet sockets may be opened (CAP_NET_RAW); the error says how to get there.
Result<void> check_packet_socket_rights(const std::string& interface);

/// Memory that this process may lock (ulimit -l); empty: as much as it likes.
std::optional<std::size_t> lockable_bytes();

} // namespace airan::io

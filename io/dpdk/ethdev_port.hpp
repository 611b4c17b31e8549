// SPDX-License-Identifier: Apache-2.0
// A port of DPDK that receives, from the start of its device to its end.
#pragma once

#include "core/result.hpp"
#include "io/dpdk/dpdk_calls.hpp"
#include "io/dpdk/packet_memory.hpp"
#include "io/packets/packet_allocator.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace airan::io::dpdk {

struct ReceiveSettings {
  std::int32_t n_packets = 0;   ///< packet buffers
  std::int32_t frame_bytes = 0; ///< longest frame
  std::int32_t n_queues = 1;
  std::int32_t n_descriptors = 512;
  bool strip_vlan = false; ///< the driver keeps tags apart; they are put back
  std::int32_t mtu = 0;    ///< to be set; 0: it stays what it is
};

/// DPDK has been started. One thread uses it.
class EthdevPort {
public:
  /// Adds a virtual device: the name of its driver, "key=value,..." for it.
  static Result<std::unique_ptr<EthdevPort>> open_virtual(const std::string& driver,
                                                          const std::string& arguments,
                                                          const ReceiveSettings& settings,
                                                          PacketAllocator allocator);
  /// A device of a bus: its name, and name and arguments for its driver.
  static Result<std::unique_ptr<EthdevPort>> open_on_bus(const std::string& name,
                                                         const std::string& name_and_arguments,
                                                         const ReceiveSettings& settings,
                                                         PacketAllocator allocator);
  /// A port that exists already, by its name; it is closed, its device stays.
  static Result<std::unique_ptr<EthdevPort>> open_existing(const std::string& name,
                                                           const ReceiveSettings& settings,
                                                           PacketAllocator allocator);
  /// All packets are back.
  ~EthdevPort();
  EthdevPort(const EthdevPort&) = delete;
  EthdevPort& operator=(const EthdevPort&) = delete;

  std::uint16_t number() const { return port_; }
  const PacketMemory& memory() const { return *memory_; }
  PortFacts facts() const;

private:
  EthdevPort() = default;
  Result<void> start(const ReceiveSettings& settings, PacketAllocator allocator);

  std::string name_;         ///< for messages
  std::string virtual_name_; ///< of a virtual device to be removed
  bool is_on_bus_ = false;
  std::uint16_t port_ = 0;
  bool has_port_ = false;
  bool is_mapped_ = false;
  std::unique_ptr<PacketMemory> memory_;
};

} // namespace airan::io::dpdk

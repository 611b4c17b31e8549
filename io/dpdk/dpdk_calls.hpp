// SPDX-License-Identifier: Apache-2.0
// The calls of DPDK that airan makes, in plain types. What includes DPDK's headers needs their
// compiler flags; kept to one file without templates, such code cannot end up elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace airan::io::dpdk {

// Calls that may fail return 0 or a positive errno; error_text() names it.

const char* error_text(int error);

/// Where DPDK's log goes; before init().
void log_to(std::FILE* stream);
/// Once in a process. Ties the calling thread to a core.
int init(int n_arguments, char** arguments);
/// Buses and packet memory use virtual addresses.
bool uses_virtual_addresses();

struct Pool; ///< rte_mempool

struct PoolSettings {
  const char* name = nullptr;
  std::uint32_t n_packets = 0;
  std::uint16_t frame_bytes = 0;
  /// External memory of n_packets * packet_stride(frame_bytes) bytes; null: DPDK's own.
  std::byte* memory = nullptr;
  std::size_t memory_bytes = 0;
};
/// Most bytes of a frame that a packet buffer can be made for.
std::uint32_t max_frame_bytes();
/// From one packet buffer to the next: room for a header before the frame, and the frame.
std::size_t packet_stride(std::uint16_t frame_bytes);
/// Tells DPDK of memory that is not its own, whole pages.
int register_memory(std::byte* memory, std::size_t n_bytes, std::size_t page_bytes);
void unregister_memory(std::byte* memory, std::size_t n_bytes);
/// Null: last_error() says why.
Pool* create_pool(const PoolSettings& settings);
int last_error();
void free_pool(Pool* pool);
std::uint32_t n_free(const Pool* pool);

int add_virtual_device(const char* name, const char* arguments);
void remove_virtual_device(const char* name);
/// A device of a bus, by its name with arguments.
int probe_device(const char* name_and_arguments);
int find_port(const char* name, std::uint16_t* port);

struct PortFacts {
  const char* driver = nullptr;
  std::uint16_t mtu = 0;
  std::uint16_t max_mtu = 0;
  std::uint16_t max_queues = 0;
  bool is_promiscuous = false;
  bool is_link_up = false;
  std::uint32_t link_mbps = 0;
};
int describe_port(std::uint16_t port, PortFacts* facts);

struct PortSettings {
  std::uint16_t n_queues = 1;
  std::uint16_t n_descriptors = 512;
  std::uint16_t mtu = 0; ///< 0: leave it
  /// Let the driver keep VLAN tags apart; receive() puts them back.
  bool strip_vlan = false;
  Pool* pool = nullptr;
};
/// Configures receive queues, starts the port, asks for all packets (where the driver cannot, it is
/// no error; describe_port tells).
int start_port(std::uint16_t port, const PortSettings& settings);
void stop_port(std::uint16_t port);
/// Lets a device of a bus write into external memory.
int map_for_device(std::uint16_t port, std::byte* memory, std::size_t n_bytes);
void unmap_for_device(std::uint16_t port, std::byte* memory, std::size_t n_bytes);

struct PortCounters {
  std::uint64_t missed = 0;
  std::uint64_t errors = 0;
  std::uint64_t no_buffer = 0;
};
PortCounters read_counters(std::uint16_t port);

struct Frame {
  const std::byte* bytes = nullptr;
  std::uint32_t n_bytes = 0;
  void* packet = nullptr; ///< rte_mbuf
};
struct Received {
  std::uint16_t n_frames = 0;
  std::uint16_t n_too_long = 0; ///< in pieces that do not fit one buffer; freed
  bool was_empty = true;        ///< the driver had no packet
};
/// At most `most` (64) frames.
Received receive(std::uint16_t port, std::uint16_t queue, Frame* frames, std::uint16_t most);
void free_packets(void* const* packets, std::uint32_t n_packets);

} // namespace airan::io::dpdk

// SPDX-License-Identifier: Apache-2.0
// The only file that includes DPDK's headers.
#include "io/dpdk/dpdk_calls.hpp"

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <string.h>

namespace airan::io::dpdk {
namespace {

constexpr std::uint16_t max_frames = 64;
constexpr std::size_t cache_line_bytes = 64;
constexpr std::size_t vlan_tag_bytes = 4;
constexpr std::size_t mac_addresses_bytes = 12;

rte_mempool* pool_of(Pool* pool) {
  return reinterpret_cast<rte_mempool*>(pool);
}

/// DPDK returns -errno, or -1 with rte_errno.
int positive(int status) {
  if (status >= 0)
    return 0;
  if (status == -1 && rte_errno != 0)
    return rte_errno;
  return -status;
}

rte_device* device_of(std::uint16_t port) {
  rte_eth_dev_info info{};
  return rte_eth_dev_info_get(port, &info) == 0 ? info.device : nullptr;
}

} // namespace

const char* error_text(int error) {
  return rte_strerror(error);
}
int last_error() {
  return rte_errno;
}

void log_to(std::FILE* stream) {
  rte_openlog_stream(stream);
}

int init(int n_arguments, char** arguments) {
  rte_errno = 0;
  const int status = rte_eal_init(n_arguments, arguments);
  if (status >= 0)
    return 0;
  return rte_errno != 0 ? rte_errno : EINVAL;
}

bool uses_virtual_addresses() {
  return rte_eal_iova_mode() == RTE_IOVA_VA;
}

std::uint32_t max_frame_bytes() {
  return (UINT16_MAX & ~(cache_line_bytes - 1)) - RTE_PKTMBUF_HEADROOM;
}

std::size_t packet_stride(std::uint16_t frame_bytes) {
  return (RTE_PKTMBUF_HEADROOM + frame_bytes + cache_line_bytes - 1) & ~(cache_line_bytes - 1);
}

int register_memory(std::byte* memory, std::size_t n_bytes, std::size_t page_bytes) {
  return positive(rte_extmem_register(memory, n_bytes, nullptr, 0, page_bytes));
}
void unregister_memory(std::byte* memory, std::size_t n_bytes) {
  rte_extmem_unregister(memory, n_bytes);
}

Pool* create_pool(const PoolSettings& s) {
  const auto room = static_cast<std::uint16_t>(packet_stride(s.frame_bytes));
  // No cache: packets are taken and given back by one thread, and the free ones can be counted.
  constexpr unsigned cache = 0;
  rte_mempool* pool = nullptr;
  if (s.memory == nullptr) {
    pool = rte_pktmbuf_pool_create(s.name, s.n_packets, cache, 0, room, SOCKET_ID_ANY);
  } else {
    const rte_pktmbuf_extmem memory{.buf_ptr = s.memory,
                                    .buf_iova = reinterpret_cast<rte_iova_t>(s.memory),
                                    .buf_len = s.memory_bytes,
                                    .elt_size = room};
    pool = rte_pktmbuf_pool_create_extbuf(s.name, s.n_packets, cache, 0, room, SOCKET_ID_ANY,
                                          &memory, 1);
  }
  return reinterpret_cast<Pool*>(pool);
}
void free_pool(Pool* pool) {
  rte_mempool_free(pool_of(pool));
}
std::uint32_t n_free(const Pool* pool) {
  return rte_mempool_avail_count(reinterpret_cast<const rte_mempool*>(pool));
}

int add_virtual_device(const char* name, const char* arguments) {
  rte_errno = 0;
  return positive(rte_eal_hotplug_add("vdev", name, arguments));
}
void remove_virtual_device(const char* name) {
  rte_eal_hotplug_remove("vdev", name);
}

int probe_device(const char* name_and_arguments) {
  rte_errno = 0;
  return positive(rte_dev_probe(name_and_arguments));
}

int find_port(const char* name, std::uint16_t* port) {
  return positive(rte_eth_dev_get_port_by_name(name, port));
}

int describe_port(std::uint16_t port, PortFacts* facts) {
  rte_eth_dev_info info{};
  if (const int status = rte_eth_dev_info_get(port, &info); status != 0)
    return positive(status);
  facts->driver = info.driver_name;
  facts->max_mtu = info.max_mtu;
  facts->max_queues = info.max_rx_queues;
  rte_eth_dev_get_mtu(port, &facts->mtu);
  facts->is_promiscuous = rte_eth_promiscuous_get(port) == 1;
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(port, &link) == 0) {
    facts->is_link_up = link.link_status == RTE_ETH_LINK_UP;
    facts->link_mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
  }
  return 0;
}

int start_port(std::uint16_t port, const PortSettings& s) {
  rte_eth_dev_info info{};
  if (const int status = rte_eth_dev_info_get(port, &info); status != 0)
    return positive(status);
  rte_eth_conf conf{};
  conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
  if (s.strip_vlan)
    conf.rxmode.offloads |= info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
  if (const int status = rte_eth_dev_configure(port, s.n_queues, 0, &conf); status != 0)
    return positive(status);
  if (s.mtu != 0)
    rte_eth_dev_set_mtu(port, s.mtu); // describe_port tells what came of it
  std::uint16_t n_descriptors = s.n_descriptors;
  rte_eth_dev_adjust_nb_rx_tx_desc(port, &n_descriptors, nullptr);
  const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(port));
  for (std::uint16_t queue = 0; queue < s.n_queues; ++queue)
    if (const int status =
            rte_eth_rx_queue_setup(port, queue, n_descriptors, socket, nullptr, pool_of(s.pool));
        status != 0)
      return positive(status);
  if (const int status = rte_eth_dev_start(port); status != 0)
    return positive(status);
  rte_eth_promiscuous_enable(port);
  rte_eth_allmulticast_enable(port);
  return 0;
}

void stop_port(std::uint16_t port) {
  // The interface below net_af_packet would stay so.
  if (rte_eth_promiscuous_get(port) == 1)
    rte_eth_promiscuous_disable(port);
  if (rte_eth_allmulticast_get(port) == 1)
    rte_eth_allmulticast_disable(port);
  rte_eth_dev_stop(port);
  rte_eth_dev_close(port);
}

int map_for_device(std::uint16_t port, std::byte* memory, std::size_t n_bytes) {
  rte_device* device = device_of(port);
  if (device == nullptr)
    return ENODEV;
  return positive(
      rte_dev_dma_map(device, memory, reinterpret_cast<std::uint64_t>(memory), n_bytes));
}
void unmap_for_device(std::uint16_t port, std::byte* memory, std::size_t n_bytes) {
  if (rte_device* device = device_of(port); device != nullptr)
    rte_dev_dma_unmap(device, memory, reinterpret_cast<std::uint64_t>(memory), n_bytes);
}

PortCounters read_counters(std::uint16_t port) {
  rte_eth_stats stats{};
  rte_eth_stats_get(port, &stats);
  return {.missed = stats.imissed, .errors = stats.ierrors, .no_buffer = stats.rx_nombuf};
}

namespace {

/// Puts a VLAN tag that the driver took out back behind the addresses. (rte_vlan_insert refuses
/// packets in external memory.)
bool put_vlan_back(rte_mbuf* packet) {
  if (rte_pktmbuf_data_len(packet) < mac_addresses_bytes)
    return true; // not a frame that had a tag
  char* start = rte_pktmbuf_prepend(packet, vlan_tag_bytes);
  if (start == nullptr)
    return false;
  memmove(start, start + vlan_tag_bytes, mac_addresses_bytes);
  const std::uint16_t tag[2] = {rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN),
                                rte_cpu_to_be_16(packet->vlan_tci)};
  memcpy(start + mac_addresses_bytes, tag, sizeof(tag));
  return true;
}

bool make_one_piece(rte_mbuf* packet) {
  if (packet->nb_segs > 1 && rte_pktmbuf_linearize(packet) != 0)
    return false;
  return (packet->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) == 0 || put_vlan_back(packet);
}

} // namespace

Received receive(std::uint16_t port, std::uint16_t queue, Frame* frames, std::uint16_t most) {
  rte_mbuf* packets[max_frames];
  const std::uint16_t n =
      rte_eth_rx_burst(port, queue, packets, most < max_frames ? most : max_frames);
  Received received{.was_empty = n == 0};
  for (std::uint16_t i = 0; i < n; ++i) {
    rte_mbuf* packet = packets[i];
    if (!make_one_piece(packet)) {
      ++received.n_too_long;
      rte_pktmbuf_free(packet);
      continue;
    }
    frames[received.n_frames++] = {.bytes = rte_pktmbuf_mtod(packet, const std::byte*),
                                   .n_bytes = rte_pktmbuf_data_len(packet),
                                   .packet = packet};
  }
  return received;
}

void free_packets(void* const* packets, std::uint32_t n_packets) {
  for (std::uint32_t i = 0; i < n_packets; ++i)
    rte_pktmbuf_free(static_cast<rte_mbuf*>(packets[i]));
}

} // namespace airan::io::dpdk

// SPDX-License-Identifier: Apache-2.0
// Making a port of net_ring and packets for it.
#include "tests/unit/io/dpdk/ring_port.hpp"

#include <rte_eth_ring.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdio.h>
#include <string.h>

namespace airan::test {
namespace {

rte_mempool* pool_of(void* pool) {
  return static_cast<rte_mempool*>(pool);
}

} // namespace

RingPort::RingPort(const char* name,
                   std::uint32_t n_packets,
                   std::uint16_t room,
                   std::uint16_t headroom)
    : headroom_(headroom) {
  char text[64];
  snprintf(text, sizeof(text), "%s_pool", name);
  pool_ = rte_pktmbuf_pool_create(text, n_packets, 0, 0,
                                  static_cast<std::uint16_t>(headroom + room), SOCKET_ID_ANY);
  snprintf(text, sizeof(text), "%s_ring", name);
  rte_ring* ring = rte_ring_create(text, 4096, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  send_ring_ = ring;
  rte_eth_from_rings(name, &ring, 1, &ring, 1, 0);
}

RingPort::~RingPort() {
  rte_ring_free(static_cast<rte_ring*>(send_ring_));
  rte_mempool_free(pool_of(pool_));
}

bool RingPort::send(const std::byte* bytes, std::uint32_t n_bytes, std::uint32_t piece) {
  rte_mbuf* first = nullptr;
  rte_mbuf** link = &first;
  std::uint32_t at = 0;
  std::uint16_t n_pieces = 0;
  do {
    rte_mbuf* m = rte_pktmbuf_alloc(pool_of(pool_));
    if (m == nullptr)
      return false;
    m->data_off = headroom_;
    const std::uint32_t n = n_bytes - at < piece ? n_bytes - at : piece;
    if (n > 0)
      memcpy(rte_pktmbuf_mtod(m, void*), bytes + at, n);
    m->data_len = static_cast<std::uint16_t>(n);
    at += n;
    *link = m;
    link = &m->next;
    ++n_pieces;
  } while (at < n_bytes);
  first->nb_segs = n_pieces;
  first->pkt_len = n_bytes;
  return rte_ring_enqueue(static_cast<rte_ring*>(send_ring_), first) == 0;
}

bool RingPort::send_stripped(const std::byte* bytes, std::uint32_t n_bytes, std::uint16_t tag) {
  rte_mbuf* m = rte_pktmbuf_alloc(pool_of(pool_));
  if (m == nullptr)
    return false;
  m->data_off = headroom_;
  memcpy(rte_pktmbuf_mtod(m, void*), bytes, n_bytes);
  m->data_len = static_cast<std::uint16_t>(n_bytes);
  m->pkt_len = n_bytes;
  m->vlan_tci = tag;
  m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
  return rte_ring_enqueue(static_cast<rte_ring*>(send_ring_), m) == 0;
}

std::uint32_t RingPort::n_free() const {
  return rte_mempool_avail_count(pool_of(pool_));
}

} // namespace airan::test

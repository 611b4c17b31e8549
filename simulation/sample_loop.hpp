// SPDX-License-Identifier: Apache-2.0
// Samples that are made once and sent in datagrams again and again.
#pragma once

#include "core/complex.hpp"
#include "core/numerology.hpp"
#include "core/view.hpp"
#include "io/udp/datagram_writer.hpp"
#include "simulation/packet_loop.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace airan::simulation {

/// Which slots of a sample stream are sent.
enum class SentSlots : std::uint8_t {
  all,
  granted, ///< the others are pauses, which the framing must be able to express
};

/// The samples of one repetition, port by port, as 16-bit numbers.
class SampleStore {
public:
  SampleStore(const OfdmTiming& timing, std::int32_t n_ports)
      : timing_(timing), ports_(static_cast<std::size_t>(n_ports)) {}

  /// The next slot: `samples` [port, sample] times `gain`, full scale 1.0. Components round to
  /// nearest and saturate; NaN becomes 0.
  void add_slot(View<const cf32, 2> samples, float gain, bool is_granted);
  /// Slots without signal up to `n_slots`; `first_slot` is that of the first one of all.
  void pad(std::int64_t n_slots, std::int32_t first_slot);

  std::int32_t n_ports() const { return static_cast<std::int32_t>(ports_.size()); }
  std::int64_t n_slots() const { return static_cast<std::int64_t>(slots_.size()); }
  std::size_t n_bytes() const;
  std::int64_t n_saturated() const { return n_saturated_; }
  const OfdmTiming& timing() const { return timing_; }

private:
  friend class SampleLoop;
  struct Slot {
    std::int64_t first = 0; ///< sample
    std::int32_t n_samples = 0;
    bool is_granted = false;
  };
  OfdmTiming timing_;
  std::vector<std::vector<Complex<std::int16_t>>> ports_; ///< [port][sample]
  std::vector<Slot> slots_;
  std::int64_t n_saturated_ = 0;
};

/// Datagrams of a loop. A datagram leaves when its last sample has been on the air. Sample
/// positions count from the first slot that is sent and go on from repetition to repetition.
class SampleLoop final : public OutgoingPackets {
public:
  /// `store` holds one repetition and outlives this.
  SampleLoop(const SampleStore& store,
             const LoopSlots& slots,
             const io::DatagramWriterSettings& framing,
             SentSlots sent);

  std::optional<OutgoingPacket> next() override;
  std::int64_t max_disorder_ns() const override { return 0; }

private:
  /// Fills `due_` from the next slot, or what is left at the end.
  void write_slot();

  const SampleStore& store_;
  LoopSlots slots_;
  io::DatagramWriter writer_;
  SentSlots sent_;
  std::vector<Complex<std::int16_t>> block_; ///< [port, sample] of a slot
  std::int64_t n_slots_ = 0;                 ///< written or skipped
  bool is_flushed_ = true;                   ///< nothing is kept in the writer
  bool has_ended_ = false;
  std::span<const io::OutgoingDatagram> due_;
};

} // namespace airan::simulation

// SPDX-License-Identifier: Apache-2.0
// Frame structure and OFDM timing: TS 38.211 4.2, 4.3 and 5.3.1.
#pragma once

#include "core/host_device.hpp"

#include <cstdint>

namespace airan {

enum class CyclicPrefix : std::uint8_t { normal, extended };

inline constexpr std::int32_t n_sfn = 1024;
inline constexpr std::int32_t subcarriers_per_prb = 12;
inline constexpr std::int32_t max_symbols_per_slot = 14;
inline constexpr std::int32_t max_numerology = 3;

AIRAN_HD constexpr std::int32_t n_symbols_per_slot(CyclicPrefix cp) {
  return cp == CyclicPrefix::normal ? 14 : 12;
}
AIRAN_HD constexpr std::int32_t n_slots_per_subframe(std::int32_t numerology) {
  return 1 << numerology;
}
AIRAN_HD constexpr std::int32_t n_slots_per_frame(std::int32_t numerology) {
  return 10 << numerology;
}
AIRAN_HD constexpr double subcarrier_spacing_hz(std::int32_t numerology) {
  return 15e3 * (1 << numerology);
}
/// Nominal slot length; integer for every numerology.
AIRAN_HD constexpr std::int64_t slot_ns(std::int32_t numerology) {
  return std::int64_t{1'000'000} >> numerology;
}

/// Sample counts of one numerology at sample rate fft_size * subcarrier spacing, TS 38.211 5.3.1.
/// Only FFT sizes with integer cyclic prefixes are valid: multiples of 128 (normal) or 4
/// (extended).
struct OfdmTiming {
  std::int32_t numerology = 1;
  CyclicPrefix cyclic_prefix = CyclicPrefix::normal;
  std::int32_t fft_size = 4096;

  AIRAN_HD constexpr double sample_rate_hz() const {
    return fft_size * subcarrier_spacing_hz(numerology);
  }
  AIRAN_HD constexpr std::int32_t n_symbols() const { return n_symbols_per_slot(cyclic_prefix); }
  AIRAN_HD constexpr std::int32_t slot_in_subframe(std::int32_t slot) const {
    return slot % n_slots_per_subframe(numerology);
  }
  /// Cyclic prefix in samples of `symbol` (0..13) of the slot `slot` (any counting that agrees
  /// modulo the slots of a subframe). The first symbol of each half subframe is longer.
  AIRAN_HD constexpr std::int32_t cp_samples(std::int32_t slot, std::int32_t symbol) const {
    if (cyclic_prefix == CyclicPrefix::extended)
      return fft_size / 4;
    const std::int32_t in_subframe = slot_in_subframe(slot) * 14 + symbol;
    const bool is_long = in_subframe == 0 || in_subframe == (7 << numerology);
    return fft_size / 128 * 9 + (is_long ? (fft_size << numerology) / 128 : 0);
  }
  /// First sample (of the cyclic prefix) of `symbol`, counted from the start of its slot.
  AIRAN_HD constexpr std::int32_t symbol_start(std::int32_t slot, std::int32_t symbol) const {
    std::int32_t n = 0;
    for (std::int32_t l = 0; l < symbol; ++l)
      n += cp_samples(slot, l) + fft_size;
    return n;
  }
  AIRAN_HD constexpr std::int32_t slot_samples(std::int32_t slot) const {
    return symbol_start(slot, n_symbols());
  }
  /// First sample of `slot`, counted from the start of its subframe.
  AIRAN_HD constexpr std::int32_t slot_start_in_subframe(std::int32_t slot) const {
    std::int32_t n = 0;
    for (std::int32_t s = 0; s < slot_in_subframe(slot); ++s)
      n += slot_samples(s);
    return n;
  }
  AIRAN_HD constexpr std::int32_t subframe_samples() const {
    return slot_start_in_subframe(n_slots_per_subframe(numerology) - 1) +
           slot_samples(n_slots_per_subframe(numerology) - 1);
  }
  /// First sample of slot number `count` (SlotId::count), counted from the start of slot number 0.
  AIRAN_HD constexpr std::int64_t slot_start(std::int64_t count) const {
    const std::int64_t n = n_slots_per_subframe(numerology);
    const std::int64_t in_subframe = ((count % n) + n) % n;
    return (count - in_subframe) / n * subframe_samples() +
           slot_start_in_subframe(static_cast<std::int32_t>(in_subframe));
  }
  /// The longest slot of a subframe.
  AIRAN_HD constexpr std::int32_t max_slot_samples() const { return slot_samples(0); }
  AIRAN_HD constexpr std::int32_t max_cp_samples() const { return cp_samples(0, 0); }
};

} // namespace airan

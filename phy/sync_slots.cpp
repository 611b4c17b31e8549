// SPDX-License-Identifier: Apache-2.0
// Measurements on slots whose place is known.
#include "phy/sync_slots.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace airan {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;
constexpr std::size_t pilots_per_block = 12; ///< 2 or 3 PRBs: flat within a cyclic prefix or less

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}
std::size_t wrap(std::int64_t i, std::int64_t n) {
  return index(((i % n) + n) % n);
}
cf32 narrow(const cf64& x) {
  return {static_cast<float>(x.re), static_cast<float>(x.im)};
}

std::int32_t power_of_two_from(std::int32_t n) {
  std::int32_t p = 1;
  while (p < n)
    p *= 2;
  return p;
}

/// An exponential variable of mean 1 (at most) if `h` is noise, large if all are equal.
double concentration(std::span<const cf32> h) {
  cf32 sum;
  float energy = 0;
  for (const cf32& x : h) {
    sum += x;
    energy += norm(x);
  }
  const auto n = static_cast<float>(h.size());
  const float rho = energy > 0 ? norm(sum) / (energy * n) : 0.0F;
  return -(n - 1.0) * std::log(std::max(1e-4, 1.0 - double{rho}));
}

} // namespace

SyncSlots::SyncSlots(View<const cf32, 2> samples,
                     const OfdmTiming& timing,
                     const CellSettings& cell)
    : samples_(samples), timing_(timing), cell_(cell), prefix_(timing.cp_samples(0, 1)) {
  const FftLibrary library = default_fft_library();
  const std::int32_t slot_length = power_of_two_from(timing.max_slot_samples());
  fft_ = make_fft(library, timing.fft_size, FftDirection::forward);
  ifft_ = make_fft(library, timing.fft_size, FftDirection::inverse);
  slot_fft_ = make_fft(library, slot_length, FftDirection::forward);
  slot_ifft_ = make_fft(library, slot_length, FftDirection::inverse);
  window_.resize(index(timing.fft_size));
  spectrum_.resize(index(timing.fft_size));
  slot_time_.resize(index(slot_length));
  slot_spectrum_.resize(index(slot_length));
}

std::vector<cf32> SyncSlots::channel(const SlotReplica& slot,
                                     const DmrsReplica& replica,
                                     std::int32_t port,
                                     double start,
                                     std::int32_t advance) {
  const std::int32_t in_slot = timing_.symbol_start(slot.slot, replica.symbol) +
                               timing_.cp_samples(slot.slot, replica.symbol);
  const double exact = start + in_slot - advance;
  const auto first = static_cast<std::int64_t>(std::floor(exact));
  if (first < 0 || first + timing_.fft_size > samples_.extent(1))
    return {};
  const double step = -two_pi * cfo_hz_ / timing_.sample_rate_hz();
  const cf32 turn = narrow(unit_phasor(step));
  cf32 w;
  for (std::int32_t n = 0; n < timing_.fft_size; ++n) {
    w = n % 64 == 0 ? narrow(unit_phasor(step * static_cast<double>(first + n))) : w * turn;
    window_[index(n)] = samples_(port, first + n) * w;
  }
  fft_->run(window_, spectrum_);
  // Up-conversion has turned the symbol by its start in the subframe (TS 38.211 5.4).
  const double subframe_s =
      (timing_.slot_start_in_subframe(slot.slot) + in_slot) / timing_.sample_rate_hz();
  const cf32 compensation = narrow(unit_phasor(two_pi * cell_.phase_compensation_hz * subframe_s));
  const double early = exact - static_cast<double>(first) + advance;
  std::vector<cf32> h(replica.subcarriers.size());
  for (std::size_t i = 0; i < h.size(); ++i) {
    const std::int32_t k = replica.subcarriers[i] - cell_.n_subcarriers() / 2;
    const cf32 ramp = narrow(unit_phasor(two_pi * k * early / timing_.fft_size));
    h[i] = spectrum_[wrap(k, timing_.fft_size)] * conj(replica.pilots[i]) * ramp * compensation;
  }
  return h;
}

SlotMatch SyncSlots::match(const SlotReplica& slot, double start) {
  SlotMatch match;
  std::vector<double> sums(max_symbols_per_slot);
  std::vector<std::int32_t> counts(max_symbols_per_slot);
  for (const DmrsReplica& replica : slot.layers) {
    for (std::int32_t port = 0; port < samples_.extent(0); ++port) {
      const std::vector<cf32> h = channel(slot, replica, port, start, prefix_ / 4);
      if (h.empty())
        continue;
      const double t = concentration(h);
      sums[index(replica.symbol)] += t;
      ++counts[index(replica.symbol)];
      match.sum += t;
      ++match.n;
      const std::size_t n_blocks = std::max<std::size_t>(1, h.size() / pilots_per_block);
      for (std::size_t b = 0; b < n_blocks; ++b) { // the last one takes the rest
        const std::size_t first = b * pilots_per_block;
        const std::size_t end = b + 1 == n_blocks ? h.size() : first + pilots_per_block;
        match.block_sum += concentration(std::span(h).subspan(first, end - first));
        ++match.block_n;
      }
    }
  }
  bool is_first = true;
  for (std::size_t l = 0; l < sums.size(); ++l) {
    if (counts[l] == 0 || (!is_first && sums[l] >= match.least_symbol_sum))
      continue;
    match.least_symbol_sum = sums[l];
    match.least_symbol_n = counts[l];
    is_first = false;
  }
  return match;
}

SyncSlots::Timing SyncSlots::refine(const SlotReplica& slot, double start, double reach) {
  std::vector<float> power(index(timing_.fft_size));
  std::vector<cf32> delay(power.size());
  std::vector<cf32> comb(power.size());
  for (const DmrsReplica& replica : slot.layers) {
    for (std::int32_t port = 0; port < samples_.extent(0); ++port) {
      const std::vector<cf32> h = channel(slot, replica, port, start, prefix_ / 2);
      if (h.empty())
        continue;
      std::fill(comb.begin(), comb.end(), cf32{});
      for (std::size_t i = 0; i < h.size(); ++i)
        comb[wrap(replica.subcarriers[i] - cell_.n_subcarriers() / 2, timing_.fft_size)] = h[i];
      ifft_->run(comb, delay);
      for (std::size_t i = 0; i < power.size(); ++i)
        power[i] += norm(delay[i]);
    }
  }
  const auto at = [&](std::int64_t d) { return power[wrap(d, timing_.fft_size)]; };
  const auto limit = static_cast<std::int64_t>(std::ceil(reach));
  std::int64_t strongest = 0;
  for (std::int64_t d = -limit; d <= limit; ++d)
    if (at(d) > at(strongest))
      strongest = d;
  // The first path: a local maximum within 10 dB (the side lobes of a band are 13 dB down).
  std::int64_t first = strongest;
  for (std::int64_t d = strongest - prefix_ / 2; d < strongest; ++d) {
    if (at(d) >= 0.1F * at(strongest) && at(d) >= at(d - 1) && at(d) > at(d + 1)) {
      first = d;
      break;
    }
  }
  return {start + static_cast<double>(strongest), start + static_cast<double>(first)};
}

cf64 SyncSlots::prefix_product(const SlotReplica& slot, double start) {
  const auto first = static_cast<std::int64_t>(std::lround(start));
  const std::int32_t n = timing_.slot_samples(slot.slot);
  if (first < 0 || first + n > samples_.extent(1) || slot.layers.empty())
    return {};
  std::int32_t low = slot.layers.front().prbs.first;
  std::int32_t high = slot.layers.front().prbs.end();
  for (const DmrsReplica& r : slot.layers) {
    low = std::min(low, r.prbs.first);
    high = std::max(high, r.prbs.end());
  }
  const std::int64_t length = std::ssize(slot_time_);
  const double bins_per_subcarrier = static_cast<double>(length) / timing_.fft_size;
  const auto bin = [&](std::int32_t prb) {
    return static_cast<std::int64_t>(
        std::lround((prb * subcarriers_per_prb - cell_.n_subcarriers() / 2) * bins_per_subcarrier));
  };
  const auto guard = static_cast<std::int64_t>(std::lround(bins_per_subcarrier));
  cf64 product;
  for (std::int32_t port = 0; port < samples_.extent(0); ++port) {
    std::fill(slot_time_.begin(), slot_time_.end(), cf32{});
    for (std::int32_t i = 0; i < n; ++i)
      slot_time_[index(i)] = samples_(port, first + i);
    slot_fft_->run(slot_time_, slot_spectrum_);
    std::fill(slot_time_.begin(), slot_time_.end(), cf32{});
    for (std::int64_t b = bin(low) - guard; b < bin(high) + guard; ++b)
      slot_time_[wrap(b, length)] = slot_spectrum_[wrap(b, length)];
    slot_ifft_->run(slot_time_, slot_spectrum_);
    for (std::int32_t l = slot.first_symbol; l < slot.first_symbol + slot.n_symbols; ++l) {
      const std::int32_t begin = timing_.symbol_start(slot.slot, l);
      const std::int32_t prefix = timing_.cp_samples(slot.slot, l);
      for (std::int32_t i = prefix / 4; i < prefix; ++i) { // echoes fill the first part
        const cf32 p = conj(slot_spectrum_[index(begin + i)]) *
                       slot_spectrum_[index(begin + i + timing_.fft_size)];
        product += cf64{p.re, p.im};
      }
    }
  }
  return product;
}

cf64 SyncSlots::slot_product(const SlotReplica& a,
                             double start_a,
                             const SlotReplica& b,
                             double start_b) {
  cf64 product;
  for (std::size_t i = 0; i < std::min(a.layers.size(), b.layers.size()); ++i) {
    if (a.layers[i].symbol != b.layers[i].symbol ||
        a.layers[i].subcarriers != b.layers[i].subcarriers)
      continue;
    for (std::int32_t port = 0; port < samples_.extent(0); ++port) {
      const std::vector<cf32> h0 = channel(a, a.layers[i], port, start_a, prefix_ / 4);
      const std::vector<cf32> h1 = channel(b, b.layers[i], port, start_b, prefix_ / 4);
      for (std::size_t k = 0; k < std::min(h0.size(), h1.size()); ++k) {
        const cf32 p = conj(h0[k]) * h1[k];
        product += cf64{p.re, p.im};
      }
    }
  }
  return product;
}

SyncSlots::SymbolPair SyncSlots::symbol_product(const SlotReplica& slot, double start) {
  SymbolPair pair;
  for (std::size_t a = 0; a < slot.layers.size(); ++a) {
    const DmrsReplica& first = slot.layers[a];
    // The layer's last symbol in the same hop.
    std::size_t b = a;
    bool is_first = true;
    for (std::size_t i = 0; i < slot.layers.size(); ++i) {
      const DmrsReplica& other = slot.layers[i];
      if (other.layer != first.layer || other.hop != first.hop)
        continue;
      is_first = is_first && other.symbol >= first.symbol;
      if (other.symbol > slot.layers[b].symbol)
        b = i;
    }
    if (!is_first || b == a)
      continue;
    const DmrsReplica& last = slot.layers[b];
    const auto begin = [&](const DmrsReplica& r) {
      return timing_.symbol_start(slot.slot, r.symbol) + timing_.cp_samples(slot.slot, r.symbol);
    };
    const double seconds = (begin(last) - begin(first)) / timing_.sample_rate_hz();
    if (pair.seconds != 0 && seconds != pair.seconds)
      continue; // other grants with other symbols
    pair.seconds = seconds;
    for (std::int32_t port = 0; port < samples_.extent(0); ++port) {
      const std::vector<cf32> h0 = channel(slot, first, port, start, prefix_ / 4);
      const std::vector<cf32> h1 = channel(slot, last, port, start, prefix_ / 4);
      for (std::size_t i = 0; i < std::min(h0.size(), h1.size()); ++i) {
        const cf32 p = conj(h0[i]) * h1[i];
        pair.product += cf64{p.re, p.im};
      }
    }
  }
  return pair;
}

} // namespace airan

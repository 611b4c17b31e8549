// SPDX-License-Identifier: Apache-2.0
// The search for DM-RS in samples.
#include "phy/sync_search.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan {
namespace {

constexpr std::int32_t symbols_per_block = 4;
constexpr std::int32_t lag_symbols = symbols_per_block - 1; ///< whole windows of a block
constexpr std::int32_t max_band_prb = 24;
constexpr std::int32_t min_size = 64;
constexpr std::size_t max_bands = 8;
constexpr double two_pi = 2.0 * std::numbers::pi;

std::int32_t next_fast_length(std::int32_t n) {
  for (;; ++n) {
    std::int32_t m = n;
    for (const std::int32_t p : {2, 3, 5})
      while (m % p == 0)
        m /= p;
    if (m == 1)
      return n;
  }
}

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

/// i modulo n, not negative.
std::size_t wrap(std::int64_t i, std::int64_t n) {
  return index(((i % n) + n) % n);
}

} // namespace

double significance_of(double sum, std::int32_t n) {
  const double mean = n;
  return sum <= mean ? 0.0 : sum - mean - mean * std::log(sum / mean); // Chernoff's bound
}

SyncSearch::SyncSearch(View<const cf32, 2> samples,
                       const OfdmTiming& timing,
                       std::int32_t n_subcarriers,
                       std::span<const SlotReplica> replicas)
    : samples_(samples), timing_(timing), n_subcarriers_(n_subcarriers), replicas_(replicas) {
  std::int32_t widest = 1;
  for (const SlotReplica& slot : replicas)
    for (const DmrsReplica& r : slot.layers)
      widest = std::max(widest, band_of(r).count);
  // Half as many samples again as the band needs: the peak is at most 2 dB off the grid.
  size_ = next_fast_length(std::max(min_size, widest * 3 / 2));
  const FftLibrary library = default_fft_library();
  block_fft_ = make_fft(library, symbols_per_block * timing.fft_size, FftDirection::forward);
  lag_ifft_ = make_fft(library, symbols_per_block * size_, FftDirection::inverse);
  lag_fft_ = make_fft(library, symbols_per_block * size_, FftDirection::forward);
  symbol_ifft_ = make_fft(library, size_, FftDirection::inverse);
  n_blocks_ = samples.extent(1) / (lag_symbols * timing.fft_size) + 1;
  time_.resize(index(symbols_per_block * timing.fft_size));
  spectrum_.resize(time_.size());
  lag_a_.resize(index(symbols_per_block * size_));
  lag_b_.resize(lag_a_.size());
}

SyncSearch::Band SyncSearch::band_of(const DmrsReplica& replica) const {
  const std::int32_t n_prb = std::min(replica.prbs.count, max_band_prb);
  const std::int32_t first_prb = replica.prbs.first + (replica.prbs.count - n_prb) / 2;
  return {first_prb * subcarriers_per_prb, n_prb * subcarriers_per_prb};
}

std::int32_t SyncSearch::band_index(const Band& band) {
  for (std::size_t i = 0; i < bands_.size(); ++i)
    if (bands_[i].first == band.first && bands_[i].count == band.count)
      return static_cast<std::int32_t>(i);
  if (bands_.size() == max_bands) { // the oldest makes room
    bands_.erase(bands_.begin());
    blocks_.erase(blocks_.begin());
  }
  bands_.push_back(band);
  blocks_.emplace_back(index(n_blocks_ * samples_.extent(0)));
  return static_cast<std::int32_t>(bands_.size()) - 1;
}

const SyncSearch::Block&
SyncSearch::block(std::int32_t band, std::int32_t port, std::int64_t number) {
  Block& b = blocks_[index(band)][index(number * samples_.extent(0) + port)];
  if (b.spectrum.empty())
    fill_block(b, bands_[index(band)], port, number);
  return b;
}

void SyncSearch::fill_block(Block& out, const Band& band, std::int32_t port, std::int64_t number) {
  const std::int64_t first = number * lag_symbols * timing_.fft_size;
  const auto row = samples_.row(port);
  const std::int64_t n = std::clamp<std::int64_t>(std::ssize(row) - first, 0, std::ssize(time_));
  std::fill(std::copy_n(row.begin() + first, n, time_.begin()), time_.end(), cf32{});
  block_fft_->run(time_, spectrum_);
  // Bins are a quarter of a subcarrier wide, around the middle of the band.
  const std::int32_t n_bins = symbols_per_block * band.count;
  const std::int64_t middle =
      std::int64_t{symbols_per_block} * (band.first + band.count / 2 - n_subcarriers_ / 2);
  out.spectrum.resize(index(n_bins));
  std::fill(lag_a_.begin(), lag_a_.end(), cf32{});
  for (std::int32_t i = 0; i < n_bins; ++i) {
    const std::int32_t offset = i - n_bins / 2;
    const cf32 x = spectrum_[wrap(middle + offset, std::ssize(spectrum_))];
    out.spectrum[index(i)] = x;
    lag_a_[wrap(offset, std::ssize(lag_a_))] = x;
  }
  lag_ifft_->run(lag_a_, lag_b_);
  std::vector<double> sum(lag_b_.size() + 1);
  for (std::size_t i = 0; i < lag_b_.size(); ++i)
    sum[i + 1] = sum[i] + norm(lag_b_[i]);
  out.inverse_energy.resize(index(lag_symbols * size_));
  const double floor = 1e-12 * sum.back(); // silence is not signal
  for (std::int32_t i = 0; i < lag_symbols * size_; ++i) {
    const double energy = sum[index(i + size_)] - sum[index(i)];
    out.inverse_energy[index(i)] = energy > floor ? static_cast<float>(1.0 / energy) : 0.0F;
  }
}

/// conj(R) of a replica that is `delay` samples (of the search) early, of unit energy.
std::vector<cf32> SyncSearch::reference_spectrum(const DmrsReplica& replica,
                                                 const Band& band,
                                                 double shift,
                                                 double delay) {
  std::vector<cf32> symbol(index(size_));
  std::vector<cf32> time(index(size_));
  const std::int32_t middle = band.first + band.count / 2;
  for (std::size_t i = 0; i < replica.subcarriers.size(); ++i) {
    const std::int32_t k = replica.subcarriers[i];
    if (k >= band.first && k < band.first + band.count)
      symbol[wrap(k - middle, size_)] = replica.pilots[i];
  }
  symbol_ifft_->run(symbol, time);
  double energy = 0;
  std::fill(lag_a_.begin(), lag_a_.end(), cf32{});
  for (std::int32_t n = 0; n < size_; ++n) {
    const cf64 w = unit_phasor(two_pi * shift * n / size_);
    lag_a_[index(n)] = time[index(n)] * cf32{static_cast<float>(w.re), static_cast<float>(w.im)};
    energy += norm(time[index(n)]);
  }
  lag_fft_->run(lag_a_, lag_b_);
  const std::int32_t n_bins = symbols_per_block * band.count;
  std::vector<cf32> out(index(n_bins));
  const auto scale = static_cast<float>(1.0 / std::sqrt(energy));
  for (std::int32_t i = 0; i < n_bins; ++i) {
    const std::int32_t offset = i - n_bins / 2;
    const cf64 w = unit_phasor(two_pi * offset * delay / static_cast<double>(lag_a_.size()));
    out[index(i)] = conj(lag_b_[wrap(offset, std::ssize(lag_b_))]) *
                    cf32{static_cast<float>(w.re), static_cast<float>(w.im)} * scale;
  }
  return out;
}

/// Multiplies remainder[i] by 1 - rho of the replica, for slots that begin at lag first + i.
void SyncSearch::correlate(const SlotReplica& slot,
                           const DmrsReplica& replica,
                           double shift,
                           std::int64_t first,
                           std::span<float> remainder) {
  const Band band = band_of(replica);
  const std::int32_t band_number = band_index(band);
  const std::int32_t useful = timing_.symbol_start(slot.slot, replica.symbol) +
                              timing_.cp_samples(slot.slot, replica.symbol);
  const double offset = static_cast<double>(useful) * size_ / timing_.fft_size;
  const auto whole = static_cast<std::int64_t>(std::floor(offset));
  const std::vector<cf32> reference =
      reference_spectrum(replica, band, shift, offset - static_cast<double>(whole));
  const std::int64_t lags = std::int64_t{lag_symbols} * size_;
  const std::int64_t begin = first + whole;
  const std::int64_t end = begin + std::ssize(remainder);
  const std::ptrdiff_t half = std::ssize(reference) / 2;
  for (std::int64_t number = begin / lags; number * lags < end && number < n_blocks_; ++number) {
    for (std::int32_t port = 0; port < samples_.extent(0); ++port) {
      const Block& b = block(band_number, port, number);
      const cf32* x = b.spectrum.data();
      std::fill(lag_a_.begin() + half, lag_a_.end() - half, cf32{});
      for (std::ptrdiff_t i = 0; i < half; ++i) { // negative frequencies at the end
        lag_a_[index(std::ssize(lag_a_) - half + i)] = x[i] * reference[index(i)];
        lag_a_[index(i)] = x[half + i] * reference[index(half + i)];
      }
      lag_ifft_->run(lag_a_, lag_b_);
      const std::int64_t from = std::max(begin, number * lags);
      const std::int64_t to = std::min(end, (number + 1) * lags);
      for (std::int64_t lag = from; lag < to; ++lag) {
        const std::size_t i = index(lag - number * lags);
        const float rho = norm(lag_b_[i]) * b.inverse_energy[i];
        remainder[index(lag - begin)] *= std::max(1e-4F, 1.0F - rho);
      }
    }
  }
}

SyncHit SyncSearch::best(std::span<const Window> windows, double shift) {
  SyncHit best_hit;
  best_hit.shift = shift;
  const double lags_per_sample = static_cast<double>(size_) / timing_.fft_size;
  std::vector<float> remainder;
  for (const Window& window : windows) {
    const SlotReplica& slot = replicas_[index(window.replica)];
    if (slot.layers.empty())
      continue;
    const auto first =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(window.first * lags_per_sample));
    const auto end = static_cast<std::int64_t>(std::ceil(window.end * lags_per_sample));
    if (end <= first)
      continue;
    remainder.assign(index(end - first), 1.0F);
    // The symbols of the widest grant's layers; all have the same number of pilots.
    const std::size_t n = std::min<std::size_t>(slot.layers.size(), max_replicas);
    std::int32_t n_used = 0;
    const std::size_t n_pilots = slot.layers.front().pilots.size();
    for (const DmrsReplica& replica : std::span(slot.layers).first(n)) {
      if (replica.pilots.size() != n_pilots)
        continue;
      correlate(slot, replica, shift, first, remainder);
      n_used += samples_.extent(0);
    }
    const auto least = std::min_element(remainder.begin(), remainder.end());
    const Band band = band_of(slot.layers.front());
    const double pilots_in_band =
        static_cast<double>(n_pilots) * band.count / slot.layers.front().prbs.n_subcarriers();
    const double s =
        significance_of(-(pilots_in_band - 1.0) * std::log(std::max(1e-30F, *least)), n_used);
    if (s > best_hit.significance)
      best_hit = {window.replica,
                  static_cast<double>(first + (least - remainder.begin())) / lags_per_sample, shift,
                  s};
  }
  return best_hit;
}

} // namespace airan

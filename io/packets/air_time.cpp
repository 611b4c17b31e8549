// SPDX-License-Identifier: Apache-2.0
#include "io/packets/air_time.hpp"

#include "core/numerology.hpp"

#include <cmath>

namespace airan::io {
namespace {

/// 1980-01-06 00:00:00 UTC; GPS time does not follow the 18 leap seconds since.
constexpr std::int64_t gps_epoch_ns = (315'964'800LL - 18LL) * 1'000'000'000LL;
constexpr std::int64_t frame_cycle_ns = 2'560'000'000LL; ///< 256 frames
constexpr std::int64_t subframe_ns = 1'000'000;

std::int64_t ns_of(double us) {
  return std::llround(us * 1000);
}

/// The multiple of `step` next to `value`.
std::int64_t nearest_multiple(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = ((value % step) + step) % step;
  return value - rest + (rest >= step / 2 ? step : 0);
}

} // namespace

AirTime::AirTime(const CellSettings& cell, const Ta4Window& window)
    : window_(window), min_ns_(ns_of(window.min_us)), max_ns_(ns_of(window.max_us)),
      numerology_(cell.numerology), row_(cell.n_symbols() + 1) {
  const OfdmTiming timing{cell.numerology, cell.cyclic_prefix, 4096};
  for (std::int32_t s = 0; s < n_slots_per_subframe(cell.numerology); ++s)
    for (std::int32_t l = 0; l < row_; ++l)
      offset_ns_.push_back(
          std::llround((timing.slot_start_in_subframe(s) + timing.symbol_start(s, l)) * 1e9 /
                       timing.sample_rate_hz()));
}

std::int64_t AirTime::since_origin_ns(std::int64_t count, std::int32_t symbol) const {
  const std::int64_t subframe = count >> numerology_; // rounds down for negative counts too
  const std::int64_t slot = count - (subframe << numerology_);
  return subframe * subframe_ns + offset_ns_[static_cast<std::size_t>(slot * row_ + symbol)];
}

void AirTime::set_reference(std::int64_t count, std::int32_t symbol, std::int64_t now_ns) {
  origin_ns_ = now_ns - min_ns_ - since_origin_ns(count, symbol);
  if (window_.reference == TimeReference::gps)
    origin_ns_ = gps_epoch_ns + nearest_multiple(origin_ns_ - gps_epoch_ns, frame_cycle_ns);
  has_reference_ = true;
}

std::int64_t AirTime::start_ns(std::int64_t count, std::int32_t symbol) const {
  return origin_ns_ + since_origin_ns(count, symbol);
}

Punctuality AirTime::judge(std::int64_t count, std::int32_t symbol, std::int64_t now_ns) const {
  const std::int64_t after_start = now_ns - start_ns(count, symbol);
  if (after_start < min_ns_)
    return Punctuality::early;
  return after_start > max_ns_ ? Punctuality::late : Punctuality::on_time;
}

std::int64_t AirTime::deadline_ns(std::int64_t count, std::int32_t last_symbol) const {
  const std::int64_t drift_ns = window_.reference == TimeReference::first_packet ? drift_.ns() : 0;
  return start_ns(count, last_symbol + 1) + max_ns_ + drift_ns;
}

} // namespace airan::io

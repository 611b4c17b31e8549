// SPDX-License-Identifier: Apache-2.0
// The reference row of UnpackIq.
#include "kernels/cpu/unpack_iq_ref.hpp"

#include "kernels/cpu/unpack_slots.hpp"
#include "kernels/primitives/iq_numbers.hpp"

#include <algorithm>

namespace airan::cpu {
namespace {

/// Symbol that holds sample n of the slot; none (-1 is never an index) in the margins.
std::int32_t symbol_of_sample(const OfdmTiming& timing, std::int32_t slot, std::int64_t n) {
  for (std::int32_t l = 0; l < timing.n_symbols(); ++l)
    if (n >= timing.symbol_start(slot, l) && n < timing.symbol_start(slot, l + 1))
      return l;
  return -1;
}

bool is_missing(const TimeDomainIq& iq, std::int32_t port, std::int64_t n) {
  if (n < -iq.margin || n >= iq.n_samples + iq.margin)
    return true;
  if (iq.byte_of(port, n) + 2 * component_bytes(iq.format.number) > std::ssize(iq.bytes))
    return true;
  for (const SampleRange& range : iq.missing_of(port))
    if (n >= range.first && n < range.first + range.count)
      return true;
  return false;
}

/// Returns the number of bad samples.
std::int64_t unpack_samples(const TimeDomainIq& iq, const UnpackIqSlot& slot) {
  const auto out = slot.samples->samples.on_host();
  const auto symbol_missing = slot.samples->symbol_missing.on_host();
  std::int64_t n_bad = 0;
  for (std::int32_t port = 0; port < out.extent(0); ++port) {
    for (std::int32_t l = 0; l < symbol_missing.extent(1); ++l)
      symbol_missing(port, l) = 0;
    for (std::int32_t i = 0; i < out.extent(1); ++i) {
      const std::int64_t n = i - slot.samples->margin;
      const std::int32_t symbol = symbol_of_sample(slot.timing, slot.iq->id.slot, n);
      out(port, i) = {};
      if (!is_missing(iq, port, n)) {
        const std::byte* bytes = iq.bytes.data() + iq.byte_of(port, n);
        const cf32 x = {iq_component(bytes, iq.format),
                        iq_component(bytes + component_bytes(iq.format.number), iq.format)};
        if (is_good(x)) {
          out(port, i) = x;
          continue;
        }
        n_bad += symbol >= 0 ? 1 : 0;
      }
      if (symbol >= 0)
        symbol_missing(port, symbol) = 1;
    }
  }
  return n_bad;
}

/// Returns the number of bad REs.
std::int64_t unpack_prb(const std::byte* bytes, const IqFormat& format, cf32* res) {
  if (format.number == IqNumber::bfp) {
    unpack_bfp_prb(bytes, format.width, res);
    return 0;
  }
  if (format.number == IqNumber::packed) {
    unpack_packed_prb(bytes, format.width, res);
    return 0;
  }
  std::int64_t n_bad = 0;
  const std::int32_t size = component_bytes(format.number);
  for (std::int32_t k = 0; k < subcarriers_per_prb; ++k) {
    res[k] = {iq_component(bytes + 2 * k * size, format),
              iq_component(bytes + (2 * k + 1) * size, format)};
    n_bad += is_good(res[k]) ? 0 : 1;
  }
  return n_bad;
}

std::int64_t unpack_grid(const FrequencyDomainIq& iq, const UnpackIqSlot& slot) {
  const auto re = slot.grid->re.on_host();
  const auto valid = slot.grid->valid.on_host();
  std::fill_n(re.data(), re.size(), cf32{});
  std::fill_n(valid.data(), valid.size(), std::uint8_t{0});
  std::int64_t n_bad = 0;
  for (const PrbRun& run : iq.runs) {
    for (std::int32_t i = 0; i < run.n_prb; ++i) {
      const std::int32_t prb = run.first_prb + i;
      cf32 res[subcarriers_per_prb];
      const std::int64_t n = unpack_prb(run.bytes + i * prb_bytes(run.format), run.format, res);
      n_bad += n;
      if (n > 0)
        continue;
      valid(run.port, run.symbol, prb) = 1;
      for (std::int32_t k = 0; k < subcarriers_per_prb; ++k)
        re(run.port, run.symbol, prb * subcarriers_per_prb + k) = res[k];
    }
  }
  return n_bad;
}

class UnpackIqRef final : public UnpackIq {
public:
  void run(const UnpackIqArgs& args, Queue& /*queue*/) noexcept override {
    unpack_slots(args, unpack_samples, unpack_grid);
  }
};

} // namespace

std::unique_ptr<UnpackIq> make_unpack_iq_ref(const PlanLimits& /*limits*/) {
  return std::make_unique<UnpackIqRef>();
}

} // namespace airan::cpu

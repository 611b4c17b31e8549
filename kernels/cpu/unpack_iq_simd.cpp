// SPDX-License-Identifier: Apache-2.0
// The production row of UnpackIq: runs of present samples are gathered in small blocks and
// converted with SIMD.
#include "kernels/cpu/unpack_iq_simd.hpp"

#include "kernels/cpu/unpack_prbs_simd.hpp"
#include "kernels/cpu/unpack_slots.hpp"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/unpack_iq_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace airan::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// load(i) gives lanes i .. i + N - 1 as floats; returns whether all n components are good.
template <class D, class Load>
bool convert(D d, std::size_t n, float* HWY_RESTRICT out, const Load& load) {
  const auto limit = hn::Set(d, max_iq_component);
  auto good = hn::Eq(limit, limit);
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto x = load(i);
    good = hn::And(good, hn::Le(hn::Abs(x), limit));
    hn::StoreU(x, d, out + i);
  }
  return hn::AllTrue(d, good);
}

/// Swaps neighbours of `bits` bits; the low one of each pair is in `low`.
template <int bits, class D>
HWY_INLINE hn::VFromD<D> swap_neighbours(D d, hn::VFromD<D> v, std::uint64_t low) {
  const auto mask = hn::Set(d, static_cast<hn::TFromD<D>>(low));
  return hn::Or(hn::ShiftLeft<bits>(hn::And(v, mask)), hn::And(hn::ShiftRight<bits>(v), mask));
}

/// As many components of the wire as D has lanes, in native byte order.
template <ByteOrder order, class D>
HWY_INLINE hn::VFromD<D> load_native(D d, const hn::TFromD<D>* p) {
  const hn::RebindToUnsigned<D> du;
  constexpr std::size_t size = sizeof(hn::TFromD<D>);
  auto v = hn::LoadU(du, reinterpret_cast<const hn::TFromD<decltype(du)>*>(p));
  if constexpr (order == ByteOrder::big && size >= 2)
    v = swap_neighbours<8>(du, v, 0x00FF00FF00FF00FF);
  if constexpr (order == ByteOrder::big && size >= 4)
    v = swap_neighbours<16>(du, v, 0x0000FFFF0000FFFF);
  if constexpr (order == ByteOrder::big && size >= 8)
    v = swap_neighbours<32>(du, v, 0x00000000FFFFFFFF);
  return hn::BitCast(d, v);
}

template <ByteOrder order>
bool convert_number(const std::byte* HWY_RESTRICT in,
                    IqNumber number,
                    std::size_t n,
                    float* HWY_RESTRICT out) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const auto integer = [&]<class T>(T /*type*/, float scale) {
    const hn::Rebind<T, decltype(d)> dt;
    const auto s = hn::Set(d, scale);
    const auto* p = reinterpret_cast<const T*>(in);
    return convert(d, n, out, [&](std::size_t i) HWY_ATTR {
      return hn::Mul(hn::ConvertTo(d, hn::PromoteTo(di, load_native<order>(dt, p + i))), s);
    });
  };
  switch (number) {
  case IqNumber::int8:
    return integer(std::int8_t{}, 1.0F / 128.0F);
  case IqNumber::int16:
    return integer(std::int16_t{}, 1.0F / 32768.0F);
  case IqNumber::int32: {
    const auto s = hn::Set(d, 1.0F / 2147483648.0F);
    const auto* p = reinterpret_cast<const std::int32_t*>(in);
    return convert(d, n, out, [&](std::size_t i) HWY_ATTR {
      return hn::Mul(hn::ConvertTo(d, load_native<order>(di, p + i)), s);
    });
  }
  case IqNumber::float32: {
    const auto* p = reinterpret_cast<const float*>(in);
    return convert(d, n, out, [&](std::size_t i) HWY_ATTR { return load_native<order>(d, p + i); });
  }
  case IqNumber::float64: {
    const hn::ScalableTag<double> dd;
    const hn::Rebind<float, decltype(dd)> dh;
    const auto* p = reinterpret_cast<const double*>(in);
    return convert(dh, n, out, [&](std::size_t i) HWY_ATTR {
      return hn::DemoteTo(dh, load_native<order>(dd, p + i));
    });
  }
  case IqNumber::packed:
  case IqNumber::bfp:
    break;
  }
  return false;
}

/// n components of whole bytes at `in`, which (like `out`) may be read (written) up to the next
/// multiple of a vector. Returns whether all are good.
bool ConvertComponents(const std::byte* in, const IqFormat& format, std::size_t n, float* out) {
  return format.byte_order == ByteOrder::big
             ? convert_number<ByteOrder::big>(in, format.number, n, out)
             : convert_number<ByteOrder::little>(in, format.number, n, out);
}

} // namespace airan::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace airan::cpu {
namespace {

HWY_EXPORT(ConvertComponents);

constexpr std::size_t block_samples = 256; ///< converted at once
constexpr std::size_t vector_bytes = 256;  ///< room for a whole vector beyond a block
constexpr std::size_t vector_samples = vector_bytes / sizeof(cf32); ///< whole vectors, any target

/// A block of samples: as they were, and as floats.
struct Block {
  alignas(128) std::byte wire[block_samples * 16 + vector_bytes];
  alignas(128) float components[2 * block_samples + vector_bytes];
};

/// Samples of one port that are there: where they begin and how far apart they lie.
struct Run {
  const std::byte* bytes = nullptr;
  std::int64_t stride = 0;
  IqFormat format;
};

/// Brings n samples together.
template <std::size_t SampleBytes>
void gather(const Run& run, std::size_t n, std::byte* to) {
  const std::byte* from = run.bytes;
  for (std::size_t i = 0; i < n; ++i, from += run.stride)
    std::memcpy(to + i * SampleBytes, from, SampleBytes);
}

/// At most block_samples samples into `out`; returns whether all are good.
bool convert_block(const Run& run, std::span<cf32> out, Block& block) {
  const std::size_t n = out.size();
  const auto size = static_cast<std::size_t>(component_bytes(run.format.number));
  switch (size) {
  case 1:
    gather<2>(run, n, block.wire);
    break;
  case 2:
    gather<4>(run, n, block.wire);
    break;
  case 4:
    gather<8>(run, n, block.wire);
    break;
  default:
    gather<16>(run, n, block.wire);
    break;
  }
  // Whole vectors are converted: what lies beyond the block must be good.
  std::memset(block.wire + n * 2 * size, 0, vector_bytes);
  const auto convert = [&](float* components) {
    return HWY_DYNAMIC_DISPATCH(ConvertComponents)(block.wire, run.format, 2 * n, components);
  };
  if (n % vector_samples == 0)
    return convert(reinterpret_cast<float*>(out.data()));
  const bool good = convert(block.components);
  std::memcpy(out.data(), block.components, out.size_bytes());
  return good;
}

/// Sets bad samples to 0 and counts them.
std::int64_t erase_bad(std::span<cf32> samples) {
  std::int64_t n_bad = 0;
  for (cf32& x : samples) {
    if (is_good(x))
      continue;
    x = {};
    ++n_bad;
  }
  return n_bad;
}

/// Converts out.size() samples; returns the number of bad ones, which become 0.
std::int64_t convert_run(Run run, std::span<cf32> out, Block& block) {
  std::int64_t n_bad = 0;
  const std::int32_t size = component_bytes(run.format.number);
  if (run.stride == 2 * size) {
    // Whole vectors of neighbouring samples need no block.
    const auto direct = out.first(out.size() / vector_samples * vector_samples);
    if (!HWY_DYNAMIC_DISPATCH(ConvertComponents)(run.bytes, run.format, 2 * direct.size(),
                                                 reinterpret_cast<float*>(direct.data())))
      n_bad += erase_bad(direct);
    run.bytes += run.stride * static_cast<std::int64_t>(direct.size());
    out = out.subspan(direct.size());
  }
  for (std::size_t done = 0; done < out.size(); done += block_samples) {
    const auto part = out.subspan(done, std::min(block_samples, out.size() - done));
    if (!convert_block(run, part, block))
      n_bad += erase_bad(part);
    run.bytes += run.stride * static_cast<std::int64_t>(part.size());
  }
  return n_bad;
}

class UnpackIqSimd final : public UnpackIq {
public:
  void run(const UnpackIqArgs& args, Queue& /*queue*/) noexcept override {
    unpack_slots(
        args, [this](const auto& iq, const auto& slot) { return unpack_samples(iq, slot); },
        [this](const auto& iq, const auto& slot) { return unpack_grid(iq, slot); });
  }

private:
  struct Found {
    bool missing = false;
    std::int64_t n_bad = 0;
  };

  /// Samples [first, end) of a port (none of them in two symbols).
  Found unpack_stretch(const TimeDomainIq& iq,
                       std::int32_t port,
                       std::int64_t first,
                       std::int64_t end,
                       std::span<cf32> out) {
    Found found;
    std::int64_t position = first;
    const auto erase_until = [&](std::int64_t until) {
      const auto part = out.subspan(static_cast<std::size_t>(position - first),
                                    static_cast<std::size_t>(until - position));
      std::fill(part.begin(), part.end(), cf32{});
      found.missing = found.missing || !part.empty();
      position = until;
    };
    const auto convert_until = [&](std::int64_t until) {
      const auto part = out.subspan(static_cast<std::size_t>(position - first),
                                    static_cast<std::size_t>(until - position));
      const std::byte* bytes = iq.bytes.data() + iq.byte_of(port, position);
      found.n_bad += convert_run({bytes, iq.sample_stride, iq.format}, part, block_);
      position = until;
    };
    // What is there at all: within the margins, and within the bytes.
    const std::int64_t sample_bytes = 2 * component_bytes(iq.format.number);
    const std::int64_t room = std::ssize(iq.bytes) - port * iq.port_stride - sample_bytes;
    const std::int64_t in_bytes =
        room < 0 || iq.sample_stride <= 0 ? 0 : room / iq.sample_stride + 1;
    const std::int64_t there_end =
        std::clamp(std::min(iq.n_samples + iq.margin, in_bytes - iq.margin), first, end);
    erase_until(std::clamp(-iq.margin, first, there_end));
    for (const SampleRange& range : iq.missing_of(port)) {
      if (range.first >= there_end)
        break;
      if (range.first + range.count <= position)
        continue;
      convert_until(std::max(position, range.first));
      erase_until(std::clamp(range.first + range.count, position, there_end));
    }
    convert_until(there_end);
    erase_until(end);
    return found;
  }

  std::int64_t unpack_samples(const TimeDomainIq& iq, const UnpackIqSlot& slot) {
    const auto out = slot.samples->samples.on_host();
    const auto symbol_missing = slot.samples->symbol_missing.on_host();
    const std::int64_t margin = slot.samples->margin;
    std::int64_t n_bad = 0;
    for (std::int32_t port = 0; port < out.extent(0); ++port) {
      const auto row = out.row(port);
      const auto stretch = [&](std::int64_t first, std::int64_t end) {
        return unpack_stretch(iq, port, first, end,
                              row.subspan(static_cast<std::size_t>(first + margin),
                                          static_cast<std::size_t>(end - first)));
      };
      stretch(-margin, 0);
      std::int64_t first = 0;
      for (std::int32_t l = 0; l < slot.timing.n_symbols(); ++l) {
        const std::int64_t end =
            first + slot.timing.cp_samples(slot.iq->id.slot, l) + slot.timing.fft_size;
        const Found found = stretch(first, end);
        symbol_missing(port, l) = found.missing || found.n_bad > 0 ? 1 : 0;
        n_bad += found.n_bad;
        first = end;
      }
      stretch(first, out.extent(1) - margin);
    }
    return n_bad;
  }

  std::int64_t unpack_grid(const FrequencyDomainIq& iq, const UnpackIqSlot& slot) {
    const auto re = slot.grid->re.on_host();
    const auto valid = slot.grid->valid.on_host();
    std::fill_n(valid.data(), valid.size(), std::uint8_t{0});
    std::int64_t n_bad = 0;
    for (const PrbRun& run : iq.runs) {
      const auto res = re.row(run.port, run.symbol)
                           .subspan(std::size_t{run.first_prb} * subcarriers_per_prb,
                                    std::size_t{run.n_prb} * subcarriers_per_prb);
      const auto flags = valid.row(run.port, run.symbol).subspan(run.first_prb, run.n_prb);
      std::fill(flags.begin(), flags.end(), std::uint8_t{1});
      // A run of good PRBs is the rule. Otherwise each one is looked at.
      const std::int64_t bad = unpack_run(run.bytes, run.format, res);
      for (std::size_t i = 0; bad > 0 && i < flags.size(); ++i) {
        const std::byte* bytes = run.bytes + static_cast<std::ptrdiff_t>(i) * prb_bytes(run.format);
        flags[i] = unpack_run(bytes, run.format, prb_of(res, i)) == 0 ? 1 : 0;
      }
      n_bad += bad;
    }
    erase_invalid(re, valid);
    return n_bad;
  }

  static std::span<cf32> prb_of(std::span<cf32> res, std::size_t prb) {
    return res.subspan(prb * subcarriers_per_prb, subcarriers_per_prb);
  }

  static void erase_invalid(const View<cf32, 3>& re, const View<std::uint8_t, 3>& valid) {
    for (std::int32_t port = 0; port < valid.extent(0); ++port)
      for (std::int32_t l = 0; l < valid.extent(1); ++l) {
        const auto flags = valid.row(port, l);
        const auto res = re.row(port, l);
        for (std::size_t prb = 0; prb < flags.size(); ++prb) {
          // Hardly any is missing: the search takes many flags at a time.
          const void* zero = std::memchr(&flags[prb], 0, flags.size() - prb);
          if (zero == nullptr)
            break;
          prb = static_cast<std::size_t>(static_cast<const std::uint8_t*>(zero) - flags.data());
          std::fill_n(prb_of(res, prb).begin(), subcarriers_per_prb, cf32{});
        }
      }
  }

  /// Neighbouring PRBs. Returns the number of bad REs, which become 0.
  std::int64_t unpack_run(const std::byte* bytes, IqFormat format, std::span<cf32> res) {
    if (format.number == IqNumber::int16 && format.byte_order == ByteOrder::big)
      format = {IqNumber::packed, ByteOrder::big, 16}; // the same bytes
    if (const std::int32_t size = component_bytes(format.number); size > 0)
      return convert_run({bytes, 2 * size, format}, res, block_);
    const std::size_t n_prb = res.size() / subcarriers_per_prb;
    unpack_prbs({bytes, n_prb * static_cast<std::size_t>(prb_bytes(format))}, format, res);
    return 0;
  }

  Block block_;
};

} // namespace

std::unique_ptr<UnpackIq> make_unpack_iq_simd(const PlanLimits& /*limits*/) {
  return std::make_unique<UnpackIqSimd>();
}

} // namespace airan::cpu
#endif

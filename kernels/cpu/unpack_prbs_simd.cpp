// SPDX-License-Identifier: Apache-2.0
// PRBs of packed numbers and of block floating point: eight mantissas of w bits are w whole bytes,
// so one shuffle brings the bytes of each mantissa into a lane of its own.
#include "kernels/cpu/unpack_prbs_simd.hpp"

#include "core/assert.hpp"
#include "core/numerology.hpp"
#include "kernels/cpu/mantissa_layout.hpp"
#include "kernels/primitives/iq_numbers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/unpack_prbs_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace airan::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// 2^n for a normal float.
HWY_INLINE float power_of_two(std::int32_t n) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(127 + n) << 23);
}

#if HWY_TARGET == HWY_SCALAR // has no shuffles

/// As below, without reading more than the PRBs.
template <IqNumber Number>
void unpack(const std::uint8_t* from, std::size_t n_prb, const IqFormat& format, float* out) {
  const auto* bytes = reinterpret_cast<const std::byte*>(from);
  auto* res = reinterpret_cast<cf32*>(out);
  for (std::size_t i = 0; i < n_prb; ++i, res += subcarriers_per_prb, bytes += prb_bytes(format)) {
    if (Number == IqNumber::bfp)
      unpack_bfp_prb(bytes, format.width, res);
    else
      unpack_packed_prb(bytes, format.width, res);
  }
}

#else

/// n_prb PRBs; up to load_bytes - width bytes beyond the last one are read.
template <IqNumber Number>
void unpack(const std::uint8_t* HWY_RESTRICT from,
            std::size_t n_prb,
            const IqFormat& format,
            float* HWY_RESTRICT out) {
  const hn::CappedTag<float, group_size> d; // four or eight lanes
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Repartition<std::uint8_t, decltype(d)> d8;
  const std::int32_t width = format.width;
  const std::size_t stride = static_cast<std::size_t>(prb_bytes(format));
  const GroupLayout& layout = group_layouts[static_cast<std::size_t>(width - 1)];
  // Four lanes take two vectors to a group; eight lanes only the first, and `rest` is 0.
  const std::size_t rest = hn::Lanes(d) % group_size;
  const auto bytes_0 = hn::Load(d8, layout.bytes.data());
  const auto bytes_1 = hn::Load(d8, layout.bytes.data() + 4 * rest);
  const auto first_bit_0 = hn::Load(du, layout.first_bit.data());
  const auto first_bit_1 = hn::Load(du, layout.first_bit.data() + rest);
  const auto mantissa_bits = hn::Set(du, ~std::uint32_t{0} << (32 - width));
  // A mantissa in the top bits of a lane is mantissa * 2^(32 - width), which float holds exactly.
  const std::int32_t scale_log2 = Number == IqNumber::bfp ? width - 32 - 15 : -31;
  for (std::size_t prb = 0; prb < n_prb; ++prb, from += stride, out += 2 * subcarriers_per_prb) {
    const std::int32_t exponent = Number == IqNumber::bfp ? from[0] & 0x0F : 0;
    const auto scale = hn::Set(d, power_of_two(scale_log2 + exponent));
    const auto convert = [&](auto group, auto bytes, auto first_bit) HWY_ATTR {
      const auto lanes = hn::BitCast(du, hn::TableLookupBytes(group, bytes));
      const auto mantissa = hn::And(hn::Shl(lanes, first_bit), mantissa_bits);
      return hn::Mul(hn::ConvertTo(d, hn::BitCast(di, mantissa)), scale);
    };
    const std::uint8_t* mantissas = from + (Number == IqNumber::bfp ? 1 : 0);
    for (std::int32_t g = 0; g < groups_per_prb; ++g) {
      const auto group = hn::LoadDup128(d8, mantissas + g * width);
      hn::StoreU(convert(group, bytes_0, first_bit_0), d, out + g * group_size);
      if (rest != 0)
        hn::StoreU(convert(group, bytes_1, first_bit_1), d, out + g * group_size + rest);
    }
  }
}

#endif

void UnpackPrbs(const std::uint8_t* from, std::size_t n_prb, const IqFormat& format, float* out) {
  if (format.number == IqNumber::bfp)
    unpack<IqNumber::bfp>(from, n_prb, format, out);
  else
    unpack<IqNumber::packed>(from, n_prb, format, out);
}

} // namespace airan::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace airan::cpu {

HWY_EXPORT(UnpackPrbs);

void unpack_prbs(std::span<const std::byte> bytes, const IqFormat& format, std::span<cf32> res) {
  AIRAN_ASSERT(format.width >= 1 && format.width <= 16,
               "width is " + std::to_string(format.width) + ", may be 1 to 16");
  const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data());
  auto* out = reinterpret_cast<float*>(res.data());
  const auto prb_size = static_cast<std::size_t>(prb_bytes(format));
  const std::size_t n_prb = res.size() / subcarriers_per_prb;
  // The last load of a PRB goes this far beyond it. PRBs near the end are copied before they are
  // read.
  const auto beyond = static_cast<std::size_t>(load_bytes - format.width);
  const std::size_t n_copied = std::min((beyond + prb_size - 1) / prb_size, n_prb);
  const std::size_t n_direct = n_prb - n_copied;
  HWY_DYNAMIC_DISPATCH(UnpackPrbs)(from, n_direct, format, out);
  if (n_copied > 0) {
    std::array<std::uint8_t, 64> padded{}; // the most is a PRB of 15 bits, 46 bytes, and its 1
    std::memcpy(padded.data(), from + n_direct * prb_size, n_copied * prb_size);
    HWY_DYNAMIC_DISPATCH(UnpackPrbs)
    (padded.data(), n_copied, format, out + n_direct * 2 * subcarriers_per_prb);
  }
}

} // namespace airan::cpu
#endif

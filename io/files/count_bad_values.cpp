// SPDX-License-Identifier: Apache-2.0
// Counting NaN and infinite values.
#include "io/files/count_bad_values.hpp"

#include <bit>
#include <cstring>

namespace airan::io {
namespace {

/// IEEE 754: not finite exactly when all bits of the exponent are set. `swap` turns the mask, not
/// the data.
template <class Word>
std::int64_t count(std::span<const std::byte> bytes, Word mask, bool swap) {
  if (swap)
    mask = sizeof(Word) == 4
               ? static_cast<Word>(__builtin_bswap32(static_cast<std::uint32_t>(mask)))
               : static_cast<Word>(__builtin_bswap64(mask));
  const std::size_t n = bytes.size() / sizeof(Word);
  std::int64_t bad = 0;
  for (std::size_t i = 0; i < n; ++i) {
    Word w;
    std::memcpy(&w, bytes.data() + i * sizeof(Word), sizeof(Word));
    bad += (w & mask) == mask ? 1 : 0;
  }
  return bad;
}

} // namespace

std::int64_t count_bad_values(std::span<const std::byte> bytes, const IqFormat& format) {
  const bool swap =
      (format.byte_order == ByteOrder::big) == (std::endian::native == std::endian::little);
  if (format.number == IqNumber::float32)
    return count<std::uint32_t>(bytes, 0x7f800000U, swap);
  if (format.number == IqNumber::float64)
    return count<std::uint64_t>(bytes, 0x7ff0000000000000ULL, swap);
  return 0;
}

} // namespace airan::io

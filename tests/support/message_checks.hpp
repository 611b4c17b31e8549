// SPDX-License-Identifier: Apache-2.0
// What holds of every answer of the frame parser, whatever the bytes. Without GoogleTest, so that
// the fuzzer can use it.
#pragma once

#include "io/oran/parse_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace airan::tests {

/// Empty when everything holds; otherwise a sentence about the first thing that does not.
inline std::string unsound_answer(std::span<const std::byte> frame,
                                  const io::oran::FrameRules& rules,
                                  const std::optional<io::DropReason>& dropped,
                                  const io::oran::Message& message) {
  using namespace io::oran;
  if (dropped) {
    if (*dropped > io::DropReason::trailing_bytes)
      return "the reason is not one of the parser's";
    return message.sections().empty() ? "" : "a dropped message has sections";
  }
  const StreamRules* stream = message.eaxc ? rules.find(*message.eaxc) : nullptr;
  if (stream == nullptr)
    return "the eAxC is not one of the rules";
  if (message.cell != stream->cell || message.port != stream->port)
    return "cell or port is not that of the eAxC";
  const bool is_prach = stream->kind == StreamKind::prach || message.filter_index != 0;
  if (message.kind != (is_prach ? StreamKind::prach : stream->kind) || message.filter_index > 7)
    return "the kind is not that of the eAxC and filter";
  const bool is_control = message.plane == Plane::control;
  if (message.section_type > 3 || message.section_type == 2 ||
      (!is_control && message.section_type != 1))
    return "the section type is none that is supported";
  const bool is_free = is_prach || message.section_type == 3;
  if (message.slot >= 10 << stream->numerology)
    return "the slot is beyond the frame";
  if (message.symbol >= (is_free ? 14 : stream->n_symbols))
    return "the symbol is beyond the slot";
  if (message.sections().empty())
    return "an accepted message has no section";

  const std::byte* next = frame.data();
  const std::byte* end = frame.data() + frame.size();
  for (const Section& section : message.sections()) {
    if (section.n_prb == 0 || section.first_prb + section.n_prb > (is_free ? 1024 : stream->ru_prb))
      return "PRBs out of range";
    if (section.id > 4095)
      return "the section id has more than 12 bits";
    if (is_control) {
      if (section.iq != nullptr)
        return "the C-plane has no IQ";
      continue;
    }
    if (section.format.width < 8 || section.format.width > 16 ||
        section.format.byte_order != ByteOrder::big)
      return "the format is none that is supported";
    const auto n_bytes = std::ptrdiff_t{section.n_prb} * prb_bytes(section.format);
    if (section.iq < next || n_bytes > end - section.iq)
      return "IQ outside the frame, or of two sections at once";
    next = section.iq + n_bytes;
  }
  return "";
}

/// Decodes the PRBs of a message bit by bit and adds the numbers up, so that each byte is read.
inline std::int64_t sum_of_iq(const io::oran::Message& message) {
  std::int64_t sum = 0;
  for (const io::oran::Section& section : message.sections()) {
    const std::byte* byte = section.iq;
    for (std::int32_t prb = 0; byte != nullptr && prb < section.n_prb; ++prb) {
      const bool is_bfp = section.format.number == IqNumber::bfp;
      const unsigned exponent = is_bfp ? std::to_integer<unsigned>(*byte++) & 15U : 0U;
      std::uint32_t bits = 0;
      std::int32_t n_bits = 0;
      for (int component = 0; component < 24; ++component) {
        std::int32_t value = 0;
        for (std::int32_t b = 0; b < section.format.width; ++b, --n_bits, bits <<= 1U) {
          if (n_bits == 0) {
            bits = std::to_integer<std::uint32_t>(*byte++);
            n_bits = 8;
          }
          const auto bit = static_cast<std::int32_t>((bits >> 7U) & 1U);
          value = b == 0 ? -bit : 2 * value + bit; // two's complement, top bit first
        }
        sum += std::int64_t{value} * (1 << exponent);
      }
    }
  }
  return sum;
}

} // namespace airan::tests

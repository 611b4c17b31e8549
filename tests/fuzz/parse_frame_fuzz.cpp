// SPDX-License-Identifier: Apache-2.0
// Ethernet frames: whatever their bytes, a drop reason or sections that lie in the frame.
#include "core/assert.hpp"
#include "io/oran/parse_frame.hpp"
#include "tests/support/message_checks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace airan::io::oran {
namespace {

/// The first two bytes choose how frames are read, so that every rule meets every frame. Widths
/// that configurations do not allow are among them.
void set_rules(std::uint8_t first, std::uint8_t second, FrameRules& rules) {
  const auto bit = [](std::uint8_t byte, unsigned n) { return ((byte >> n) & 1U) != 0; };
  StreamRules stream;
  stream.compression.header = bit(first, 0) ? CompressionHeader::dynamic : CompressionHeader::fixed;
  stream.compression.method = bit(first, 1) ? CompressionMethod::none : CompressionMethod::bfp;
  stream.bfp16 = bit(first, 2) ? Bfp16::plain : Bfp16::with_exponent;
  rules.ignore_ecpri_size = bit(first, 3);
  const VlanRule vlans[] = {AnyVlan{}, NoVlan{}, VlanId{6}, VlanId{0}};
  rules.vlan = vlans[(first >> 4U) & 3U];
  rules.dst_mac.reset();
  if (bit(first, 6))
    rules.dst_mac = MacAddress{2, 0, 0, 0, 0, 1};
  if (bit(first, 7))
    stream.prach_compression = CompressionSettings{CompressionMethod::bfp, 14};

  stream.compression.width = 6 + (second & 15);
  stream.numerology = (second >> 4) & 3;
  stream.n_symbols = bit(second, 6) ? 12 : 14;
  stream.ru_prb = bit(second, 7) ? 51 : 273;
  rules.add(3, stream);
  stream.kind = StreamKind::prach;
  stream.port = 1;
  rules.add(4, stream);
  stream.kind = StreamKind::srs;
  stream.cell = 1;
  rules.add(7, stream);
}

void check(std::span<const std::byte> frame, const FrameRules& rules) {
  static Message message; // holds what the frame before left in it
  static Message again;
  const auto dropped = parse_frame(frame, rules, message);
  const std::string unsound = tests::unsound_answer(frame, rules, dropped, message);
  AIRAN_ASSERT(unsound.empty(), unsound);
  AIRAN_ASSERT(parse_frame(frame, rules, again) == dropped, "the same frame, another answer");
  const auto are_equal = [](const Section& a, const Section& b) {
    return a.id == b.id && a.first_prb == b.first_prb && a.n_prb == b.n_prb &&
           a.format == b.format && a.iq == b.iq;
  };
  AIRAN_ASSERT(std::ranges::equal(message.sections(), again.sections(), are_equal),
               "the same frame, other sections");
  [[maybe_unused]] static volatile std::int64_t sum; // so that the reads are not optimised away
  sum = tests::sum_of_iq(message);
}

} // namespace
} // namespace airan::io::oran

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2)
    return 0;
  static airan::io::oran::FrameRules rules;
  airan::io::oran::set_rules(data[0], data[1], rules);
  airan::io::oran::check(std::as_bytes(std::span(data + 2, size - 2)), rules);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// From the bytes of an Ethernet frame to an O-RAN message, or to the reason why it is dropped.
#include "io/oran/parse_frame.hpp"

#include "core/assert.hpp"
#include "io/oran/byte_reader.hpp"
#include "io/oran/frame_layout.hpp"

#include <algorithm>
#include <cstring>
#include <variant>

namespace airan::io::oran {

namespace {

using MaybeDrop = std::optional<DropReason>;

/// PRBs that startPrbu can name: the limit of PRACH, whose PRBs are not those of the radio unit.
constexpr std::uint32_t n_addressable_prb = 1024;
/// symbolId of PRACH, whatever the cyclic prefix of the cell.
constexpr std::uint32_t n_prach_symbols = 14;
/// Slots of a subframe of 240 kHz: the limit of PRACH, which has a numerology of its own.
constexpr std::uint32_t max_slots_per_subframe = 16;

/// Everything but the section storage, which n_sections guards.
void clear(Message& message) {
  message.destination = {};
  message.source = {};
  message.vlan.reset();
  message.plane = Plane::user;
  message.eaxc.reset();
  message.sequence = 0;
  message.cell = 0;
  message.kind = StreamKind::pusch;
  message.port = 0;
  message.filter_index = 0;
  message.frame = 0;
  message.slot = 0;
  message.symbol = 0;
  message.section_type = 1;
  message.has_reserved_bits = false;
  message.n_sections = 0;
}

MacAddress mac_address(std::span<const std::byte, layout::ethernet::mac_bytes> bytes) {
  MacAddress address;
  std::memcpy(address.data(), bytes.data(), address.size());
  return address;
}

bool accepts(const VlanRule& rule, const std::optional<std::uint16_t>& vlan) {
  if (const auto* wanted = std::get_if<VlanId>(&rule))
    return vlan && *vlan == wanted->id;
  return std::holds_alternative<AnyVlan>(rule) || !vlan;
}

/// Ethernet header and VLAN tag.
MaybeDrop read_ethernet(ByteReader& reader, const FrameRules& rules, Message& message) {
  namespace l = layout::ethernet;
  if (!reader.holds(l::n_bytes))
    return DropReason::short_ethernet;
  const auto header = reader.take<l::n_bytes>();
  message.destination = mac_address(header.subspan<l::destination_at, l::mac_bytes>());
  message.source = mac_address(header.subspan<l::source_at, l::mac_bytes>());
  if (rules.dst_mac && *rules.dst_mac != message.destination)
    return DropReason::wrong_mac;

  std::uint32_t ethertype = layout::read<l::ethertype>(header);
  if (ethertype == l::ethertype_vlan) {
    if (!reader.holds(layout::vlan::n_bytes))
      return DropReason::short_ethernet;
    const auto tag = reader.take<layout::vlan::n_bytes>();
    message.vlan = static_cast<std::uint16_t>(layout::read<layout::vlan::id>(tag));
    ethertype = layout::read<layout::vlan::ethertype>(tag);
  }
  if (!accepts(rules.vlan, message.vlan))
    return DropReason::wrong_vlan;
  if (ethertype != l::ethertype_ecpri)
    return DropReason::not_ecpri;
  return std::nullopt;
}

/// eCPRI headers; `reader` is left with the rest of the eCPRI payload, without padding.
MaybeDrop read_ecpri(ByteReader& reader, const FrameRules& rules, Message& message) {
  namespace l = layout::ecpri;
  if (!reader.holds(l::n_bytes))
    return DropReason::short_ecpri;
  const auto header = reader.take<l::n_bytes>();
  if (layout::read<l::revision>(header) != l::revision_1)
    return DropReason::bad_version;
  if (layout::read<l::concatenation>(header) != 0)
    return DropReason::concatenated;
  const std::uint32_t type = layout::read<l::message_type>(header);
  if (type != l::type_iq_data && type != l::type_control)
    return DropReason::unsupported_type;
  message.plane = type == l::type_iq_data ? Plane::user : Plane::control;

  const std::size_t held = reader.n_left();
  const std::size_t size = rules.ignore_ecpri_size ? held : layout::read<l::payload_size>(header);
  const std::size_t least = layout::ecpri_message::n_bytes + layout::application::n_bytes +
                            (message.plane == Plane::control ? layout::control::n_bytes : 0U);
  if (!reader.holds(layout::ecpri_message::n_bytes))
    return size < least ? DropReason::size_below_minimum : DropReason::size_beyond_frame;
  const auto start = reader.take<layout::ecpri_message::n_bytes>();
  message.eaxc = static_cast<std::uint16_t>(layout::read<layout::ecpri_message::eaxc>(start));
  message.sequence =
      static_cast<std::uint8_t>(layout::read<layout::ecpri_message::sequence>(start));
  if (size < least)
    return DropReason::size_below_minimum;
  if (size > held)
    return DropReason::size_beyond_frame;
  const StreamRules* stream = rules.find(*message.eaxc);
  if (stream == nullptr)
    return DropReason::unknown_eaxc;
  message.cell = stream->cell;
  message.kind = stream->kind;
  message.port = stream->port;
  if (layout::read<layout::ecpri_message::e_bit>(start) != 1 ||
      layout::read<layout::ecpri_message::subsequence>(start) != 0)
    return DropReason::fragmented;
  reader = ByteReader(reader.left().first(size - layout::ecpri_message::n_bytes));
  return std::nullopt;
}

/// PRACH, and whatever else C-plane sections of type 3 order, counts slots, symbols and PRBs in a
/// numerology of its own.
bool has_own_numerology(const Message& message) {
  return message.kind == StreamKind::prach ||
         (message.plane == Plane::control && message.section_type == layout::control::type_prach);
}

/// Radio application header. Of a C-plane message, section_type is known already.
MaybeDrop read_application(std::span<const std::byte, layout::application::n_bytes> header,
                           const StreamRules& stream,
                           Message& message) {
  namespace l = layout::application;
  message.filter_index = static_cast<std::uint8_t>(layout::read<l::filter_index>(header));
  message.frame = static_cast<std::uint8_t>(layout::read<l::frame>(header));
  if (layout::read<l::direction>(header) != l::uplink)
    return DropReason::downlink_direction;
  if (layout::read<l::payload_version>(header) != l::payload_version_1)
    return DropReason::bad_payload_version;
  if (message.filter_index > l::last_filter_index)
    return DropReason::reserved_filter;
  if (message.filter_index != 0)
    message.kind = StreamKind::prach;

  const bool is_free = has_own_numerology(message);
  const std::uint32_t subframe = layout::read<l::subframe>(header);
  const std::uint32_t slot = layout::read<l::slot>(header);
  const std::uint32_t symbol = layout::read<l::symbol>(header);
  const std::uint32_t n_slots = 1U << static_cast<unsigned>(stream.numerology);
  if (subframe > l::last_subframe)
    return DropReason::bad_subframe;
  if (slot >= (is_free ? max_slots_per_subframe : n_slots))
    return DropReason::bad_slot;
  if (symbol >= (is_free ? n_prach_symbols : static_cast<std::uint32_t>(stream.n_symbols)))
    return DropReason::bad_symbol;
  message.slot = static_cast<std::uint8_t>(subframe * n_slots + std::min(slot, n_slots - 1));
  message.symbol = static_cast<std::uint8_t>(symbol);
  return std::nullopt;
}

constexpr bool is_supported(std::int32_t width) {
  return width >= 8 && width <= 16;
}

IqFormat format_of(CompressionMethod method, std::int32_t width, Bfp16 bfp16) {
  IqNumber number = IqNumber::packed;
  if (method == CompressionMethod::bfp && (width < 16 || bfp16 == Bfp16::with_exponent))
    number = IqNumber::bfp;
  else if (width == 16)
    number = IqNumber::int16;
  else if (width == 8)
    number = IqNumber::int8;
  return {number, ByteOrder::big, static_cast<std::uint8_t>(width)};
}

/// The format that a udCompHdr names, with its fields Width and Method.
template <layout::Field Width, layout::Field Method, std::size_t N>
MaybeDrop read_format(std::span<const std::byte, N> header, Bfp16 bfp16, IqFormat& format) {
  namespace l = layout::compression;
  const auto sent_width = static_cast<std::int32_t>(layout::read<Width>(header));
  const std::uint32_t method = layout::read<Method>(header);
  const std::int32_t width = sent_width == 0 ? 16 : sent_width;
  if (!is_supported(width) || (method != l::method_none && method != l::method_bfp))
    return DropReason::bad_compression;
  format = format_of(method == l::method_bfp ? CompressionMethod::bfp : CompressionMethod::none,
                     width, bfp16);
  return std::nullopt;
}

/// What the sections of a message are read with.
struct SectionRules {
  std::uint32_t n_prb = 0;    ///< PRBs that they may name: 0 .. n_prb - 1
  std::uint32_t all_prbs = 0; ///< what numPrbu 0 means; 0: as many as the message holds
  bool is_dynamic = false;    ///< sections name their format
  IqFormat format;            ///< static compression
  Bfp16 bfp16 = Bfp16::with_exponent;
};

MaybeDrop make_section_rules(const StreamRules& stream, const Message& message, SectionRules& to) {
  const bool is_prach = message.kind == StreamKind::prach;
  const auto ru_prb = static_cast<std::uint32_t>(stream.ru_prb);
  const CompressionSettings& compression =
      is_prach && stream.prach_compression ? *stream.prach_compression : stream.compression;
  to.n_prb = has_own_numerology(message) ? n_addressable_prb : ru_prb;
  to.all_prbs = is_prach && message.plane == Plane::user ? 0 : ru_prb;
  to.is_dynamic = compression.header == CompressionHeader::dynamic;
  to.bfp16 = stream.bfp16;
  if (to.is_dynamic)
    return std::nullopt;
  if (!is_supported(compression.width))
    return DropReason::bad_compression;
  to.format = format_of(compression.method, compression.width, stream.bfp16);
  return std::nullopt;
}

/// startPrbu and numPrbu; `all_prbs` is what numPrbu 0 means.
MaybeDrop read_prbs(std::span<const std::byte, layout::section::n_bytes> header,
                    std::uint32_t all_prbs,
                    std::uint32_t limit,
                    Section& section) {
  namespace l = layout::section;
  std::uint32_t first = layout::read<l::first_prb>(header);
  std::uint32_t n = layout::read<l::n_prb>(header);
  if (n == 0) {
    first = 0;
    n = all_prbs;
  }
  if (first + n > limit)
    return DropReason::prb_out_of_range;
  section.id = static_cast<std::uint16_t>(layout::read<l::id>(header));
  section.first_prb = static_cast<std::uint16_t>(first);
  section.n_prb = static_cast<std::uint16_t>(n);
  return std::nullopt;
}

bool skips_prbs_or_symbols(std::span<const std::byte, layout::section::n_bytes> header) {
  return layout::read<layout::section::rb>(header) != 0 ||
         layout::read<layout::section::sym_inc>(header) != 0;
}

/// One section of the U-plane with its IQ. `if_short` is why a frame is dropped that ends within
/// the section's header.
MaybeDrop read_uplane_section(ByteReader& reader,
                              const SectionRules& rules,
                              DropReason if_short,
                              Section& section) {
  if (!reader.holds(layout::section::n_bytes))
    return if_short;
  const auto header = reader.take<layout::section::n_bytes>();
  if (skips_prbs_or_symbols(header))
    return DropReason::unsupported_rb_or_syminc;

  IqFormat format = rules.format;
  if (rules.is_dynamic) {
    namespace l = layout::compression;
    if (!reader.holds(l::n_bytes))
      return if_short;
    if (const MaybeDrop why =
            read_format<l::width, l::method>(reader.take<l::n_bytes>(), rules.bfp16, format))
      return why;
  }
  const auto bytes_per_prb = static_cast<std::size_t>(prb_bytes(format));
  const std::uint32_t all_prbs = rules.all_prbs != 0
                                     ? rules.all_prbs
                                     : static_cast<std::uint32_t>(reader.n_left() / bytes_per_prb);
  if (const MaybeDrop why = read_prbs(header, all_prbs, rules.n_prb, section))
    return why;
  const std::size_t n_bytes = section.n_prb * bytes_per_prb;
  if (n_bytes == 0 || !reader.holds(n_bytes))
    return DropReason::iq_truncated;
  section.format = format;
  section.iq = reader.take(n_bytes).data();
  return std::nullopt;
}

bool has_reserved_bits(const Section& section) {
  namespace l = layout::bfp;
  return section.format.number == IqNumber::bfp &&
         layout::read<l::reserved>(
             std::span<const std::byte, l::n_bytes>(section.iq, l::n_bytes)) != 0;
}

/// What may follow the sections of a message.
enum class Padding : std::uint8_t {
  none,    ///< nothing: the eCPRI payload size tells where they end
  plain,   ///< ignore_ecpri_size: less than a section header, or zeros
  minimum, ///< ignore_ecpri_size, frame of minimum length: anything, no second section fits
};

Padding padding_of(std::span<const std::byte> frame, const FrameRules& rules, const Message& m) {
  if (!rules.ignore_ecpri_size)
    return Padding::none;
  const std::size_t tag_bytes = m.vlan ? layout::vlan::n_bytes : 0U;
  return frame.size() <= layout::ethernet::min_frame_bytes + tag_bytes ? Padding::minimum
                                                                       : Padding::plain;
}

bool is_padding(std::span<const std::byte> rest, Padding padding) {
  switch (padding) {
  case Padding::none:
    return rest.empty();
  case Padding::plain:
    return rest.size() < layout::section::n_bytes ||
           std::ranges::all_of(rest, [](std::byte b) { return b == std::byte{0}; });
  case Padding::minimum:
    break;
  }
  return true;
}

MaybeDrop
read_uplane(ByteReader& reader, const StreamRules& stream, Padding padding, Message& message) {
  if (!reader.holds(layout::application::n_bytes))
    return DropReason::size_below_minimum;
  const auto header = reader.take<layout::application::n_bytes>();
  if (const MaybeDrop why = read_application(header, stream, message))
    return why;

  SectionRules rules;
  if (const MaybeDrop why = make_section_rules(stream, message, rules))
    return why;
  std::size_t n_sections = 0;
  do {
    if (n_sections == max_sections)
      return DropReason::too_many_sections;
    Section& section = message.section_storage[n_sections];
    const DropReason if_short =
        n_sections == 0 ? DropReason::short_section : DropReason::trailing_bytes;
    if (const MaybeDrop why = read_uplane_section(reader, rules, if_short, section))
      return why;
    message.has_reserved_bits = message.has_reserved_bits || has_reserved_bits(section);
    ++n_sections;
  } while (!is_padding(reader.left(), padding));
  message.n_sections = static_cast<std::uint16_t>(n_sections);
  return std::nullopt;
}

/// Section extensions; false when they are not whole.
bool skip_extensions(ByteReader& reader) {
  namespace l = layout::extension;
  bool follows = true;
  while (follows) {
    if (!reader.holds(l::n_bytes))
      return false;
    const auto header = reader.take<l::n_bytes>();
    follows = layout::read<l::extension_flag>(header) != 0;
    const std::size_t n_words = l::has_long_length(layout::read<l::type>(header))
                                    ? layout::read<l::long_length>(header)
                                    : layout::read<l::length>(header);
    if (n_words == 0 || !reader.holds(4 * (n_words - 1)))
      return false;
    reader.take(4 * (n_words - 1));
  }
  return true;
}

/// One section of the C-plane with its extensions.
MaybeDrop read_cplane_section(ByteReader& reader,
                              const SectionRules& rules,
                              std::uint8_t section_type,
                              Section& section) {
  namespace l = layout::control_section;
  const bool is_idle = section_type == layout::control::type_idle;
  const std::size_t n_more =
      section_type == layout::control::type_prach ? layout::frequency_offset::n_bytes : 0;
  if (!reader.holds(layout::section::n_bytes + l::n_bytes + n_more))
    return DropReason::short_section;
  const auto header = reader.take<layout::section::n_bytes>();
  const auto rest = reader.take<l::n_bytes>();
  reader.take(n_more);
  if (!is_idle && layout::read<l::extension_flag>(rest) != 0 && !skip_extensions(reader))
    return DropReason::short_section;
  if (skips_prbs_or_symbols(header))
    return DropReason::unsupported_rb_or_syminc;
  section.format = rules.format;
  section.iq = nullptr;
  return read_prbs(header, rules.all_prbs, rules.n_prb, section);
}

/// What lies between section type and sections: with dynamic compression, which format is ordered.
MaybeDrop read_control_header(ByteReader& reader, std::uint8_t section_type, SectionRules& rules) {
  namespace l1 = layout::control_type1;
  namespace l3 = layout::control_type3;
  const bool is_normal = section_type == layout::control::type_normal;
  if (!reader.holds(is_normal ? l1::n_bytes : l3::n_bytes))
    return DropReason::size_below_minimum;
  IqFormat ordered;
  const MaybeDrop why =
      is_normal
          ? read_format<l1::width, l1::method>(reader.take<l1::n_bytes>(), rules.bfp16, ordered)
          : read_format<l3::width, l3::method>(reader.take<l3::n_bytes>(), rules.bfp16, ordered);
  if (!rules.is_dynamic || section_type == layout::control::type_idle)
    return std::nullopt; // the byte says nothing
  rules.format = ordered;
  return why;
}

MaybeDrop
read_cplane(ByteReader& reader, const StreamRules& stream, Padding padding, Message& message) {
  if (!reader.holds(layout::application::n_bytes + layout::control::n_bytes))
    return DropReason::size_below_minimum;
  const auto header = reader.take<layout::application::n_bytes>();
  const auto control = reader.take<layout::control::n_bytes>();
  message.section_type =
      static_cast<std::uint8_t>(layout::read<layout::control::section_type>(control));
  if (const MaybeDrop why = read_application(header, stream, message))
    return why;
  if (message.section_type != layout::control::type_idle &&
      message.section_type != layout::control::type_normal &&
      message.section_type != layout::control::type_prach)
    return DropReason::unsupported_section_type;

  SectionRules rules;
  if (const MaybeDrop why = make_section_rules(stream, message, rules))
    return why;
  if (const MaybeDrop why = read_control_header(reader, message.section_type, rules))
    return why;
  const std::size_t n_sections = layout::read<layout::control::n_sections>(control);
  if (n_sections == 0)
    return DropReason::short_section;
  if (n_sections > max_sections)
    return DropReason::too_many_sections;
  for (Section& section : std::span(message.section_storage).first(n_sections))
    if (const MaybeDrop why = read_cplane_section(reader, rules, message.section_type, section))
      return why;
  if (reader.n_left() != 0 && padding == Padding::none)
    return DropReason::trailing_bytes;
  message.n_sections = static_cast<std::uint16_t>(n_sections);
  return std::nullopt;
}

} // namespace

void FrameRules::add(std::uint16_t eaxc, const StreamRules& stream) {
  if (std::uint8_t& place = index_[eaxc]; place != 0) {
    streams_[place - 1U] = stream;
  } else {
    AIRAN_ASSERT(streams_.size() < max_streams, "more than 254 eAxCs on an interface");
    streams_.push_back(stream);
    place = static_cast<std::uint8_t>(streams_.size());
  }
}

const StreamRules* FrameRules::find(std::uint16_t eaxc) const {
  const std::uint8_t place = index_[eaxc];
  return place == 0 ? nullptr : &streams_[place - 1U];
}

std::optional<DropReason>
parse_frame(std::span<const std::byte> frame, const FrameRules& rules, Message& message) {
  clear(message);
  ByteReader reader(frame);
  if (const MaybeDrop why = read_ethernet(reader, rules, message))
    return why;
  if (const MaybeDrop why = read_ecpri(reader, rules, message))
    return why;
  const StreamRules& stream = *rules.find(*message.eaxc);
  const Padding padding = padding_of(frame, rules, message);
  return message.plane == Plane::user ? read_uplane(reader, stream, padding, message)
                                      : read_cplane(reader, stream, padding, message);
}

} // namespace airan::io::oran

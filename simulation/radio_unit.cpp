// SPDX-License-Identifier: Apache-2.0
// Cutting symbols into messages, and writing them.
#include "simulation/radio_unit.hpp"

#include "core/assert.hpp"
#include "core/numerology.hpp"
#include "io/oran/frame_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace airan::simulation {
namespace {

namespace layout = io::oran::layout;

/// numPrbu and numPrbc are eight bits.
constexpr std::int32_t max_numbered_prb = 255;
constexpr std::int64_t control_gap_ns = 1000; ///< between C-plane messages

/// Headers of a U-plane message before its first section, after Ethernet.
constexpr std::int32_t message_header_bytes = static_cast<std::int32_t>(
    layout::ecpri::n_bytes + layout::ecpri_message::n_bytes + layout::application::n_bytes);

std::int32_t section_header_bytes(CompressionHeader header) {
  return static_cast<std::int32_t>(layout::section::n_bytes + (header == CompressionHeader::dynamic
                                                                   ? layout::compression::n_bytes
                                                                   : 0));
}

std::optional<io::oran::SectionCompression> ud_comp_hdr(const CompressionSettings& compression) {
  if (compression.header == CompressionHeader::fixed)
    return std::nullopt;
  return io::oran::SectionCompression{compression.method,
                                      static_cast<std::uint8_t>(compression.width)};
}

} // namespace

std::uint16_t granted_symbols(const SlotGrants& grants) {
  std::uint32_t symbols = 0;
  for (const PuschGrant& grant : grants.pusch)
    symbols |= ((1U << grant.nr_of_symbols) - 1U) << grant.start_symbol_index;
  return static_cast<std::uint16_t>(symbols & ((1U << max_symbols_per_slot) - 1U));
}

float largest_component(View<const cf32, 3> grid, std::uint16_t symbols) {
  float largest = 0;
  const auto take = [&](float x) {
    const float magnitude = std::abs(x);
    if (magnitude > largest && magnitude <= std::numeric_limits<float>::max())
      largest = magnitude;
  };
  for (std::int32_t port = 0; port < grid.extent(0); ++port)
    for (std::int32_t symbol = 0; symbol < grid.extent(1); ++symbol)
      if ((symbols >> symbol & 1U) != 0)
        for (const cf32& re : grid.row(port, symbol)) {
          take(re.re);
          take(re.im);
        }
  return largest;
}

float gain_to_peak(float largest, double peak) {
  return largest > 0 ? static_cast<float>(peak / largest) : 1.0F;
}

std::int64_t symbol_start_ns(const CellSettings& cell, std::int64_t count, std::int32_t symbol) {
  // An FFT size whose sampling interval is Tc of TS 38.211 4.1 times a power of two.
  const OfdmTiming timing{cell.numerology, cell.cyclic_prefix, 4096};
  const std::int64_t per_subframe = n_slots_per_subframe(cell.numerology);
  const auto slot = static_cast<std::int32_t>(count % n_slots_per_frame(cell.numerology));
  const std::int32_t n_samples =
      timing.slot_start_in_subframe(slot) + timing.symbol_start(slot, symbol);
  return count / per_subframe * 1'000'000 + std::llround(n_samples / timing.sample_rate_hz() * 1e9);
}

RadioUnit::RadioUnit(const CellSettings& cell, const config::RadioUnit& unit)
    : cell_(cell), unit_(unit), compressor_(compressed_format(unit.compression, unit.bfp16)),
      ru_prb_(unit.ru_prb.value_or(cell.n_prb)), messages_(cut_symbol()),
      sequences_(static_cast<std::size_t>(2 * cell.rx_ports)),
      symbol_(static_cast<std::size_t>(ru_prb_ * subcarriers_per_prb)),
      iq_(static_cast<std::size_t>(cell.rx_ports) * static_cast<std::size_t>(ru_prb_) *
          static_cast<std::size_t>(prb_bytes(compressor_.format()))),
      frame_(static_cast<std::size_t>(max_frame_bytes())) {
  for (std::int32_t port = std::ssize(unit_.eaxc); port < cell.rx_ports; ++port)
    unit_.eaxc.push_back(port);
}

Result<RadioUnit> RadioUnit::make(const CellSettings& cell, const config::RadioUnit& unit) {
  if (unit.ru_prb && *unit.ru_prb < cell.n_prb)
    return configuration_error(fmt::format("radio_unit.ru_prb is {}, less than the {} PRB of the "
                                           "cell",
                                           *unit.ru_prb, cell.n_prb));
  if (!unit.eaxc.empty() && std::ssize(unit.eaxc) != cell.rx_ports)
    return configuration_error(fmt::format("radio_unit.eaxc lists {} ids for {} receive ports, one "
                                           "each is needed",
                                           unit.eaxc.size(), cell.rx_ports));
  RadioUnit made(cell, unit);
  if (made.messages_.empty())
    return configuration_error(fmt::format(
        "radio_unit.mtu is {} bytes, too few for one PRB of {} bytes behind its headers of {}",
        unit.mtu, prb_bytes(made.compressor_.format()),
        message_header_bytes + section_header_bytes(unit.compression.header)));
  return made;
}

std::vector<RadioUnit::MessageSections> RadioUnit::cut_symbol() const {
  const std::int32_t bytes_of_prb = prb_bytes(compressor_.format());
  const std::int32_t bytes_of_header = section_header_bytes(unit_.compression.header);
  const std::int32_t room = unit_.mtu - message_header_bytes;
  // A section of more than 255 PRB is all of the radio unit's, and alone in its message.
  if (ru_prb_ > max_numbered_prb && !unit_.max_prb_per_section &&
      bytes_of_header + ru_prb_ * bytes_of_prb <= room)
    return {{{0, ru_prb_, true}}};
  const std::int32_t max_prb = unit_.max_prb_per_section.value_or(max_numbered_prb);
  std::vector<MessageSections> messages;
  for (std::int32_t prb = 0; prb < ru_prb_;) {
    MessageSections sections;
    std::int32_t left = room;
    while (prb < ru_prb_ && std::ssize(sections) < unit_.sections_per_message) {
      const std::int32_t n =
          std::min({ru_prb_ - prb, max_prb, (left - bytes_of_header) / bytes_of_prb});
      if (n < 1)
        break;
      sections.push_back({prb, n, false});
      prb += n;
      left -= bytes_of_header + n * bytes_of_prb;
    }
    if (sections.empty())
      return {};
    messages.push_back(std::move(sections));
  }
  return messages;
}

std::int32_t RadioUnit::max_frame_bytes() const {
  const auto headers = static_cast<std::int32_t>(layout::ethernet::n_bytes + layout::vlan::n_bytes);
  return std::max(headers + unit_.mtu,
                  static_cast<std::int32_t>(layout::ethernet::min_frame_bytes));
}

io::oran::FrameHeader
RadioUnit::header(const SlotId& id, std::int32_t symbol, std::int32_t stream) {
  const auto port = static_cast<std::size_t>(stream % cell_.rx_ports);
  const bool is_control = stream >= cell_.rx_ports;
  const std::int32_t per_subframe = n_slots_per_subframe(cell_.numerology);
  io::oran::FrameHeader header;
  header.destination = is_control ? unit_.src_mac : unit_.dst_mac;
  header.source = is_control ? unit_.dst_mac : unit_.src_mac;
  if (unit_.vlan)
    header.vlan = static_cast<std::uint16_t>(*unit_.vlan);
  header.eaxc = static_cast<std::uint16_t>(unit_.eaxc[port]);
  header.sequence = sequences_[static_cast<std::size_t>(stream)]++;
  header.frame = static_cast<std::uint8_t>(id.sfn & 0xFF);
  header.subframe = static_cast<std::uint8_t>(id.slot / per_subframe);
  header.slot = static_cast<std::uint8_t>(id.slot % per_subframe);
  header.symbol = static_cast<std::uint8_t>(symbol);
  return header;
}

void RadioUnit::send(const SlotId& id,
                     std::uint16_t symbols,
                     View<const cf32, 3> grid,
                     PacketList& packets) {
  if (unit_.c_plane)
    send_control(id, symbols, packets);
  const std::size_t n_res = static_cast<std::size_t>(cell_.n_subcarriers());
  const std::size_t bytes_of_port = iq_.size() / static_cast<std::size_t>(cell_.rx_ports);
  for (std::int32_t symbol = 0; symbol < cell_.n_symbols(); ++symbol) {
    if ((symbols >> symbol & 1U) == 0)
      continue;
    for (std::int32_t port = 0; port < cell_.rx_ports; ++port) {
      const std::span<const cf32> res = grid.row(port, symbol);
      std::copy_n(res.begin(), n_res, symbol_.begin());
      n_saturated_ += compressor_.compress(
          symbol_, gain_,
          std::span(iq_).subspan(static_cast<std::size_t>(port) * bytes_of_port, bytes_of_port));
    }
    send_symbol(id, symbol, packets);
  }
}

void RadioUnit::send_control(const SlotId& id, std::uint16_t symbols, PacketList& packets) {
  io::oran::CplaneHeader control;
  control.compression = ud_comp_hdr(unit_.compression);
  const std::int32_t n_symbols = cell_.n_symbols();
  std::int64_t time_ns = 0;
  for (std::int32_t first = 0, end = 0; first < n_symbols; first = end) {
    end = first + 1;
    if ((symbols >> first & 1U) == 0)
      continue;
    while (end < n_symbols && (symbols >> end & 1U) != 0)
      ++end;
    time_ns = std::max(time_ns, symbol_start_ns(cell_, id.count, first) - cplane_advance_ns);
    io::oran::CplaneSection section;
    section.n_prb = static_cast<std::uint16_t>(ru_prb_ > max_numbered_prb ? 0 : ru_prb_);
    section.n_symbols = static_cast<std::uint8_t>(end - first);
    for (std::int32_t port = 0; port < cell_.rx_ports; ++port) {
      const std::int32_t stream = cell_.rx_ports + port;
      const auto n =
          io::oran::build_cplane_frame(header(id, first, stream), control, {&section, 1}, frame_);
      AIRAN_ASSERT(n.has_value(), "the C-plane frame does not fit");
      packets.add({time_ns, id.count, 0, 0, stream}, std::span(frame_).first(*n));
      time_ns += control_gap_ns;
    }
  }
}

void RadioUnit::send_symbol(const SlotId& id, std::int32_t symbol, PacketList& packets) {
  const std::int64_t start_ns = symbol_start_ns(cell_, id.count, symbol);
  const std::int64_t symbol_ns = symbol_start_ns(cell_, id.count, symbol + 1) - start_ns;
  const std::int64_t n_packets = std::int64_t{n_messages()} * cell_.rx_ports;
  std::int64_t i = 0;
  for (const MessageSections& message : messages_)
    for (std::int32_t port = 0; port < cell_.rx_ports; ++port) {
      const std::int64_t time_ns =
          start_ns + std::llround(unit_.delay_us * 1e3) + symbol_ns / 2 * i++ / n_packets;
      send_message(id, {symbol, port, time_ns}, message, packets);
    }
}

void RadioUnit::send_message(const SlotId& id,
                             const Place& place,
                             const MessageSections& message,
                             PacketList& packets) {
  const auto bytes_of_prb = static_cast<std::size_t>(prb_bytes(compressor_.format()));
  const std::size_t port_at =
      static_cast<std::size_t>(place.port) * static_cast<std::size_t>(ru_prb_) * bytes_of_prb;
  sections_.clear();
  for (const Section& s : message) {
    io::oran::UplaneSection section;
    section.first_prb = static_cast<std::uint16_t>(s.first_prb);
    section.n_prb = static_cast<std::uint16_t>(s.is_all ? 0 : s.n_prb);
    section.compression = ud_comp_hdr(unit_.compression);
    section.iq = std::span<const std::byte>(iq_).subspan(
        port_at + static_cast<std::size_t>(s.first_prb) * bytes_of_prb,
        static_cast<std::size_t>(s.n_prb) * bytes_of_prb);
    sections_.push_back(section);
  }
  const auto n =
      io::oran::build_uplane_frame(header(id, place.symbol, place.port), sections_, frame_);
  AIRAN_ASSERT(n.has_value(),
               "the U-plane frame does not fit " + std::to_string(frame_.size()) + " bytes");
  packets.add({place.time_ns, id.count, 0, 0, place.port}, std::span(frame_).first(*n));
}

} // namespace airan::simulation

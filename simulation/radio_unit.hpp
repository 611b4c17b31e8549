// SPDX-License-Identifier: Apache-2.0
// What a radio unit sends of a slot: O-RAN packets and when they leave.
#pragma once

#include "config/made_signals.hpp"
#include "core/cell_settings.hpp"
#include "core/complex.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"
#include "core/slot_id.hpp"
#include "core/view.hpp"
#include "io/oran/build_frame.hpp"
#include "simulation/iq_compressor.hpp"
#include "simulation/packet_list.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace airan::simulation {

/// Symbols of the grants of a slot: bit l for symbol l.
std::uint16_t granted_symbols(const SlotGrants& grants);

/// Largest |I| or |Q| of symbols of a grid [port, symbol, subcarrier]; bit l: symbol l counts.
/// Values that are not finite do not.
float largest_component(View<const cf32, 3> grid, std::uint16_t symbols);

/// The gain that takes `largest` to `peak`; 1 where nothing is sent.
float gain_to_peak(float largest, double peak);

/// Time of slot number 0 in captures, ns since the UNIX epoch: the first start of an SFN cycle in
/// 2026 as O-RAN CUS-plane 11.7 counts (from the GPS epoch).
inline constexpr std::int64_t capture_epoch_ns = 1'767'225'607'600'000'000;

/// Start of a symbol on the air, ns, time 0 being the start of slot number 0 (SlotId::count).
std::int64_t symbol_start_ns(const CellSettings& cell, std::int64_t count, std::int32_t symbol);

/// Numbers packets by stream and cuts symbols into messages the same way in every slot.
///
/// Streams, each with sequence ids of its own: port p of the U-plane is p, of the C-plane
/// rx_ports + p. The packets of a symbol leave `delay_us` after its start and within half a symbol
/// of each other, message by message, ports next to each other. With `c_plane` a slot is announced
/// cplane_advance_ns before its first symbol: one message of section type 1 per port and run of
/// neighbouring symbols, from the distributed unit to the radio unit (the MAC addresses change
/// places).
class RadioUnit {
public:
  static constexpr std::int64_t cplane_advance_ns = 300'000;

  /// `unit` is sound by itself; the errors are about it and the cell, and an MTU that holds no PRB.
  static Result<RadioUnit> make(const CellSettings& cell, const config::RadioUnit& unit);

  /// Grids are multiplied by this before they are compressed.
  void set_gain(float gain) { gain_ = gain; }
  /// Appends the packets of a slot; `symbols`: bit l is set for symbols that are sent. `grid`
  /// [port, symbol, subcarrier]. Times count from the start of slot number 0.
  void send(const SlotId& id, std::uint16_t symbols, View<const cf32, 3> grid, PacketList& packets);

  std::int32_t n_streams() const { return 2 * cell_.rx_ports; }
  /// Largest frame, bytes.
  std::int32_t max_frame_bytes() const;
  /// U-plane packets of one symbol and port.
  std::int32_t n_messages() const { return static_cast<std::int32_t>(messages_.size()); }
  /// Components that did not fit so far.
  std::int64_t n_saturated() const { return n_saturated_; }

private:
  /// PRBs of a section; all of the radio unit are written as 0.
  struct Section {
    std::int32_t first_prb = 0;
    std::int32_t n_prb = 0;
    bool is_all = false;
  };
  using MessageSections = std::vector<Section>;

  RadioUnit(const CellSettings& cell, const config::RadioUnit& unit);
  /// Empty when the MTU is too small.
  std::vector<MessageSections> cut_symbol() const;
  io::oran::FrameHeader header(const SlotId& id, std::int32_t symbol, std::int32_t stream);
  void send_control(const SlotId& id, std::uint16_t symbols, PacketList& packets);
  void send_symbol(const SlotId& id, std::int32_t symbol, PacketList& packets);
  /// What a U-plane message is, besides its sections.
  struct Place {
    std::int32_t symbol = 0;
    std::int32_t port = 0;
    std::int64_t time_ns = 0;
  };
  void send_message(const SlotId& id,
                    const Place& place,
                    const MessageSections& message,
                    PacketList& packets);

  CellSettings cell_;
  config::RadioUnit unit_;
  IqCompressor compressor_;
  std::int32_t ru_prb_;
  std::vector<MessageSections> messages_; ///< of each symbol and port
  float gain_ = 1;
  std::vector<std::uint8_t> sequences_; ///< [stream], of the next packet
  std::vector<cf32> symbol_;            ///< [RE] of the radio unit, zeros above the carrier's
  std::vector<std::byte> iq_;           ///< [port, PRB], compressed
  std::vector<std::byte> frame_;
  std::vector<io::oran::UplaneSection> sections_;
  std::int64_t n_saturated_ = 0;
};

} // namespace airan::simulation

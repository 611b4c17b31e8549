// SPDX-License-Identifier: Apache-2.0
// Made slots, and slots of a recording.
#include "apps/emulated_slots.hpp"

#include "apps/recorded_cell.hpp"
#include "core/plan_limits.hpp"
#include "kernels/demodulate_ofdm.hpp"
#include "kernels/unpack_iq.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "simulation/ofdm_modulator.hpp"
#include "simulation/radio_unit.hpp"
#include "simulation/slot_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace airan::apps {
namespace {

OfdmTiming timing_of(const CellSettings& cell) {
  return {cell.numerology, cell.cyclic_prefix, cell.fft_size.value_or(4096)};
}

/// From grids to samples, slot by slot.
class SlotModulator {
public:
  static Result<SlotModulator> make(const CellSettings& cell) {
    auto modulator =
        simulation::OfdmModulator::make({timing_of(cell), cell.n_prb, cell.phase_compensation_hz});
    if (!modulator)
      return tl::unexpected(modulator.error());
    return SlotModulator(std::move(*modulator), cell);
  }
  View<const cf32, 2> modulate(View<const cf32, 3> grid, std::int32_t slot) {
    const View<cf32, 2> out(samples_.data(),
                            {grid.extent(0), modulator_.timing().slot_samples(slot)});
    modulator_.modulate(grid, slot, out);
    return out;
  }

private:
  SlotModulator(simulation::OfdmModulator modulator, const CellSettings& cell)
      : modulator_(std::move(modulator)),
        samples_({cell.rx_ports, timing_of(cell).max_slot_samples()}) {}
  simulation::OfdmModulator modulator_;
  HostTensor<cf32, 2> samples_;
};

class MadeSlots final : public EmulatedSlots {
public:
  static Result<std::unique_ptr<EmulatedSlots>> open(const config::Configuration& configuration,
                                                     SignalDomain domain) {
    auto maker = simulation::SlotMaker::make(configuration, domain);
    if (!maker)
      return tl::unexpected(maker.error());
    auto out = std::make_unique<MadeSlots>(std::move(*maker));
    if (domain == SignalDomain::time) {
      auto modulator = SlotModulator::make(out->cell());
      if (!modulator)
        return tl::unexpected(modulator.error());
      out->modulator_.emplace(std::move(*modulator));
    }
    return out;
  }
  explicit MadeSlots(simulation::SlotMaker maker) : maker_(std::move(maker)) {}

  const CellSettings& cell() const override { return maker_.cell(); }
  Result<const EmulatedSlot*> next() override {
    const auto made = maker_.next();
    if (!made)
      return tl::unexpected(made.error());
    if (*made == nullptr)
      return nullptr;
    slot_ = {(*made)->id, (*made)->grants, simulation::granted_symbols((*made)->grants)};
    return &slot_;
  }
  View<const cf32, 3> grid() override { return maker_.receive(); }
  View<const cf32, 2> samples() override {
    return modulator_->modulate(maker_.receive(), slot_.id.slot);
  }
  std::string trouble() const override { return {}; }

private:
  simulation::SlotMaker maker_;
  std::optional<SlotModulator> modulator_;
  EmulatedSlot slot_;
};

class RecordedSlots final : public EmulatedSlots {
public:
  static Result<std::unique_ptr<EmulatedSlots>> open(const config::Configuration& configuration,
                                                     SignalDomain domain) {
    const config::Cell& cell = configuration.cells.front();
    auto recorded = RecordedCell::open(cell, configuration.receiver);
    if (!recorded)
      return tl::unexpected(recorded.error());
    auto out = std::make_unique<RecordedSlots>(std::move(*recorded), domain);
    if (auto planned = out->plan(cell); !planned)
      return tl::unexpected(planned.error());
    return out;
  }
  RecordedSlots(RecordedCell recorded, SignalDomain domain)
      : recorded_(std::move(recorded)), cell_(recorded_.settings()), domain_(domain) {}

  const CellSettings& cell() const override { return cell_; }
  Result<const EmulatedSlot*> next() override;
  View<const cf32, 3> grid() override { return grid_.view(); }
  View<const cf32, 2> samples() override {
    if (modulator_)
      return modulator_->modulate(grid_.view(), slot_.id.slot);
    const std::int64_t margin = buffer_.margin;
    const auto all = buffer_.samples.on_host();
    return {all.data() + margin,
            {all.extent(0), all.extent(1) - static_cast<std::int32_t>(2 * margin)},
            {all.stride(0), 1}};
  }
  std::string trouble() const override { return recorded_.trouble(); }

private:
  bool is_sampled() const { return recorded_.settings().fft_size.has_value(); }
  Result<void> plan(const config::Cell& cell);
  Result<void> read();
  void unpack(const SlotIq& iq);
  void demodulate();
  std::uint16_t valid_symbols() const;

  RecordedCell recorded_;
  CellSettings cell_;
  SignalDomain domain_;
  std::unique_ptr<UnpackIq> unpack_;
  std::unique_ptr<DemodulateOfdm> demodulate_; ///< null: the recording is a grid
  std::optional<SlotModulator> modulator_;     ///< a grid that is sent as samples
  HostTensor<cf32, 3> grid_;
  HostTensor<std::uint8_t, 3> valid_;
  HostTensor<cf32, 2> samples_;
  HostTensor<std::uint8_t, 2> symbol_missing_;
  SampleBuffer buffer_;
  InlineQueue queue_;
  std::optional<std::int64_t> count_; ///< of the last slot
  EmulatedSlot slot_;
};

template <class Op>
Result<std::unique_ptr<Op>>
make_row(std::span<const Row<Op>> rows, std::string_view operation, const PlanLimits& limits) {
  const auto row = select_row(rows, {operation, {}, "cpu", {}}, limits);
  if (!row)
    return tl::unexpected(row.error());
  return (*row)->make(limits);
}

Result<void> RecordedSlots::plan(const config::Cell& cell) {
  PlanLimits limits;
  limits.n_ports = cell_.rx_ports;
  limits.n_prb = cell_.n_prb;
  limits.n_symbols = cell_.n_symbols();
  limits.fft_size = cell_.fft_size.value_or(0);
  auto unpack = make_row(unpack_iq_rows(), "unpack_iq", limits);
  if (!unpack)
    return tl::unexpected(unpack.error());
  unpack_ = std::move(*unpack);
  grid_ = HostTensor<cf32, 3>({cell_.rx_ports, cell_.n_symbols(), cell_.n_subcarriers()});
  valid_ = HostTensor<std::uint8_t, 3>({cell_.rx_ports, cell_.n_symbols(), cell_.n_prb});
  if (is_sampled()) {
    auto demodulate = make_row(demodulate_ofdm_rows(), "demodulate_ofdm", limits);
    if (!demodulate)
      return tl::unexpected(demodulate.error());
    demodulate_ = std::move(*demodulate);
    const OfdmTiming timing = timing_of(cell_);
    samples_ = HostTensor<cf32, 2>(
        {cell_.rx_ports, timing.max_slot_samples() + 2 * timing.max_cp_samples()});
    symbol_missing_ = HostTensor<std::uint8_t, 2>({cell_.rx_ports, cell_.n_symbols()});
    return {};
  }
  if (domain_ == SignalDomain::frequency)
    return {};
  // The samples that a grid becomes have the rate that the configuration names.
  const auto timed = complete_cell(
      cell_,
      [&] {
        CellFacts facts;
        facts.numerology = cell_.numerology;
        facts.cyclic_prefix = cell_.cyclic_prefix;
        facts.n_prb = cell_.n_prb;
        facts.first_prb = cell_.first_prb;
        facts.rx_ports = cell_.rx_ports;
        facts.sample_rate_hz = cell.sample_rate_hz;
        facts.fft_size = cell.fft_size;
        return facts;
      }(),
      SignalDomain::time);
  if (!timed)
    return tl::unexpected(timed.error());
  cell_ = *timed;
  auto modulator = SlotModulator::make(cell_);
  if (!modulator)
    return tl::unexpected(modulator.error());
  modulator_.emplace(std::move(*modulator));
  return {};
}

Result<const EmulatedSlot*> RecordedSlots::next() {
  if (recorded_.next() == nullptr)
    return nullptr;
  const bool has_every_slot = domain_ == SignalDomain::time;
  const std::int64_t granted = recorded_.next()->line.id.count;
  count_ = count_ && has_every_slot ? *count_ + 1 : granted;
  slot_ = {slot_id_at(cell_.id, *count_, cell_.numerology), {}, 0};
  slot_.grants.sfn = slot_.id.sfn;
  slot_.grants.slot = slot_.id.slot;
  if (*count_ == granted)
    slot_.grants = recorded_.next()->line.grants;
  if (auto read_slot = read(); !read_slot)
    return tl::unexpected(read_slot.error());
  if (*count_ == granted) {
    slot_.symbols = simulation::granted_symbols(slot_.grants) & valid_symbols();
    if (auto advanced = recorded_.advance(); !advanced)
      return tl::unexpected(advanced.error());
  }
  return &slot_;
}

Result<void> RecordedSlots::read() {
  const auto iq = recorded_.read_slot(slot_.id);
  if (!iq)
    return tl::unexpected(iq.error());
  unpack(**iq);
  recorded_.release(*iq);
  if (is_sampled() && domain_ == SignalDomain::frequency)
    demodulate();
  return {};
}

void RecordedSlots::unpack(const SlotIq& iq) {
  UnpackIqSlot slot;
  slot.iq = &iq;
  slot.timing = timing_of(cell_);
  ResourceGrid grid{slot_.id, grid_.ref(), valid_.ref()};
  if (is_sampled()) {
    const std::int32_t margin = slot.timing.max_cp_samples();
    buffer_.id = slot_.id;
    buffer_.margin = margin;
    buffer_.samples = {
        View<cf32, 2>(samples_.data(),
                      {cell_.rx_ports, slot.timing.slot_samples(slot_.id.slot) + 2 * margin}),
        MemorySpace::host};
    buffer_.symbol_missing = symbol_missing_.ref();
    slot.samples = &buffer_;
  } else {
    slot.grid = &grid;
  }
  unpack_->run({{&slot, 1}}, queue_);
}

void RecordedSlots::demodulate() {
  DemodulateOfdmSlot slot;
  slot.samples = buffer_;
  slot.grid = {slot_.id, grid_.ref(), valid_.ref()};
  slot.timing = timing_of(cell_);
  slot.cfo_hz = recorded_.carrier_offset_hz();
  slot.phase_compensation_hz = cell_.phase_compensation_hz;
  demodulate_->run({{&slot, 1}}, queue_);
}

/// Symbols of which anything is there.
std::uint16_t RecordedSlots::valid_symbols() const {
  std::uint32_t symbols = 0;
  for (std::int32_t port = 0; port < cell_.rx_ports; ++port)
    for (std::int32_t symbol = 0; symbol < cell_.n_symbols(); ++symbol) {
      const bool is_there =
          is_sampled() ? symbol_missing_.view()(port, symbol) == 0
                       : std::ranges::any_of(valid_.view().row(port, symbol),
                                             [](std::uint8_t valid) { return valid != 0; });
      symbols |= is_there ? 1U << symbol : 0U;
    }
  return static_cast<std::uint16_t>(symbols);
}

} // namespace

Result<std::unique_ptr<EmulatedSlots>>
open_emulated_slots(const config::Configuration& configuration, SignalDomain domain) {
  return configuration.transmitter ? MadeSlots::open(configuration, domain)
                                   : RecordedSlots::open(configuration, domain);
}

} // namespace airan::apps

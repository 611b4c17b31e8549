// SPDX-License-Identifier: Apache-2.0
// Preparing what is sent.
#include "apps/emulated_loop.hpp"

#include "simulation/radio_unit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace airan::apps {
namespace {

using simulation::RadioUnit;

/// What is prepared stays in memory.
constexpr std::size_t max_prepared_bytes = std::size_t{4} << 30U;

float largest_sample(View<const cf32, 2> samples) {
  const View<const cf32, 3> as_grid(samples.data(), {1, samples.extent(0), samples.extent(1)},
                                    {0, samples.stride(0), 1});
  return simulation::largest_component(as_grid, 0xFFFF);
}

/// The gain that takes the largest component of all slots to the peak.
Result<float>
measure_gain(const config::Configuration& configuration, SignalDomain domain, double peak) {
  auto slots = open_emulated_slots(configuration, domain);
  if (!slots)
    return tl::unexpected(slots.error());
  float largest = 0;
  for (;;) {
    const auto slot = (*slots)->next();
    if (!slot)
      return tl::unexpected(slot.error());
    if (*slot == nullptr)
      return simulation::gain_to_peak(largest, peak);
    if (domain == SignalDomain::time)
      largest = std::max(largest, largest_sample((*slots)->samples()));
    else if ((*slot)->symbols != 0)
      largest =
          std::max(largest, simulation::largest_component((*slots)->grid(), (*slot)->symbols));
  }
}

/// Adds one slot to what is sent.
class LoopWriter {
public:
  LoopWriter(EmulatedLoop& loop, RadioUnit* unit, float gain)
      : loop_(loop), unit_(unit), gain_(gain) {
    if (unit_ != nullptr)
      unit_->set_gain(gain);
  }
  void add(const EmulatedSlot& slot, EmulatedSlots& slots) {
    if (!slot.grants.pusch.empty())
      loop_.grants.push_back({slot.id.count, slot.grants});
    if (loop_.samples)
      loop_.samples->add_slot(slots.samples(), gain_, !slot.grants.pusch.empty());
    else if (slot.symbols != 0)
      unit_->send(slot.id, slot.symbols, slots.grid(), loop_.packets);
  }
  std::size_t n_bytes() const {
    return loop_.samples ? loop_.samples->n_bytes() : loop_.packets.n_bytes();
  }

private:
  EmulatedLoop& loop_;
  RadioUnit* unit_;
  float gain_;
};

Result<void> write_slots(EmulatedSlots& slots, LoopWriter& writer, EmulatedLoop& loop) {
  std::optional<std::int64_t> first;
  std::int64_t end = 0;
  for (;;) {
    const auto slot = slots.next();
    if (!slot)
      return tl::unexpected(slot.error());
    if (*slot == nullptr)
      break;
    if (!first)
      first = (*slot)->id.count;
    end = (*slot)->id.count + 1;
    writer.add(**slot, slots);
    if (writer.n_bytes() > max_prepared_bytes)
      return configuration_error(fmt::format(
          "what is sent is prepared in memory, and after {} slots it takes more than {} GiB; send "
          "fewer slots and repeat them (--loop)",
          end - *first, max_prepared_bytes >> 30U));
  }
  if (loop.grants.empty())
    return configuration_error("nobody is granted anything in any slot: there is nothing to send");
  const std::int64_t per_frame = n_slots_per_frame(loop.cell.numerology);
  loop.slots.first = *first;
  loop.slots.numerology = loop.cell.numerology;
  loop.slots.n_frames = static_cast<std::int32_t>((end - *first + per_frame - 1) / per_frame);
  loop.slots.end = end;
  return {};
}

/// When sending ends.
void set_end(const LoopLength& length, simulation::LoopSlots& slots) {
  std::optional<std::int64_t> end;
  if (length.seconds)
    end = slots.first + std::llround(std::ceil(*length.seconds * 1e9 /
                                               static_cast<double>(slot_ns(slots.numerology))));
  if (length.is_repeated)
    slots.end = end;
  else if (end)
    slots.end = std::min(*slots.end, *end);
}

} // namespace

Result<EmulatedLoop> prepare_emulated_loop(const config::Configuration& configuration,
                                           SignalDomain domain,
                                           const LoopLength& length) {
  const config::RadioUnit unit_settings = configuration.radio_unit.value_or(config::RadioUnit{});
  auto slots = open_emulated_slots(configuration, domain);
  if (!slots)
    return tl::unexpected(slots.error());
  EmulatedLoop loop;
  loop.cell = (*slots)->cell();
  std::optional<RadioUnit> unit;
  if (domain == SignalDomain::time) {
    loop.samples.emplace(
        OfdmTiming{loop.cell.numerology, loop.cell.cyclic_prefix, *loop.cell.fft_size},
        loop.cell.rx_ports);
  } else {
    auto made = RadioUnit::make(loop.cell, unit_settings);
    if (!made)
      return tl::unexpected(made.error());
    unit.emplace(std::move(*made));
    loop.n_streams = unit->n_streams();
  }
  const auto gain = measure_gain(configuration, domain, unit_settings.peak);
  if (!gain)
    return tl::unexpected(gain.error());
  loop.gain_db = 20 * std::log10(*gain);
  LoopWriter writer(loop, unit ? &*unit : nullptr, *gain);
  if (auto written = write_slots(**slots, writer, loop); !written)
    return tl::unexpected(written.error());
  loop.trouble = (*slots)->trouble();
  loop.packets.sort();
  loop.n_saturated = unit ? unit->n_saturated() : loop.samples->n_saturated();
  if (loop.samples && length.is_repeated)
    loop.samples->pad(
        loop.slots.n_slots(),
        static_cast<std::int32_t>(loop.slots.first % n_slots_per_frame(loop.cell.numerology)));
  set_end(length, loop.slots);
  return loop;
}

std::unique_ptr<simulation::OutgoingPackets>
EmulatedLoop::outgoing(const config::RadioUnit& unit) const {
  if (!samples)
    return std::make_unique<simulation::OranLoop>(packets, slots, n_streams);
  io::DatagramWriterSettings framing;
  framing.framing = unit.framing;
  framing.n_ports = cell.rx_ports;
  framing.max_iq_bytes = unit.datagram_bytes;
  // Bare samples have no place in time: they must follow each other.
  return std::make_unique<simulation::SampleLoop>(*samples, slots, framing,
                                                  unit.framing == UdpFraming::raw
                                                      ? simulation::SentSlots::all
                                                      : simulation::SentSlots::granted);
}

std::optional<std::int64_t> GrantsLoop::next_count() const {
  const std::int64_t count = loop_->grants[position_].count + repetition_ * loop_->slots.n_slots();
  return loop_->slots.end && count >= *loop_->slots.end ? std::nullopt : std::optional(count);
}

SlotGrants GrantsLoop::take() {
  SlotGrants grants = loop_->grants[position_].grants;
  grants.sfn =
      static_cast<std::int32_t>((grants.sfn + repetition_ * loop_->slots.n_frames) % n_sfn);
  ++n_taken_;
  if (++position_ == loop_->grants.size()) {
    position_ = 0;
    ++repetition_;
  }
  return grants;
}

} // namespace airan::apps

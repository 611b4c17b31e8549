// SPDX-License-Identifier: Apache-2.0
// Repeating samples.
#include "simulation/sample_loop.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace airan::simulation {
namespace {

std::int16_t quantised(float value, std::int64_t& n_saturated) {
  const float scaled = std::round(value * 32768.0F);
  if (scaled >= -32768.0F && scaled <= 32767.0F)
    return static_cast<std::int16_t>(scaled);
  if (std::isnan(scaled))
    return 0;
  ++n_saturated;
  return scaled < 0 ? INT16_MIN : INT16_MAX;
}

} // namespace

void SampleStore::add_slot(View<const cf32, 2> samples, float gain, bool is_granted) {
  AIRAN_ASSERT(samples.extent(0) == n_ports(),
               "samples of " + std::to_string(samples.extent(0)) + " ports");
  slots_.push_back({static_cast<std::int64_t>(ports_[0].size()), samples.extent(1), is_granted});
  for (std::int32_t port = 0; port < n_ports(); ++port)
    for (const cf32& sample : samples.row(port))
      ports_[static_cast<std::size_t>(port)].push_back(
          {quantised(sample.re * gain, n_saturated_), quantised(sample.im * gain, n_saturated_)});
}

void SampleStore::pad(std::int64_t n_slots, std::int32_t first_slot) {
  while (this->n_slots() < n_slots) {
    const auto slot = static_cast<std::int32_t>((first_slot + this->n_slots()) %
                                                n_slots_per_subframe(timing_.numerology));
    const std::int32_t n = timing_.slot_samples(slot);
    slots_.push_back({static_cast<std::int64_t>(ports_[0].size()), n, false});
    for (auto& port : ports_)
      port.resize(port.size() + static_cast<std::size_t>(n));
  }
}

std::size_t SampleStore::n_bytes() const {
  return ports_.size() * ports_[0].size() * sizeof(Complex<std::int16_t>);
}

SampleLoop::SampleLoop(const SampleStore& store,
                       const LoopSlots& slots,
                       const io::DatagramWriterSettings& framing,
                       SentSlots sent)
    : store_(store), slots_(slots), writer_(framing), sent_(sent) {}

void SampleLoop::write_slot() {
  if (store_.slots_.empty() || (slots_.end && slots_.first + n_slots_ >= *slots_.end)) {
    has_ended_ = true;
    due_ = writer_.flush();
    return;
  }
  const auto index = static_cast<std::size_t>(n_slots_++ % store_.n_slots());
  const SampleStore::Slot& slot = store_.slots_[index];
  if (sent_ == SentSlots::granted && !slot.is_granted) {
    // What is kept goes out first; the pause begins with the next call.
    if (!is_flushed_) {
      --n_slots_;
      due_ = writer_.flush();
    } else {
      writer_.skip(slot.n_samples);
    }
    is_flushed_ = true;
    return;
  }
  block_.clear();
  for (const auto& port : store_.ports_)
    block_.insert(block_.end(), port.begin() + slot.first,
                  port.begin() + slot.first + slot.n_samples);
  due_ = writer_.write(
      View<const Complex<std::int16_t>, 2>(block_.data(), {store_.n_ports(), slot.n_samples}));
  is_flushed_ = false;
}

std::optional<OutgoingPacket> SampleLoop::next() {
  while (due_.empty()) {
    if (has_ended_)
      return std::nullopt;
    write_slot();
  }
  const io::OutgoingDatagram& datagram = due_.front();
  due_ = due_.subspan(1);
  // Headers count as a few samples: the datagram leaves so much later.
  const double end = static_cast<double>(datagram.position) +
                     static_cast<double>(datagram.bytes.size() / sizeof(Complex<std::int16_t>));
  const std::int64_t time_ns = slots_.first * slot_ns(slots_.numerology) +
                               std::llround(end / store_.timing().sample_rate_hz() * 1e9);
  return OutgoingPacket{time_ns, datagram.port, datagram.bytes};
}

} // namespace airan::simulation

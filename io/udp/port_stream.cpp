// SPDX-License-Identifier: Apache-2.0
// Timestamps win over sequence numbers, sequence numbers over the order of arrival.
#include "io/udp/port_stream.hpp"

namespace airan::io {
namespace {

/// How far back a sequence number without a timestamp is taken for a straggler; beyond, it is what
/// follows a long loss. Four bits are few: losses of up to eleven datagrams are told from
/// stragglers of up to four.
constexpr std::uint32_t max_back(std::int32_t n_bits) {
  return n_bits == 4 ? 4 : 1024;
}

/// to - from, modulo 2^n_bits.
constexpr std::uint32_t distance(std::uint32_t from, std::uint32_t to, std::int32_t n_bits) {
  return (to - from) & ((std::uint32_t{1} << n_bits) - 1);
}

} // namespace

PortStream::Place
PortStream::place(const Datagram& datagram, std::int64_t n_lost, std::uint64_t base) const {
  Place place;
  if (!has_started_) {
    place.position = datagram.position.value_or(base);
    return place;
  }
  if (datagram.position) {
    place.position = *datagram.position;
    place.is_old = static_cast<std::int64_t>(place.position - next_) < 0;
  } else if (!datagram.sequence) {
    place.position =
        next_ + static_cast<std::uint64_t>(n_lost) * static_cast<std::uint64_t>(n_samples_);
  }
  if (datagram.sequence)
    place_by_sequence(datagram, place);
  return place;
}

void PortStream::place_by_sequence(const Datagram& datagram, Place& place) const {
  const auto [number, n_bits] = *datagram.sequence;
  const std::uint32_t back = distance(number, last_number_, n_bits);
  const std::uint32_t ahead = distance(last_number_ + 1u, number, n_bits);
  if (!datagram.position) {
    place.is_old = back < max_back(n_bits);
    place.position = place.is_old ? next_ - (std::uint64_t{back} + 1) *
                                                static_cast<std::uint64_t>(datagram.n_samples())
                                  : next_ + ahead * static_cast<std::uint64_t>(n_samples_);
  }
  if (place.is_old)
    place.is_repeat = back < 64 && (seen_ >> back & 1) != 0;
  else if (back >= max_back(n_bits)) // otherwise it repeats a number: the sender does not count
    place.n_skipped = ahead;
}

void PortStream::pass(const Datagram& datagram, const Place& place) {
  const bool is_first = !has_started_;
  has_started_ = true;
  if (!is_first && place.is_old) {
    if (datagram.sequence) {
      const auto [number, n_bits] = *datagram.sequence;
      const std::uint32_t back = distance(number, last_number_, n_bits);
      seen_ |= back < 64 ? std::uint64_t{1} << back : 0;
    }
    return;
  }
  next_ = place.position + static_cast<std::uint64_t>(datagram.n_samples());
  n_samples_ = datagram.n_samples();
  if (!datagram.sequence)
    return;
  const std::int64_t step = place.n_skipped + 1;
  seen_ = (is_first || step >= 64 ? 0 : seen_ << step) | 1;
  last_number_ = datagram.sequence->number;
}

} // namespace airan::io

// SPDX-License-Identifier: Apache-2.0
// Small configurations for signals that are made.
#pragma once

#include "config/configuration.hpp"

#include <gtest/gtest.h>

#include <string>

namespace airan::simulation {

/// One user on 12 of 24 PRBs, two receive ports, FFT size 512; `channel` and `user` are further
/// keys in flow style ("snr_db: 3, seed: 2").
inline config::Configuration made_configuration(const std::string& channel,
                                                const std::string& user = "mcs_index: 4",
                                                const std::string& more = "") {
  const std::string text =
      "cell: {numerology: 1, n_prb: 24, rx_ports: 2, sample_rate_hz: 15.36e6}\n"
      "transmitter: {n_slots: 4, users: [{rnti: 17, rb_start: 6, rb_size: 12, nr_of_symbols: 14, "
      "dmrs_symbols: [2, 11], " +
      user + "}]}\nchannel: {" + channel + "}\n" + more;
  auto parsed = config::parse_configuration(text, "test.yaml", "", config::Purpose::generate);
  if (!parsed) {
    for (const std::string& sentence : parsed.error().sentences)
      ADD_FAILURE() << sentence;
    return {};
  }
  return *parsed;
}

} // namespace airan::simulation

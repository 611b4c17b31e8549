// SPDX-License-Identifier: Apache-2.0
// `sync: auto` through the program: late recordings and recordings that begin in the midst of a
// slot. tools/sync_check.py does the same many times.
#include "tests/program/run_folder.hpp"

#include <filesystem>

namespace airan::tests {
namespace {

constexpr int n_slots = 20;
constexpr int slot_samples = 7680;  ///< 0.5 ms at 15.36 MHz
constexpr int bytes_per_sample = 8; ///< 2 ports of int16 I and Q

std::string recording(double carrier_offset_hz, double lead_in_us, int seed) {
  return "cell: {numerology: 1, n_prb: 24, rx_ports: 2, sample_rate_hz: 15.36e6}\n"
         "transmitter:\n"
         "  n_slots: 20\n"
         "  first_sfn: 1023\n"
         "  first_slot: 7\n"
         "  users:\n"
         "    - {rnti: 17, rb_start: 0, rb_size: 24, nr_of_symbols: 14, mcs_index: 4,\n"
         "       dmrs_symbols: [2, 11]}\n"
         "channel: {model: awgn, snr_db: 10, carrier_offset_hz: " +
         std::to_string(carrier_offset_hz) + ", lead_in_us: " + std::to_string(lead_in_us) +
         ", seed: " + std::to_string(seed) +
         "}\n"
         "output: {directory: ., name: r, recordings: [sigmf]}\n";
}

class Sync : public testing::Test {
protected:
  RunFolder folder;

  /// Makes a recording, drops its first `cut` samples, and receives it with `sync: auto`.
  JsonLines receive(const std::string& configuration, int cut) {
    folder.write("c.yaml", configuration);
    const auto made = folder.run("generate c.yaml");
    EXPECT_EQ(made.exit_code, 0) << made.err;
    const std::string samples = folder.read("r.sigmf-data");
    folder.write("r.sigmf-data", samples.substr(static_cast<std::size_t>(cut * bytes_per_sample)));
    folder.write("run.yaml",
                 "cell: {numerology: 1, n_prb: 24, rx_ports: 2, sample_rate_hz: 15.36e6}\n"
                 "source: {type: sigmf, path: r.sigmf-meta, grants: r.grants.jsonl, sync: auto}\n"
                 "output: {directory: out}\n");
    const auto received = folder.run("run run.yaml");
    EXPECT_TRUE(received.exit_code == 0 || received.exit_code == 1) << received.err;
    return folder.blocks();
  }
};

TEST_F(Sync, FindsAndDecodesRecordingsThatBeginWithNoise) {
  // Up to 10 ms of noise, offsets within 1 kHz.
  const double starts_us[] = {3.1, 2718.281, 9876.5};
  const double offsets_hz[] = {-987, 31, 654};
  for (int i = 0; i < 3; ++i) {
    const auto blocks = receive(recording(offsets_hz[i], starts_us[i], i), 0);
    ASSERT_EQ(blocks.size(), static_cast<std::size_t>(n_slots));
    EXPECT_EQ(folder.report().at("transport_blocks").at("matched").as_int64(), n_slots);
  }
}

TEST_F(Sync, FindsAndDecodesRecordingsThatBeginInTheMidstOfASlot) {
  const int cuts[] = {1234, 50000, 123456};
  const double offsets_hz[] = {950, -444, 123};
  for (int i = 0; i < 3; ++i) {
    const auto blocks = receive(recording(offsets_hz[i], 0, 10 + i), cuts[i]);
    ASSERT_EQ(blocks.size(), static_cast<std::size_t>(n_slots));
    const int first_whole = (cuts[i] + slot_samples - 1) / slot_samples;
    // Of the slot that the cut halves, the rest is received, well or not.
    for (int slot = 0; slot < n_slots; ++slot) {
      const auto& block = blocks[static_cast<std::size_t>(slot)];
      if (slot < first_whole - 1) {
        EXPECT_EQ(block.at("status").as_string(), "no_data")
            << "cut " << cuts[i] << " slot " << slot;
      } else if (slot >= first_whole) {
        EXPECT_TRUE(block.at("crc_ok").as_bool()) << "cut " << cuts[i] << " slot " << slot;
      }
    }
    EXPECT_GE(folder.report().at("transport_blocks").at("matched").as_int64(),
              n_slots - first_whole);
  }
}

} // namespace
} // namespace airan::tests

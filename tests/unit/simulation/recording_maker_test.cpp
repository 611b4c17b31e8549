// SPDX-License-Identifier: Apache-2.0
// Made recordings: files, expectations, repeatability, bounded memory.
#include "simulation/recording_maker.hpp"
#include "tests/unit/simulation/made_configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <malloc.h>
#include <sstream>
#include <string>

namespace airan::simulation {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class RecordingMakerTest : public testing::Test {
protected:
  RecordingMakerTest() {
    std::string base = (fs::temp_directory_path() / "airan-recording-XXXXXX").string();
    folder_ = mkdtemp(base.data());
  }
  ~RecordingMakerTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  config::Configuration configuration(const std::string& channel,
                                      const std::string& user = "mcs_index: 4",
                                      const std::string& recordings = "sigmf") const {
    return made_configuration(channel, user,
                              "output: {directory: " + (folder_ / "out").string() +
                                  ", name: r, recordings: [" + recordings + "]}\n");
  }
  RecordingSummary make(const config::Configuration& c) const {
    auto maker = RecordingMaker::make(c);
    if (!maker) {
      ADD_FAILURE() << maker.error().message;
      return {};
    }
    while (maker->make_slot().value_or(false)) {
    }
    auto summary = maker->finish();
    EXPECT_TRUE(summary);
    return summary.value_or(RecordingSummary{});
  }
  std::string read(const std::string& name) const {
    std::ifstream file(folder_ / "out" / name, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string why_not(const config::Configuration& c) const {
    const auto maker = RecordingMaker::make(c);
    if (maker)
      return "";
    EXPECT_EQ(maker.error().kind, ErrorKind::configuration);
    EXPECT_FALSE(fs::exists(folder_ / "out"));
    return maker.error().message;
  }

  fs::path folder_;
};

int n_of(const std::string& text, const std::string& part) {
  int n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

TEST_F(RecordingMakerTest, IsRepeatedBySeedsAlone) {
  const auto c = configuration("model: tdla30, doppler_hz: 100, snr_db: 5, seed: 3", "mcs_index: 4",
                               "sigmf, raw, grid");
  make(c);
  const std::string sigmf = read("r.sigmf-data");
  const std::string grid = read("r.h5");
  EXPECT_EQ(sigmf, read("r.raw"));
  make(c);
  EXPECT_EQ(read("r.sigmf-data"), sigmf);
  EXPECT_EQ(read("r.h5").size(), grid.size());
  auto other = c;
  other.channel->seed = 4;
  make(other);
  EXPECT_NE(read("r.sigmf-data"), sigmf);
}

TEST_F(RecordingMakerTest, StartsWithTheLeadIn) {
  const auto summary = make(configuration("snr_db: 5, lead_in_us: 100"));
  EXPECT_EQ(summary.n_samples, 1536 + 4 * 7680);
  EXPECT_EQ(read("r.sigmf-data").size(), static_cast<std::size_t>(summary.n_samples) * 2 * 4);
  EXPECT_THAT(read("r.sigmf.yaml"), HasSubstr("sync: auto"));
  make(configuration("snr_db: 5"));
  EXPECT_THAT(read("r.sigmf.yaml"), Not(HasSubstr("sync: auto")));
}

TEST_F(RecordingMakerTest, CountsWhatSaturates) {
  EXPECT_EQ(make(configuration("snr_db: 5")).n_saturated, 0);
  // The rms of a component is then 3 dB above full scale: Q(0.71) * 2 = 48 % do not fit, of 2 ports
  // with 30720 samples of two components; the standard deviation is 0.14 %.
  const auto summary = make(configuration("snr_db: 5, front_end: {gain_db: 21.01}"));
  EXPECT_NEAR(static_cast<double>(summary.n_saturated) / (2 * 2 * 30720), 0.48, 0.01);
}

TEST_F(RecordingMakerTest, ExpectsTheLastTransmissionOfABlockBehindNoise) {
  const std::string user = "mcs_index: 4, rv_sequence: [0, 2]";
  auto summary = make(configuration("snr_db: 5", user));
  EXPECT_EQ(summary.n_transport_blocks, 4);
  EXPECT_EQ(summary.n_expected, 2);
  std::stringstream lines(read("r.grants.jsonl"));
  for (std::string line; std::getline(lines, line);)
    EXPECT_EQ(n_of(line, "payload_sha256"), n_of(line, "\"rv_index\":2")) << line;
  summary = make(configuration("seed: 1", "mcs_index: 4, rv_sequence: [0, 2, 3, 1]"));
  EXPECT_EQ(summary.n_expected, 3);
}

TEST_F(RecordingMakerTest, TakesNoMoreMemoryForMoreSlots) {
  auto c = configuration("model: tdla30, fading: per_slot, snr_db: 5",
                         "mcs_index: 4, active_slots: [0, 1, 2]");
  c.transmitter->users.push_back(c.transmitter->users[0]);
  c.transmitter->users[1].rnti = 18;
  c.transmitter->users[1].active_slots = {5};
  c.transmitter->users[1].period_slots = 10000; // all but never
  c.transmitter->n_slots = 320;
  auto maker = RecordingMaker::make(c);
  ASSERT_TRUE(maker);
  for (int slot = 0; slot < 20; ++slot)
    ASSERT_TRUE(maker->make_slot());
  const auto before = mallinfo2();
  for (int slot = 20; slot < 320; ++slot)
    ASSERT_TRUE(maker->make_slot());
  const auto after = mallinfo2();
  // 300 slots are 18 MB of samples; a byte per sample and slot would show.
  EXPECT_LT(static_cast<double>(after.uordblks + after.hblkhd),
            static_cast<double>(before.uordblks + before.hblkhd) + 100'000.0);
}

TEST_F(RecordingMakerTest, RefusesWhatItCannotMakeBeforeItWrites) {
  EXPECT_THAT(why_not(configuration("front_end: {format: int8}", "mcs_index: 4", "raw")),
              HasSubstr("raw recordings"));
  EXPECT_THAT(why_not(configuration("model: none", "mcs_index: 4, first_antenna_port: 2")),
              HasSubstr("cell.rx_ports is 2"));
  EXPECT_THAT(why_not(configuration("seed: 1", "mcs_index: 4, bwp_size: 10")),
              HasSubstr("rnti 17"));
  EXPECT_THAT(
      why_not(configuration("seed: 1", "mcs_index: 4, codebook: {n_antenna_ports: 2, tpmi: 20}")),
      HasSubstr("20"));
  auto c = configuration("seed: 1");
  c.recording.name = "../x";
  EXPECT_THAT(why_not(c), HasSubstr("output.name"));
  c = configuration("seed: 1");
  c.transmitter->first_slot = 20;
  EXPECT_THAT(why_not(c), HasSubstr("first_slot"));
}

} // namespace
} // namespace airan::simulation

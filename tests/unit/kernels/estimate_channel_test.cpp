// SPDX-License-Identifier: Apache-2.0
// EstimateChannel, algorithm "smooth": every row against the true channel and the LMMSE bound.
#include "kernels/estimate_channel.hpp"
#include "kernels/primitives/dmrs_sequence.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "tests/support/estimate_channel_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace airan {
namespace {

using test::Cx;
using test::Scenario;
using test::ScenarioSetup;
using test::UserSetup;

double from_db(double db) {
  return std::pow(10.0, db / 10);
}

class EstimateChannelRow : public testing::TestWithParam<const Row<EstimateChannel>*> {
protected:
  static EstimateChannel& row() { // planned once per row: run() keeps nothing between calls
    static std::vector<std::pair<const void*, std::unique_ptr<EstimateChannel>>> made;
    for (auto& [key, op] : made)
      if (key == GetParam())
        return *op;
    PlanLimits limits;
    limits.n_ports = 16;
    limits.n_prb = max_prb;
    limits.n_grants = 12;
    limits.n_layers_per_group = 12;
    EXPECT_EQ(GetParam()->reason_to_decline(limits), "");
    made.emplace_back(GetParam(), GetParam()->make(limits));
    return *made.back().second;
  }
  static EstimateChannelGroup group_of(const Scenario& s) {
    return {s.grid, &s.group, s.setup.numerology, s.setup.cyclic_prefix, s.estimate};
  }
  static void run(Scenario& s) {
    InlineQueue queue;
    const EstimateChannelGroup g = group_of(s);
    row().run({{&g, 1}}, queue);
  }
  static void expect_finite(const Scenario& s) {
    for (const cf32 v : s.h)
      ASSERT_TRUE(std::isfinite(v.re) && std::isfinite(v.im));
    for (const cf32 v : s.time_weight)
      ASSERT_TRUE(std::isfinite(v.re) && std::isfinite(v.im));
    for (const cf32 v : s.noise_covariance)
      ASSERT_TRUE(std::isfinite(v.re) && std::isfinite(v.im));
    for (const float v : s.error)
      ASSERT_TRUE(std::isfinite(v));
    for (std::size_t u = 0; u < s.timing.size(); ++u)
      ASSERT_TRUE(std::isfinite(s.timing[u]) && std::isfinite(s.cfo[u]));
  }
  /// Mean relative error of layer 0 and mean noise estimate (relative) over seeds.
  struct Quality {
    double error = 0;
    double noise = 0;
    double reported = 0;
  };
  static Quality measure(const ScenarioSetup& setup, int n_seeds) {
    Quality q;
    for (int seed = 1; seed <= n_seeds; ++seed) {
      Scenario s(setup, static_cast<std::uint64_t>(seed));
      run(s);
      q.error += s.relative_error(0) / n_seeds;
      q.noise += s.noise_estimate(0) / setup.noise_power / n_seeds;
      double mean = 0;
      for (std::size_t i = 0; i < 14; ++i)
        mean += static_cast<double>(s.error[i]) / 14;
      q.reported += mean / n_seeds;
    }
    return q;
  }
};

// Limits in dB above LMMSE with the tap delays and powers known over the whole allocation. Flat:
// timing and carrier offset are unknowns beside the gains of 2 ports (1.8 dB), and the reference
// looks at 32 of 52 PRBs (2.1 dB) and takes a narrow profile for none in some slots. A30, B100: a
// smooth profile instead of 12 known taps, which 52 PRBs tell apart better than 8. C300: also
// windows of 16 PRBs, in which taps that 52 PRBs resolve are one.
TEST_P(EstimateChannelRow, IsCloseToLmmseWithKnownProfile) {
  struct Case {
    const char* profile;
    std::int32_t n_prb;
    double limit_db;
  };
  for (const Case c :
       {Case{"flat", 8, 3.5}, Case{"flat", 52, 5.5}, Case{"A30", 8, 3.0}, Case{"A30", 52, 5.0},
        Case{"B100", 8, 3.5}, Case{"B100", 52, 4.5}, Case{"C300", 8, 4.5}, Case{"C300", 52, 8.5}})
    for (const double snr_db : {0.0, 10.0, 25.0}) {
      ScenarioSetup setup;
      setup.profile = test::delay_profile(c.profile);
      setup.fading = setup.profile.size() > 1;
      setup.users[0].prbs = {2, c.n_prb};
      setup.users[0].timing_ns = 240;
      setup.users[0].cfo_hz = 150;
      setup.noise_power = from_db(-snr_db);
      const Quality q = measure(setup, 12);
      // DM-RS are 3 dB above data, two nodes are averaged.
      const double bound =
          test::lmmse_bound(setup.profile, setup.type, c.n_prb, setup.noise_power / 4);
      EXPECT_LT(10 * std::log10(q.error / bound), c.limit_db)
          << c.profile << " " << c.n_prb << " PRB " << snr_db << " dB";
      EXPECT_GT(10 * std::log10(q.error / bound), -2) << "better than the bound";
      // 12 seeds of at least 192 noise values: 2 % standard deviation, and a few percent of bias.
      EXPECT_NEAR(q.noise, 1, 0.1) << c.profile << " " << c.n_prb << " PRB " << snr_db << " dB";
    }
}

TEST_P(EstimateChannelRow, ReportsItsOwnError) {
  ScenarioSetup setup;
  setup.users[0].prbs = {0, 24};
  setup.profile = test::delay_profile("B100");
  for (const double snr_db : {5.0, 20.0}) {
    setup.noise_power = from_db(-snr_db);
    const Quality q = measure(setup, 12);
    // A mean over 12 seeds; the filter's theory does not know the profile's shape.
    EXPECT_NEAR(10 * std::log10(q.reported / q.error), 0, 2.0);
  }
}

// 624 pilots per node and port at 10 dB + 3 dB: timing within 5 standard deviations of the
// Cramer-Rao bound, sqrt(6 / (N SNR)) / (2 pi bandwidth) = 0.4 ns of 18.7 MHz; offset likewise
// 1 / (2 pi gap sqrt(N SNR)) = 6 Hz. Both with some loss of a phase estimate.
TEST_P(EstimateChannelRow, MeasuresTimingAndCarrierOffset) {
  for (const double timing_ns : {-580.0, 0.0, 37.0, 580.0})
    for (const double cfo_hz : {-1000.0, -500.0, 0.0, 20.0, 1000.0}) {
      ScenarioSetup setup;
      setup.fading = false;
      setup.users[0].prbs = {1, 52};
      setup.users[0].timing_ns = timing_ns;
      setup.users[0].cfo_hz = cfo_hz;
      setup.noise_power = 0.1;
      Scenario s(setup, 3);
      run(s);
      EXPECT_NEAR(s.timing[0], timing_ns, 4.0);
      EXPECT_NEAR(s.cfo[0], cfo_hz, 30.0);
      EXPECT_LT(s.relative_error(0), from_db(-34)); // bound: 0.025 / 312, -41 dB
    }
}

TEST_P(EstimateChannelRow, HandlesEveryNodePairAndFourNodesWithCarrierOffset) {
  for (const std::vector<std::int32_t>& symbols :
       {std::vector<std::int32_t>{0, 13}, {2, 3}, {3, 10}, {2, 7, 11}, {2, 5, 8, 11}}) {
    ScenarioSetup setup;
    setup.fading = false;
    setup.symbols = symbols;
    setup.users[0].cfo_hz = 500;
    setup.noise_power = 1e-3;
    Scenario s(setup, 5);
    run(s);
    // Neighbouring nodes say little about the offset: 288 values at 33 dB over 36 us, 70 Hz at 3
    // standard deviations.
    EXPECT_NEAR(s.cfo[0], 500, symbols[1] - symbols[0] < 2 ? 40 : 8);
  }
}

TEST_P(EstimateChannelRow, HasNoCarrierOffsetAndConstantWeightsWithOneNode) {
  ScenarioSetup setup;
  setup.symbols = {2};
  setup.users[0].cfo_hz = 0;
  Scenario s(setup, 5);
  run(s);
  EXPECT_EQ(s.cfo[0], 0);
  for (const cf32 w : s.time_weight)
    EXPECT_EQ(w, (cf32{1, 0}));
}

TEST_P(EstimateChannelRow, AveragesStaticNodesAndFollowsDoppler) {
  ScenarioSetup setup;
  setup.profile = test::delay_profile("A30");
  setup.noise_power = from_db(-20);
  const Quality still = measure(setup, 6);
  setup.doppler_hz = 100;
  double fixed = 0; // what one channel for the whole slot would miss: 1 - J0^2-like, above -20 dB
  double followed = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Scenario s(setup, seed);
    run(s);
    followed += s.relative_error(0);
    for (std::int32_t l = 0; l < 14; ++l)
      fixed += std::norm(s.channel(0, 0, l, 5) - s.channel(0, 0, 6, 5)) / 14;
  }
  EXPECT_LT(still.error, from_db(-36));
  EXPECT_LT(followed, fixed / 4);
}

TEST_P(EstimateChannelRow, ScalesWithTheGridAndKeepsEverythingElse) {
  ScenarioSetup setup;
  setup.profile = test::delay_profile("B100");
  Scenario one(setup, 9);
  run(one);
  for (const double gain : {1e-4, 1e4}) {
    setup.gain = gain;
    Scenario other(setup, 9);
    run(other);
    // Inputs are rounded to float32 after scaling: relative differences of some 1e-7 each.
    for (std::size_t i = 0; i < one.h.size(); i += 7) {
      EXPECT_NEAR(static_cast<double>(other.h[i].re) / gain, one.h[i].re, 1e-4);
      EXPECT_NEAR(static_cast<double>(other.h[i].im) / gain, one.h[i].im, 1e-4);
    }
    EXPECT_NEAR(other.timing[0], one.timing[0], 0.01);
    EXPECT_NEAR(other.noise_estimate(0) / gain / gain / one.noise_estimate(0), 1, 1e-3);
    EXPECT_NEAR(static_cast<double>(other.error[3]) / gain / gain /
                    static_cast<double>(one.error[3]),
                1, 1e-3);
    for (std::size_t i = 0; i < one.time_weight.size(); ++i)
      EXPECT_NEAR(other.time_weight[i].re, one.time_weight[i].re, 1e-3);
  }
}

TEST_P(EstimateChannelRow, TurnsWithTheGrid) {
  ScenarioSetup setup;
  Scenario one(setup, 10);
  Scenario turned(setup, 10);
  for (cf32& y : turned.re)
    y = {-y.im, y.re}; // times j, exact
  run(one);
  run(turned);
  for (std::size_t i = 0; i < one.h.size(); ++i) {
    EXPECT_NEAR(turned.h[i].re, -one.h[i].im, 1e-5);
    EXPECT_NEAR(turned.h[i].im, one.h[i].re, 1e-5);
  }
}

// Layers share CDM groups in frequency and time; timing, delay spread and carrier offset must not
// leak one into the other. Limit: 10 dB above a layer's own LS noise after smoothing 36 pilots.
TEST_P(EstimateChannelRow, SeparatesTheLayersOfACdmGroup) {
  struct Case {
    DmrsType type;
    bool is_double;
    std::vector<std::int32_t> ports;
  };
  for (const Case& c :
       {Case{DmrsType::type1, false, {0, 1}}, Case{DmrsType::type1, false, {0, 1, 2, 3}},
        Case{DmrsType::type2, false, {0, 1}}, Case{DmrsType::type1, true, {0, 1, 4, 5}},
        Case{DmrsType::type2, true, {2, 3, 8, 9}}})
    for (const char* profile : {"flat", "C300"})
      for (const std::int32_t n_prb : {6, 30}) {
        ScenarioSetup setup;
        setup.type = c.type;
        setup.is_double = c.is_double;
        setup.n_cdm_groups_without_data = c.type == DmrsType::type1 ? 2 : 3;
        setup.symbols = {2, 10};
        setup.users[0].ports = c.ports;
        setup.users[0].prbs = {0, n_prb};
        setup.users[0].timing_ns = 500;
        setup.users[0].cfo_hz = 300;
        setup.profile = test::delay_profile(profile);
        setup.noise_power = from_db(-25);
        Scenario s(setup, 21);
        run(s);
        for (std::int32_t l = 0; l < static_cast<std::int32_t>(c.ports.size()); ++l)
          EXPECT_LT(10 * std::log10(s.relative_error(l)), -30)
              << profile << " layer " << l << " of " << c.ports.size() << ", " << n_prb << " PRB";
        // 6 PRBs of C300 and two layers leave about a third of 144 values to the noise: 15 %.
        EXPECT_NEAR(s.noise_estimate(0) / setup.noise_power, 1, 0.35);
      }
}

// A user's share of the other's pilots in PRB averages is |tan(pi 2 spacing tau)|^2 = 0.6 % at a
// relative delay of 400 ns, so that timing is pulled by 2.5 ns; noise adds 1 ns.
TEST_P(EstimateChannelRow, FindsTheTimingOfTwoUsersOfACdmGroup) {
  ScenarioSetup setup;
  setup.users = {{{0}, {0, 24}, 200, 50, 1.0}, {{1}, {0, 24}, -200, -50, 1.0}};
  setup.fading = false;
  setup.noise_power = from_db(-20);
  Scenario s(setup, 31);
  run(s);
  EXPECT_NEAR(s.timing[0], 200, 8);
  EXPECT_NEAR(s.timing[1], -200, 8);
  EXPECT_NEAR(s.cfo[0], 50, 8);
  EXPECT_NEAR(s.cfo[1], -50, 8);
  for (const std::int32_t layer : {0, 1})
    EXPECT_LT(s.relative_error(layer), from_db(-30)); // LS -26 dB, two layers in 144 pilots
}

TEST_P(EstimateChannelRow, TreatsTheGroupsOfABatchAlone) {
  ScenarioSetup setup;
  setup.noise_power = from_db(-15);
  setup.users[0].prbs = {4, 9};
  Scenario one(setup, 40);
  setup.type = DmrsType::type2;
  setup.users[0].ports = {0, 2};
  setup.users[0].prbs = {0, 30};
  setup.profile = test::delay_profile("C300");
  Scenario two(setup, 41);
  std::vector<cf32> alone;
  for (Scenario* s : {&one, &two}) {
    run(*s);
    alone.insert(alone.end(), s->h.begin(), s->h.end());
    alone.insert(alone.end(), s->noise_covariance.begin(), s->noise_covariance.end());
    std::fill(s->h.begin(), s->h.end(), cf32{7, 7});
  }
  const std::array<EstimateChannelGroup, 3> batch{group_of(two), group_of(one), group_of(two)};
  InlineQueue queue;
  row().run({batch}, queue);
  std::vector<cf32> together;
  for (const Scenario* s : {&one, &two}) {
    together.insert(together.end(), s->h.begin(), s->h.end());
    together.insert(together.end(), s->noise_covariance.begin(), s->noise_covariance.end());
  }
  EXPECT_EQ(together, alone);
}

TEST_P(EstimateChannelRow, WorksAtEveryNumerologyAndWithExtendedPrefix) {
  struct Case {
    std::int32_t numerology;
    CyclicPrefix prefix;
  };
  for (const Case c :
       {Case{0, CyclicPrefix::normal}, Case{1, CyclicPrefix::normal}, Case{2, CyclicPrefix::normal},
        Case{2, CyclicPrefix::extended}, Case{3, CyclicPrefix::normal}}) {
    ScenarioSetup setup;
    setup.numerology = c.numerology;
    setup.cyclic_prefix = c.prefix;
    setup.symbols = {2, 9};
    setup.fading = false;
    setup.users[0].timing_ns = 400.0 / (1 << c.numerology);
    setup.users[0].cfo_hz = 200.0 * (1 << c.numerology);
    setup.noise_power = from_db(-20);
    Scenario s(setup, 42);
    run(s);
    // 576 values at 23 dB: some 0.7 ns and 5 Hz at 30 kHz, in proportion to symbol length
    // elsewhere.
    EXPECT_NEAR(s.timing[0], setup.users[0].timing_ns, 8.0 / (1 << c.numerology));
    EXPECT_NEAR(s.cfo[0], setup.users[0].cfo_hz, 10.0 * (1 << c.numerology));
    EXPECT_LT(s.relative_error(0), from_db(-40)); // LS -26 dB, 3 unknowns of 144 pilots
    EXPECT_NEAR(s.noise_estimate(0) / setup.noise_power, 1, 0.2);
  }
}

TEST_P(EstimateChannelRow, TakesManyPorts) {
  for (const std::int32_t n_ports : {1, 8, 16}) {
    ScenarioSetup setup;
    setup.n_ports = n_ports;
    setup.users[0].ports = {0, 1};
    setup.profile = test::delay_profile("B100");
    setup.noise_power = from_db(-10);
    Scenario s(setup, 43);
    run(s);
    expect_finite(s);
    for (const std::int32_t layer : {0, 1})
      EXPECT_LT(s.relative_error(layer), from_db(-21)); // LS -16 dB, at most 40 of 144 dimensions
    for (std::int32_t p = 0; p < n_ports; ++p)          // 576 values: 5 standard deviations
      EXPECT_NEAR(s.noise_estimate(p) / setup.noise_power, 1, 0.25);
  }
}

// Three users of four layers: every port of a double-symbol DM-RS of type 2.
TEST_P(EstimateChannelRow, SeparatesTwelveLayers) {
  ScenarioSetup setup;
  setup.type = DmrsType::type2;
  setup.is_double = true;
  setup.n_cdm_groups_without_data = 3;
  setup.symbols = {2, 10};
  setup.n_ports = 12;
  setup.users = {{{0, 1, 6, 7}, {0, 16}, 100, 40, 1.0},
                 {{2, 3, 8, 9}, {0, 16}, -100, 0, 1.0},
                 {{4, 5, 10, 11}, {0, 16}, 0, -40, 1.0}};
  setup.profile = test::delay_profile("A30");
  setup.noise_power = from_db(-20);
  Scenario s(setup, 44);
  run(s);
  for (std::int32_t layer = 0; layer < 12; ++layer)
    EXPECT_LT(s.relative_error(layer), from_db(-30)); // LS over 4 symbols -31 dB, then smoothed
  for (std::int32_t p = 0; p < 12; ++p)
    EXPECT_NEAR(s.noise_estimate(p) / setup.noise_power, 1, 0.3);
}

// As in a retransmission that only combining decodes: noise 8 dB above the signal of a port.
TEST_P(EstimateChannelRow, StaysUsefulFarBelowTheNoise) {
  ScenarioSetup setup;
  setup.users[0].prbs = {0, 52};
  setup.n_ports = 4;
  setup.noise_power = from_db(8);
  for (const char* profile : {"flat", "B100"}) {
    setup.profile = test::delay_profile(profile);
    const Quality q = measure(setup, 8);
    // LS +2 dB over both nodes; 1 of 312 dimensions flat, some 20 with B100, shrunk further.
    EXPECT_LT(q.error, from_db(profile[0] == 'f' ? -16 : -8)) << profile;
    EXPECT_NEAR(q.noise, 1, 0.05);
  }
}

// Two nodes cannot tell Doppler from a carrier offset where the channel has few independent taps:
// at 400 Hz, 0.8 rad between them, the reported error is up to 3 dB too small.
TEST_P(EstimateChannelRow, ReportsItsErrorUnderDoppler) {
  ScenarioSetup setup;
  setup.profile = test::delay_profile("A30");
  setup.noise_power = from_db(-20);
  for (const double doppler_hz : {100.0, 400.0}) {
    setup.doppler_hz = doppler_hz;
    const Quality q = measure(setup, 16);
    EXPECT_NEAR(10 * std::log10(q.reported / q.error), 0, 4.0) << doppler_hz;
  }
}

TEST_P(EstimateChannelRow, SeparatesTwoUsersOfACdmGroupThatOverlapInPart) {
  ScenarioSetup setup;
  setup.users = {{{0}, {0, 20}, 200, 100, 1.0}, {{1}, {10, 24}, -200, -100, 0.5}};
  setup.profile = test::delay_profile("A30");
  setup.noise_power = from_db(-20);
  Scenario s(setup, 4);
  run(s);
  EXPECT_NEAR(s.timing[0], 225, 40); // the mean delay of A30 is 28 ns
  EXPECT_NEAR(s.timing[1], -172, 40);
  EXPECT_NEAR(s.cfo[0], 100, 15);
  EXPECT_NEAR(s.cfo[1], -100, 15);
  EXPECT_LT(s.relative_error(0), from_db(-26));
  EXPECT_LT(s.relative_error(1), from_db(-23));
  EXPECT_NEAR(s.noise_estimate(1) / setup.noise_power, 1, 0.25);
  const View<cf32, 4> h = s.estimate.h.on_host();
  for (std::int32_t k = 0; k < 120; ++k)
    ASSERT_EQ(h(1, 0, 0, k), cf32{}); // outside the second user's PRBs
  for (std::int32_t k = 240; k < 34 * 12; ++k)
    ASSERT_EQ(h(0, 0, 0, k), cf32{});
}

TEST_P(EstimateChannelRow, FollowsFrequencyHops) {
  ScenarioSetup setup;
  setup.users[0].prbs = {0, 12};
  setup.second_hop_prb = 30;
  setup.symbols = {2, 9};
  setup.users[0].timing_ns = 300;
  setup.noise_power = from_db(-20);
  Scenario s(setup, 12);
  run(s);
  EXPECT_LT(s.relative_error(0), from_db(-33)); // LS -23 dB, 72 pilots of one node, 3 unknowns
  const View<cf32, 3> w = s.estimate.time_weight.on_host();
  for (std::int32_t l = 0; l < 14; ++l)
    EXPECT_EQ(w(0, l, l < 7 ? 1 : 0), cf32{});
}

TEST_P(EstimateChannelRow, ReceivesLowPaprSequences) {
  ScenarioSetup setup;
  setup.waveform = Waveform::dft_s_ofdm;
  setup.users[0].prbs = {3, 24};
  setup.noise_power = from_db(-20);
  Scenario s(setup, 13);
  run(s);
  EXPECT_LT(s.relative_error(0), from_db(-35)); // as with Gold sequences
}

TEST_P(EstimateChannelRow, TakesOneAndAllPrbs) {
  for (const DmrsType type : {DmrsType::type1, DmrsType::type2})
    for (const std::int32_t n_prb : {1, 2, 3, 5, 6, 7, 9, 23, 24, 25, 31, 275}) {
      ScenarioSetup setup;
      setup.type = type;
      setup.users[0].prbs = {0, n_prb};
      setup.fading = false;
      setup.noise_power = from_db(-20);
      Scenario s(setup, 14);
      run(s);
      expect_finite(s);
      // LS at -26 dB over both nodes; an error of 3 dB more for one PRB, where the delay is open.
      EXPECT_LT(10 * std::log10(s.relative_error(0)), n_prb < 6 ? -23 : -32) << n_prb;
    }
}

TEST_P(EstimateChannelRow, IgnoresWhatIsMissing) {
  ScenarioSetup setup;
  setup.users[0].prbs = {0, 24};
  setup.users[0].cfo_hz = 200;
  setup.noise_power = from_db(-20);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto erase = [&](Scenario& s, std::int32_t port, std::int32_t symbol, std::int32_t prb) {
    s.grid.valid.on_host()(port, symbol, prb) = 0;
    for (std::int32_t k = 0; k < 12; ++k) {
      const std::int64_t at = (port * 14 + symbol) * s.n_prb * 12 + prb * 12 + k;
      s.re[static_cast<std::size_t>(at)] = {nan, nan};
    }
  };
  Scenario some(setup, 15); // a third of the PRBs of one symbol on one port
  for (std::int32_t b = 0; b < 24; b += 3)
    erase(some, 0, 2, b);
  run(some);
  expect_finite(some);
  EXPECT_LT(some.relative_error(0), from_db(-33));
  EXPECT_NEAR(some.noise_estimate(0) / setup.noise_power, 1, 0.3);

  Scenario node(setup, 16); // a whole symbol on one port, then on both
  for (std::int32_t b = 0; b < 24; ++b)
    erase(node, 0, 2, b);
  run(node);
  expect_finite(node);
  EXPECT_LT(node.relative_error(0), from_db(-33));
  for (std::int32_t b = 0; b < 24; ++b)
    erase(node, 1, 2, b);
  run(node);
  expect_finite(node);
  EXPECT_EQ(node.cfo[0], 0); // one node is left

  Scenario nothing(setup, 17);
  for (std::int32_t p = 0; p < 2; ++p)
    for (const std::int32_t l : {2, 11})
      for (std::int32_t b = 0; b < 24; ++b)
        erase(nothing, p, l, b);
  run(nothing);
  expect_finite(nothing);
  for (const cf32 h : nothing.h)
    ASSERT_EQ(h, cf32{});
}

TEST_P(EstimateChannelRow, KeepsOutNanThatIsNotFlagged) {
  ScenarioSetup setup;
  setup.users[0].prbs = {0, 24};
  setup.noise_power = from_db(-20);
  Scenario s(setup, 18);
  s.re[static_cast<std::size_t>(2 * s.n_prb * 12 + 50)] = {std::numeric_limits<float>::infinity(),
                                                           std::numeric_limits<float>::quiet_NaN()};
  run(s);
  expect_finite(s);
  EXPECT_LT(s.relative_error(0), from_db(-33));
}

TEST_P(EstimateChannelRow, StaysFiniteWithoutSignalOrNoise) {
  ScenarioSetup setup;
  setup.users[0].power = 0;
  Scenario only_noise(setup, 19);
  run(only_noise);
  expect_finite(only_noise);
  EXPECT_NEAR(only_noise.noise_estimate(0) / setup.noise_power, 1, 0.25);
  setup.noise_power = 0;
  Scenario zero(setup, 19);
  run(zero);
  expect_finite(zero);
  setup.users[0].power = 1;
  setup.fading = false;
  Scenario clean(setup, 19);
  run(clean);
  expect_finite(clean);
  EXPECT_LT(clean.relative_error(0), 1e-8);
  EXPECT_GE(clean.noise_estimate(0), 0.99e-9);
  EXPECT_LT(clean.noise_estimate(0), 1e-7);
}

INSTANTIATE_TEST_SUITE_P(Rows,
                         EstimateChannelRow,
                         testing::ValuesIn([] {
                           std::vector<const Row<EstimateChannel>*> rows;
                           for (const Row<EstimateChannel>& r : estimate_channel_rows())
                             rows.push_back(&r);
                           return rows;
                         }()),
                         [](const auto& p) {
                           return p.param->name == "cpu:simd" ? "cpu_simd" : "cpu_ref";
                         });

// Two implementations that share nothing but the assumed profiles. Both sum the same products for
// timing and offset. Estimates differ by what windows and mode powers make of the same noise: less
// than the larger of their errors; noise by the spread of its share that smoothing leaves.
TEST(EstimateChannelRows, Agree) {
  PlanLimits limits;
  limits.n_ports = 4;
  limits.n_prb = 64;
  std::vector<std::unique_ptr<EstimateChannel>> rows;
  for (const Row<EstimateChannel>& row : estimate_channel_rows())
    rows.push_back(row.make(limits));
  for (const char* profile : {"flat", "A30", "B100", "C300"})
    for (const std::int32_t n_prb : {1, 6, 20, 52})
      for (const bool has_two : {false, true})
        for (const double snr_db : {0.0, 20.0}) {
          ScenarioSetup setup;
          setup.profile = test::delay_profile(profile);
          setup.users[0] = {has_two ? std::vector<std::int32_t>{0, 1}
                                    : std::vector<std::int32_t>{2},
                            {3, n_prb},
                            150,
                            100,
                            1.0};
          setup.noise_power = from_db(-snr_db);
          Scenario a(setup, 50);
          Scenario b(setup, 50);
          InlineQueue queue;
          const EstimateChannelGroup in_a{a.grid, &a.group, 1, CyclicPrefix::normal, a.estimate};
          const EstimateChannelGroup in_b{b.grid, &b.group, 1, CyclicPrefix::normal, b.estimate};
          rows[0]->run({{&in_a, 1}}, queue);
          rows[1]->run({{&in_b, 1}}, queue);
          double difference = 0;
          for (std::size_t i = 0; i < a.h.size(); ++i)
            difference +=
                static_cast<double>(norm(a.h[i] - b.h[i])) / static_cast<double>(a.h.size());
          const std::string what = std::string(profile) + " " + std::to_string(n_prb) + " PRB " +
                                   std::to_string(snr_db) + " dB" + (has_two ? " two layers" : "");
          // h is one node: twice the noise of the interpolated channel.
          EXPECT_LT(difference, 2 * std::max(a.relative_error(0), b.relative_error(0))) << what;
          EXPECT_NEAR(a.timing[0], b.timing[0], 0.5) << what;
          EXPECT_NEAR(a.cfo[0], b.cfo[0], 0.5) << what;
          EXPECT_NEAR(a.noise_estimate(0) / b.noise_estimate(0), 1, n_prb < 6 ? 0.5 : 0.15) << what;
        }
}

TEST(EstimateChannelRows, DeclineWhatTheyCannotDo) {
  PlanLimits limits;
  limits.n_ports = 64;
  EXPECT_NE(estimate_channel_rows()[0].reason_to_decline(limits), "");
  EXPECT_EQ(estimate_channel_rows()[1].reason_to_decline(limits), "");
}

} // namespace
} // namespace airan

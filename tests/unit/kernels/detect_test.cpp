// SPDX-License-Identifier: Apache-2.0
// Detect against the oracle, over shapes and rows.
#include "kernels/detect.hpp"
#include "kernels/primitives/gold_words.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "tests/support/detect_oracle.hpp"
#include "tests/support/detect_scene.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <limits>
#include <memory>
#include <ostream>

namespace airan {
namespace {

using test::DetectScene;
using test::SceneSpec;
using test::SceneUser;

constexpr std::int8_t sentinel = 99;
constexpr std::size_t n_sentinels = 64;

/// The outputs of one run over a scene, with sentinels around each codeword.
struct Received {
  Received(DetectScene& scene, std::unique_ptr<Detect>& detect, std::uint32_t wanted = ~0U) {
    const std::size_t n = scene.grants.size();
    llrs.resize(n);
    symbols.resize(n);
    metrics.resize(n);
    by_symbol.resize(n);
    std::vector<DetectOutput> outputs(n);
    for (std::size_t g = 0; g < n; ++g) {
      const std::size_t bits = scene.sent_bits[g].size();
      llrs[g].assign(bits + 2 * n_sentinels, sentinel);
      symbols[g].assign(scene.sent[g].size(), cf32{});
      by_symbol[g].resize(14);
      if (((wanted >> g) & 1U) == 0)
        continue;
      outputs[g].llrs = {{llrs[g].data() + n_sentinels, {static_cast<std::int32_t>(bits)}},
                         MemorySpace::host};
      outputs[g].metrics = &metrics[g];
      outputs[g].symbols = {{symbols[g].data(), {static_cast<std::int32_t>(symbols[g].size())}},
                            MemorySpace::host};
      outputs[g].metrics_by_symbol = by_symbol[g].data();
    }
    const DetectGroup group{scene.grid, &scene.group, &scene.estimate, outputs};
    InlineQueue queue;
    detect->run({{&group, 1}}, queue);
    for (std::size_t g = 0; g < n; ++g)
      for (std::size_t i = 0; i < n_sentinels; ++i) {
        EXPECT_EQ(llrs[g][i], sentinel) << "wrote before the codeword of grant " << g;
        EXPECT_EQ(llrs[g][llrs[g].size() - 1 - i], sentinel) << "wrote behind grant " << g;
      }
  }
  int llr(std::size_t grant, std::size_t bit) const { return llrs[grant][n_sentinels + bit]; }

  std::vector<std::vector<std::int8_t>> llrs;
  std::vector<std::vector<cf32>> symbols;
  std::vector<DetectMetrics> metrics;
  std::vector<std::vector<DetectMetrics>> by_symbol;
};

std::unique_ptr<Detect> make_for(const Row<Detect>& row, const SceneSpec& spec) {
  PlanLimits limits;
  limits.n_ports = spec.n_ports;
  limits.n_prb = spec.grid_prbs;
  limits.n_layers_per_group = 0;
  for (const SceneUser& user : spec.users)
    limits.n_layers_per_group += user.n_layers;
  EXPECT_EQ(row.reason_to_decline(limits), "");
  return row.make(limits);
}

std::vector<SceneSpec> shapes() {
  using enum Modulation;
  const auto dft = Waveform::dft_s_ofdm;
  std::vector<SceneSpec> s;
  const auto one = [&s](std::string name, SceneUser user, std::int32_t n_ports, double snr_db) {
    s.push_back({.name = std::move(name), .users = {user}, .n_ports = n_ports, .snr_db = snr_db});
    return &s.back();
  };
  one("QpskOnePort", {qpsk, 1, {0, 4}}, 1, 3);
  one("Qam16OnePrb", {qam16, 1, {3, 1}}, 2, 10);
  one("Qam64FourPorts", {qam64, 1, {1, 7}}, 4, 15);
  one("Qam256EightPorts", {qam256, 1, {2, 5}}, 8, 20);
  one("Qam64SixtyFourPorts", {qam64, 1, {2, 2}}, 64, 3);
  one("TwoLayersTwoPorts", {qpsk, 2, {0, 8}}, 2, 12);
  one("TwoLayersFourPorts", {qam256, 2, {0, 5}}, 4, 25);
  one("ThreeLayersFourPorts", {qam64, 3, {1, 3}}, 4, 20);
  one("FourLayersFourPorts", {qam16, 4, {0, 8}}, 4, 20);
  one("FourLayersEightPorts", {qam256, 4, {4, 3}}, 8, 25);
  one("MoreLayersThanPorts", {qpsk, 3, {0, 2}}, 2, 10);
  one("VeryLowSnr", {qam64, 2, {0, 4}}, 2, -15);
  one("OneNode", {qam64, 2, {0, 4}}, 2, 20)->n_time_nodes = 1;
  one("FourNodes", {qam64, 2, {0, 4}}, 2, 20)->n_time_nodes = 4;
  one("DataBesideType1Pilots", {qam64, 2, {1, 5}, {}, Waveform::cp_ofdm, 0xAAA}, 2, 15);
  one("DataBesideType2Pilots", {qam16, 3, {1, 5}, {}, Waveform::cp_ofdm, 0xF3C}, 4, 15);
  one("DataOnOneCdmGroup", {qam256, 1, {1, 1}, {}, Waveform::cp_ofdm, 0xC30}, 2, 15);
  one("LateShortAllocation", {qam64, 1, {2, 3}, {}, Waveform::cp_ofdm, 0, 5, 4}, 2, 15);
  one("FrequencyHopping", {qam16, 1, {0, 3}, 5}, 2, 12);
  one("FrequencyHoppingDftS", {qpsk, 1, {5, 3}, 1, dft}, 2, 12);
  one("DftSPi2Bpsk", {pi2_bpsk, 1, {1, 5}, {}, dft}, 1, 3);
  one("DftSQam64", {qam64, 1, {0, 6}, {}, dft}, 4, 15);
  one("DftSOnePrb", {qam16, 1, {7, 1}, {}, dft}, 2, 12);
  one("Pi2BpskWithoutPrecoding", {pi2_bpsk, 1, {1, 5}, {}, Waveform::cp_ofdm, 0xAAA}, 1, 3);
  one("CovarianceByPrbs", {qam64, 2, {1, 7}}, 4, 15)->prbs_per_covariance = 2;
  one("ChannelError", {qam64, 2, {1, 7}}, 4, 25)->channel_error_var = 0.01;
  SceneSpec* by_subcarrier = one("ChannelErrorBySubcarrier", {qam64, 2, {1, 7}}, 4, 25);
  by_subcarrier->channel_error_var = 0.01;
  by_subcarrier->error_var_by_subcarrier = true;
  one("TinyAmplitude", {qam64, 2, {0, 4}}, 2, 20)->amplitude = 1e-8;
  one("HugeAmplitude", {qam64, 2, {0, 4}}, 2, 20)->amplitude = 1e8;
  one("MostPrbs", {qam16, 1, {0, 275}}, 1, 12)->grid_prbs = 275;
  s.push_back({.name = "UsersInDifferentSegments",
               .users = {{qam64, 1, {0, 5}}, {qam16, 2, {3, 5}}},
               .n_ports = 4,
               .snr_db = 18});
  s.push_back({.name = "UserInPartOfTheSymbols",
               .users = {{qam16, 2, {0, 6}}, {qpsk, 1, {2, 3}, {}, Waveform::cp_ofdm, 0, 4, 6}},
               .n_ports = 4,
               .snr_db = 18});
  s.push_back(
      {.name = "DftSAndOfdmShareAPart",
       .users = {{qam16, 1, {0, 6}, {}, dft}, {qam64, 1, {4, 4}}, {qpsk, 1, {0, 2}, {}, dft}},
       .n_ports = 4,
       .snr_db = 18});
  s.push_back({.name = "SevenLayersOfThreeUsers",
               .users = {{qpsk, 4, {0, 3}}, {qam16, 2, {0, 3}}, {qam64, 1, {0, 3}}},
               .n_ports = 8,
               .snr_db = 20});
  return s;
}

struct Case {
  SceneSpec spec;
  const Row<Detect>* row;
  friend std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << c.spec.name << " " << c.row->name;
  }
};
std::string readable(std::string_view row) {
  std::string name(row);
  std::replace(name.begin(), name.end(), ':', '_');
  return name;
}
std::vector<Case> cases() {
  std::vector<Case> c;
  for (const SceneSpec& spec : shapes())
    for (const Row<Detect>& row : detect_rows())
      c.push_back({spec, &row});
  return c;
}

/// int8 LLRs may differ by one step where the rounding falls the other way; float32 arithmetic
/// moves an LLR below 127 steps by far less than that.
void expect_llrs(const DetectScene& scene, const Received& run, std::size_t grant) {
  const auto oracle = test::detect_oracle(scene.grid, scene.group, scene.estimate,
                                          static_cast<std::int32_t>(grant));
  ASSERT_EQ(oracle.llrs.size(), scene.sent_bits[grant].size());
  std::int64_t n_different = 0;
  std::int64_t n_wrong_sign = 0;
  for (std::size_t i = 0; i < oracle.llrs.size(); ++i) {
    const double exact = std::clamp(llr_steps_per_nat * oracle.llrs[i], -127.0, 127.0);
    const int got = run.llr(grant, i);
    if (std::abs(got - std::round(exact)) > 1) {
      if (++n_different <= 3)
        ADD_FAILURE() << "grant " << grant << " bit " << i << ": " << got << " for " << exact;
    }
    n_wrong_sign += std::abs(exact) > 1 && (got > 0) != (exact > 0);
  }
  EXPECT_EQ(n_different, 0);
  EXPECT_EQ(n_wrong_sign, 0);
}

class DetectRow : public testing::TestWithParam<Case> {};

TEST_P(DetectRow, AgreesWithTheTextbook) {
  DetectScene scene(GetParam().spec);
  auto detect = make_for(*GetParam().row, scene.spec);
  const Received run(scene, detect);
  for (std::size_t g = 0; g < scene.grants.size(); ++g) {
    expect_llrs(scene, run, g);
    const auto oracle =
        test::detect_oracle(scene.grid, scene.group, scene.estimate, static_cast<std::int32_t>(g));
    DetectMetrics want;
    for (std::size_t i = 0; i < oracle.symbols.size(); ++i) {
      double nearest = std::numeric_limits<double>::max();
      for (const cf64& p :
           test::constellation_oracle(scene.grants[g].modulation, static_cast<std::int64_t>(i)))
        nearest = std::min(nearest, norm(oracle.symbols[i] - p));
      want.sum_error_power += nearest;
      want.sum_inverse_sinr += 1 / oracle.sinr[i];
      want.sum_sinr += oracle.sinr[i];
    }
    // Sums of thousands of float32 values: 1e-3 is far above their rounding.
    EXPECT_EQ(run.metrics[g].n_symbols, static_cast<std::int64_t>(oracle.symbols.size()));
    EXPECT_NEAR(run.metrics[g].sum_error_power / want.sum_error_power, 1, 1e-3);
    EXPECT_NEAR(run.metrics[g].sum_inverse_sinr / want.sum_inverse_sinr, 1, 1e-3);
    EXPECT_NEAR(run.metrics[g].sum_sinr / want.sum_sinr, 1, 1e-3);
    std::int64_t n = 0;
    for (std::size_t s = 0; s < 14; ++s)
      n += run.by_symbol[g][s].n_symbols;
    EXPECT_EQ(n, run.metrics[g].n_symbols);
    EXPECT_EQ(run.by_symbol[g][3].n_symbols,
              0 == scene.grants[g].data_mask[3] || scene.grants[g].first_symbol > 3
                  ? 0
                  : scene.grants[g].n_prb() * 12 * scene.grants[g].n_layers);
  }
}

TEST_P(DetectRow, LeavesOutInvalidPortsAndErasesWhatNoPortReceived) {
  DetectScene scene(GetParam().spec, 2);
  // Port 0 lost the first symbols, all ports a PRB in the middle; what is there is garbage.
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto erase = [&](std::int32_t port, std::int32_t symbol, std::int32_t prb) {
    scene.grid.valid.on_host()(port, symbol, prb) = 0;
    for (std::int32_t k = 0; k < 12; ++k)
      scene.grid.re.on_host()(port, symbol, prb * 12 + k) = {nan, 1e30F};
  };
  const std::int32_t middle = scene.grants[0].hops[0].prbs.first + scene.grants[0].n_prb() / 2;
  for (std::int32_t symbol = 0; symbol < 14; ++symbol)
    for (std::int32_t prb = 0; prb < scene.spec.grid_prbs; ++prb)
      for (std::int32_t port = 0; port < scene.spec.n_ports; ++port)
        if ((port == 0 && symbol % 5 == 0) || (prb == middle && symbol % 4 == 3))
          erase(port, symbol, prb);
  auto detect = make_for(*GetParam().row, scene.spec);
  const Received run(scene, detect);
  for (std::size_t g = 0; g < scene.grants.size(); ++g)
    expect_llrs(scene, run, g);
}

INSTANTIATE_TEST_SUITE_P(Shapes, DetectRow, testing::ValuesIn(cases()), [](const auto& param_info) {
  return param_info.param.spec.name + "_" + readable(param_info.param.row->name);
});

/// The rest runs over rows only.
class Detector : public testing::TestWithParam<const Row<Detect>*> {};
std::vector<const Row<Detect>*> all_rows() {
  std::vector<const Row<Detect>*> rows;
  for (const Row<Detect>& row : detect_rows())
    rows.push_back(&row);
  return rows;
}

TEST_P(Detector, ReturnsTheSentSymbolsAndBitsWhenNoiseIsAtItsFloor) {
  for (const Waveform waveform : {Waveform::cp_ofdm, Waveform::dft_s_ofdm})
    for (const std::int32_t n_layers : {1, 2, 4}) {
      if (waveform == Waveform::dft_s_ofdm && n_layers > 1)
        continue;
      SceneSpec spec{.users = {{Modulation::qam64, n_layers, {0, 6}, {}, waveform}},
                     .n_ports = 8,
                     .snr_db = 90};
      DetectScene scene(spec);
      auto detect = make_for(*GetParam(), spec);
      const Received run(scene, detect);
      // With 8 ports the worst RE's channel has a condition number of some hundreds; float32 and
      // the load of 2e-7 give errors of that times 1e-6 at most.
      for (std::size_t i = 0; i < scene.sent[0].size(); ++i) {
        ASSERT_NEAR(run.symbols[0][i].re, scene.sent[0][i].re, 1e-3);
        ASSERT_NEAR(run.symbols[0][i].im, scene.sent[0][i].im, 1e-3);
      }
      for (std::size_t i = 0; i < scene.sent_bits[0].size(); ++i)
        ASSERT_EQ(run.llr(0, i), scene.sent_bits[0][i] != 0 ? -127 : 127);
    }
}

TEST_P(Detector, GivesLlrZeroWhenTheChannelIsZero) {
  for (const Waveform waveform : {Waveform::cp_ofdm, Waveform::dft_s_ofdm}) {
    SceneSpec spec{.users = {{Modulation::qam16, 1, {0, 5}, {}, waveform}}, .n_ports = 2};
    if (waveform == Waveform::cp_ofdm)
      spec.users[0].n_layers = 2;
    DetectScene scene(spec);
    std::fill(scene.h.begin(), scene.h.end(), cf32{});
    auto detect = make_for(*GetParam(), spec);
    const Received run(scene, detect);
    for (std::size_t i = 0; i < scene.sent_bits[0].size(); ++i)
      ASSERT_EQ(run.llr(0, i), 0);
    EXPECT_EQ(run.metrics[0].n_symbols, 0);
  }
}

TEST_P(Detector, StaysFiniteWhenChannelsAreEqualOrValuesAreNot) {
  SceneSpec spec{.users = {{Modulation::qam64, 4, {0, 5}}}, .n_ports = 4, .snr_db = 85};
  DetectScene scene(spec);
  // All layers the same: no layer can be told from the others.
  const std::size_t per_layer = scene.h.size() / 4;
  for (std::size_t i = per_layer; i < scene.h.size(); ++i)
    scene.h[i] = scene.h[i % per_layer];
  for (std::size_t i = 0; i < scene.time_weight.size(); ++i)
    scene.time_weight[i] = {1, 0};
  auto detect = make_for(*GetParam(), spec);
  const Received equal(scene, detect);
  for (const cf32& x : equal.symbols[0])
    ASSERT_TRUE(std::isfinite(x.re) && std::isfinite(x.im));
  EXPECT_LT(equal.metrics[0].sum_sinr / static_cast<double>(equal.metrics[0].n_symbols), 2.0);

  const float inf = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < scene.h.size(); i += 7)
    scene.h[i] = {inf, std::numeric_limits<float>::quiet_NaN()};
  for (std::size_t i = 0; i < scene.re.size(); i += 5)
    scene.re[i] = {std::numeric_limits<float>::quiet_NaN(), -inf};
  const Received broken(scene, detect);
  for (const cf32& x : broken.symbols[0])
    ASSERT_TRUE(std::isfinite(x.re) && std::isfinite(x.im));
  EXPECT_TRUE(std::isfinite(broken.metrics[0].sum_error_power));
  EXPECT_TRUE(std::isfinite(broken.metrics[0].sum_inverse_sinr));
}

TEST_P(Detector, ErasesEverythingWhenTheNoiseIsNotANumber) {
  SceneSpec spec{.users = {{Modulation::qam16, 2, {0, 5}}}, .n_ports = 2};
  DetectScene scene(spec);
  for (cf32& c : scene.covariance)
    c = {std::numeric_limits<float>::quiet_NaN(), 0};
  auto detect = make_for(*GetParam(), spec);
  const Received run(scene, detect);
  for (std::size_t i = 0; i < scene.sent_bits[0].size(); ++i)
    ASSERT_EQ(run.llr(0, i), 0);
}

TEST_P(Detector, WritesOnlyTheGrantsThatAreWanted) {
  SceneSpec spec{.users = {{Modulation::qam64, 1, {0, 5}}, {Modulation::qam16, 2, {3, 5}}},
                 .n_ports = 4};
  DetectScene scene(spec);
  auto detect = make_for(*GetParam(), spec);
  const Received both(scene, detect);
  const Received second(scene, detect, 0b10);
  EXPECT_EQ(second.llrs[1], both.llrs[1]);
  for (const std::int8_t v : second.llrs[0])
    ASSERT_EQ(v, sentinel);
  EXPECT_EQ(second.metrics[0].n_symbols, 0);
}

TEST_P(Detector, DoesNotDependOnTheScaleOfTheSignal) {
  SceneSpec spec{.users = {{Modulation::qam64, 2, {0, 5}}}, .n_ports = 4};
  DetectScene plain(spec);
  auto detect = make_for(*GetParam(), spec);
  const Received a(plain, detect);
  for (auto* values : {&plain.h, &plain.re})
    for (cf32& v : *values)
      v *= 1024.0F;
  for (cf32& v : plain.covariance)
    v *= 1024.0F * 1024.0F;
  const Received b(plain, detect);
  EXPECT_EQ(a.llrs, b.llrs);
}

TEST_P(Detector, PredictsTheSinrThatIsMeasured) {
  SceneSpec spec{
      .users = {{Modulation::qpsk, 2, {0, 50}}}, .n_ports = 4, .grid_prbs = 50, .snr_db = 20};
  DetectScene scene(spec);
  auto detect = make_for(*GetParam(), spec);
  const Received run(scene, detect);
  double error = 0;
  for (std::size_t i = 0; i < scene.sent[0].size(); ++i)
    error += norm(run.symbols[0][i] - scene.sent[0][i]);
  // 14400 independent errors with spread: the mean is good to about 2 %.
  EXPECT_NEAR(error / run.metrics[0].sum_inverse_sinr, 1, 0.06);
  EXPECT_NEAR(run.metrics[0].sum_error_power / run.metrics[0].sum_inverse_sinr, 1, 0.06);
}

TEST_P(Detector, MeasuresAFairSampleWhenOnlyMetricsAreWanted) {
  SceneSpec spec{
      .users = {{Modulation::qam16, 3, {0, 50}}}, .n_ports = 4, .grid_prbs = 50, .snr_db = 20};
  DetectScene scene(spec);
  auto detect = make_for(*GetParam(), spec);
  const Received all(scene, detect);
  std::vector<std::int8_t> llrs(scene.sent_bits[0].size());
  DetectMetrics metrics;
  DetectOutput output;
  output.llrs = {{llrs.data(), {static_cast<std::int32_t>(llrs.size())}}, MemorySpace::host};
  output.metrics = &metrics;
  const DetectGroup group{scene.grid, &scene.group, &scene.estimate, {&output, 1}};
  InlineQueue queue;
  detect->run({{&group, 1}}, queue);
  EXPECT_GE(metrics.n_symbols, all.metrics[0].n_symbols / 5);
  // A quarter of 21600 symbols whose 1/SINR spreads by about its mean: 1.4 %, taken five times.
  const auto mean = [](double sum, const DetectMetrics& m) {
    return sum / static_cast<double>(m.n_symbols);
  };
  EXPECT_NEAR(mean(metrics.sum_sinr, metrics) / mean(all.metrics[0].sum_sinr, all.metrics[0]), 1,
              0.07);
  for (std::size_t i = 0; i < llrs.size(); ++i)
    ASSERT_EQ(llrs[i], all.llr(0, i));
}

INSTANTIATE_TEST_SUITE_P(Rows, Detector, testing::ValuesIn(all_rows()), [](const auto& param_info) {
  return readable(param_info.param->name);
});

/// Highway picks the widest instruction set of the machine; each test leaves it as it was.
class OnlyTarget {
public:
  explicit OnlyTarget(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  ~OnlyTarget() {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

TEST(DetectSimd, AgreesWithTheTextbookOnEveryInstructionSet) {
  // HWY_TARGETS: those that kernels are compiled for.
  const std::int64_t all = hwy::SupportedTargets() & HWY_TARGETS;
  for (std::int64_t left = all; left != 0; left &= left - 1) {
    const OnlyTarget only(left & -left);
    SCOPED_TRACE(hwy::TargetName(left & -left));
    for (const SceneSpec& spec : shapes()) {
      if (spec.grid_prbs > 100 || spec.n_ports > 8)
        continue;
      DetectScene scene(spec, 3);
      auto detect = make_for(detect_rows()[0], spec);
      const Received run(scene, detect);
      for (std::size_t g = 0; g < scene.grants.size(); ++g)
        expect_llrs(scene, run, g);
    }
  }
}

TEST(GoldWords, AgreesWithTheClauseBitByBit) {
  for (const std::uint32_t c_init : {0U, 1U, 0x12345678U, 0x7FFFFFFFU})
    for (const std::size_t n_words : {1U, 31U, 32U, 512U, 1500U}) {
      std::vector<std::uint32_t> words(n_words);
      gold_words(c_init, words);
      const auto c = test::gold_oracle(c_init, static_cast<std::int64_t>(n_words) * 32);
      for (std::size_t i = 0; i < c.size(); ++i)
        ASSERT_EQ((words[i / 32] >> (i % 32)) & 1U, c[i]) << "bit " << i;
    }
}

} // namespace
} // namespace airan

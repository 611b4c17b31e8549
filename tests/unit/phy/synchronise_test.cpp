// SPDX-License-Identifier: Apache-2.0
// sync: auto on signals made from DM-RS sequences and random data.
#include "kernels/primitives/dmrs_sequence.hpp"
#include "kernels/primitives/fft.hpp"
#include "phy/check_grants.hpp"
#include "phy/synchronise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>
#include <span>
#include <vector>

namespace airan {
namespace {

/// What is sent and how it is received.
struct Scene {
  OfdmTiming timing{1, CyclicPrefix::normal, 512};
  std::int32_t n_prb = 24;
  std::int32_t n_ports = 2;
  PuschGrant grant;                        ///< of every granted slot
  std::vector<std::int64_t> granted;       ///< counts of the slots
  PuschGrant other_grant;                  ///< of some of the granted slots
  std::vector<std::int64_t> other_granted; ///< counts of these
  std::vector<std::int64_t> unsent;        ///< counts of slots in which `grant` is not used
  double cfo_hz = 0;
  double snr_db = 10; ///< per port and RE
  double phase_compensation_hz = 0;
};

PuschGrant wide_grant(std::int32_t n_prb) {
  PuschGrant g;
  g.rnti = 17;
  g.rb_size = n_prb;
  g.nr_of_symbols = 14;
  g.nr_of_layers = 1;
  g.mcs_table = 0;
  g.mcs_index = 4;
  g.dmrs_ports = 1;
  g.ul_dmrs_symb_pos = (1 << 2) | (1 << 11);
  return g;
}

bool contains(std::span<const std::int64_t> counts, std::int64_t count) {
  return std::find(counts.begin(), counts.end(), count) != counts.end();
}

/// The signal of the granted slots from slot `first_count` on, noise of unit power per RE
/// everywhere, cut at `first_sample`.
class Recording {
public:
  Recording(const Scene& scene, std::uint32_t seed) : scene_(scene), generator_(seed) {
    cell_.numerology = scene.timing.numerology;
    cell_.cyclic_prefix = scene.timing.cyclic_prefix;
    cell_.n_prb = scene.n_prb;
    cell_.rx_ports = scene.n_ports;
    cell_.fft_size = scene.timing.fft_size;
    cell_.phase_compensation_hz = scene.phase_compensation_hz;
    for (const std::int64_t count : scene.granted) {
      const SlotId id = slot_id_at(cell_.id, count, cell_.numerology);
      SlotGrants grants;
      grants.sfn = id.sfn;
      grants.slot = id.slot;
      grants.pusch = {scene.grant};
      if (contains(scene.other_granted, count))
        grants.pusch.push_back(scene.other_grant);
      auto checked = check_grants(grants, cell_);
      if (!checked)
        throw std::runtime_error(checked.error().message);
      ids_.push_back(id);
      grants_.push_back(std::move(*checked));
    }
    for (std::size_t i = 0; i < ids_.size(); ++i)
      slots_.push_back({ids_[i], grants_[i]});
    for (std::int32_t i = 0; i < scene.n_ports * max_layers_per_user; ++i)
      channel_.push_back(normal() * std::sqrt(0.5));
  }

  /// Samples [first, first + n), sample 0 being the start of slot count 0.
  HostTensor<cf32, 2> samples(std::int64_t first, std::int32_t n) {
    HostTensor<cf32, 2> out({scene_.n_ports, n});
    for (std::int64_t i = 0; i < out.size(); ++i)
      out.data()[i] = normal();
    for (std::size_t i = 0; i < ids_.size(); ++i)
      add_slot(i, offset(ids_[i].count) - first, out.view());
    const double step = 2 * std::numbers::pi * scene_.cfo_hz / scene_.timing.sample_rate_hz();
    for (std::int32_t port = 0; port < scene_.n_ports; ++port) {
      for (std::int32_t i = 0; i < n; ++i) {
        const cf64 w = unit_phasor(step * i);
        out.view()(port, i) *= cf32{static_cast<float>(w.re), static_cast<float>(w.im)};
      }
    }
    return out;
  }

  std::int64_t offset(std::int64_t count) const {
    std::int64_t n = 0;
    for (std::int64_t c = 0; c < count; ++c)
      n += scene_.timing.slot_samples(static_cast<std::int32_t>(c % 80));
    return n;
  }

  SyncRequest request(const HostTensor<cf32, 2>& samples) const {
    SyncRequest r;
    r.samples = samples.view();
    r.slots = slots_;
    r.timing = scene_.timing;
    r.cell = cell_;
    return r;
  }

private:
  cf32 normal() {
    std::normal_distribution<float> n(0.0F, std::sqrt(0.5F));
    return {n(generator_), n(generator_)};
  }

  void add_slot(std::size_t slot, std::int64_t at, View<cf32, 2> out) {
    const OfdmTiming& t = scene_.timing;
    const std::int32_t n = t.fft_size;
    // Samples have unit noise power, so each RE has noise power 1 after an FFT scaled by 1/sqrt(N).
    const auto amplitude = static_cast<float>(std::sqrt(std::pow(10.0, scene_.snr_db / 10.0) / n));
    const auto ifft = make_fft(default_fft_library(), n, FftDirection::inverse);
    std::vector<cf32> bins(static_cast<std::size_t>(n));
    std::vector<cf32> time(bins.size());
    std::int64_t start = at;
    for (std::int32_t l = 0; l < t.n_symbols(); ++l) {
      const std::int32_t prefix = t.cp_samples(ids_[slot].slot, l);
      const double subframe_s = (t.slot_start_in_subframe(ids_[slot].slot) +
                                 t.symbol_start(ids_[slot].slot, l) + prefix) /
                                t.sample_rate_hz();
      const cf64 up =
          unit_phasor(-2 * std::numbers::pi * scene_.phase_compensation_hz * subframe_s);
      for (std::int32_t layer = 0; layer < scene_.grant.nr_of_layers; ++layer) {
        std::fill(bins.begin(), bins.end(), cf32{});
        for (const CheckedGrant& grant : grants_[slot])
          if (layer < grant.dmrs.layers.size() &&
              !(grant.rnti == scene_.grant.rnti && contains(scene_.unsent, ids_[slot].count)))
            fill_symbol(grant, l, layer, bins);
        ifft->run(bins, time);
        for (std::int32_t port = 0; port < scene_.n_ports; ++port) {
          const cf32 h = channel_[static_cast<std::size_t>(port * max_layers_per_user + layer)] *
                         cf32{static_cast<float>(up.re), static_cast<float>(up.im)} * amplitude;
          for (std::int32_t i = 0; i < prefix + n; ++i) {
            const std::int64_t to = start + i;
            if (to >= 0 && to < out.extent(1))
              out(port, to) += h * time[static_cast<std::size_t>((i - prefix + n) % n)];
          }
        }
      }
      start += prefix + n;
    }
  }

  /// The bins of a layer in a symbol: random data and the DM-RS.
  void
  fill_symbol(const CheckedGrant& g, std::int32_t l, std::int32_t layer, std::vector<cf32>& bins) {
    const auto bin = [&](std::int32_t k) -> cf32& {
      const std::int32_t n = scene_.timing.fft_size;
      return bins[static_cast<std::size_t>((k - scene_.n_prb * 6 + n) % n)];
    };
    if (l < g.first_symbol || l >= g.first_symbol + g.n_symbols)
      return;
    const PrbRange prbs = g.hop_of_symbol(l).prbs;
    for (std::int32_t k = 0; k < prbs.n_subcarriers(); ++k) {
      const float re = (generator_() & 1U) != 0 ? 0.7071068F : -0.7071068F;
      const float im = (generator_() & 1U) != 0 ? 0.7071068F : -0.7071068F;
      if ((g.data_mask[static_cast<std::size_t>(l)] >> (k % 12) & 1) != 0)
        bin(prbs.first_subcarrier() + k) = {re, im};
    }
    for (const DmrsSymbol& symbol : g.dmrs.symbols) {
      if (symbol.symbol != l)
        continue;
      const std::int32_t per_prb = g.dmrs.pilots_per_prb();
      std::vector<cf32> pilots(static_cast<std::size_t>(prbs.count * per_prb));
      dmrs_sequence(g, symbol, pilots);
      const DmrsLayer& port = g.dmrs.layers[layer];
      for (std::int32_t i = 0; i < prbs.count * per_prb; ++i) {
        const float cover = port.w_f[static_cast<std::size_t>(i % 2)] *
                            port.w_t[static_cast<std::size_t>(symbol.l_prime)];
        bin((prbs.first + i / per_prb) * 12 + g.dmrs.pilot_subcarrier(i % per_prb, port.delta)) =
            pilots[static_cast<std::size_t>(i)] * (cover * g.dmrs.amplitude);
      }
    }
  }

  Scene scene_;
  std::mt19937 generator_;
  CellSettings cell_;
  std::vector<SlotId> ids_;
  std::vector<std::vector<CheckedGrant>> grants_;
  std::vector<SyncSlot> slots_;
  std::vector<cf32> channel_; ///< [port, layer]
};

std::vector<std::int64_t> counts(std::int64_t first, std::int64_t n) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < n; ++i)
    out.push_back(first + i);
  return out;
}

/// Cuts the recording at `first` (samples from slot 0) and expects the slots where they are.
/// `label_shift`: by how many slots the expected labels differ from those that were sent.
void expect_found(const Scene& scene,
                  Recording& recording,
                  std::int64_t first,
                  std::int32_t n,
                  double cfo_tolerance_hz,
                  std::int64_t label_shift = 0) {
  const auto samples = recording.samples(first, n);
  const auto result = synchronise(recording.request(samples));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  const std::int64_t wanted = recording.offset(result->first_slot.count - label_shift) - first;
  // The receiver's window begins 5/16 of a prefix early: an eighth of it leaves room for echoes.
  EXPECT_LE(std::abs(result->first_sample - wanted), scene.timing.cp_samples(0, 1) / 8)
      << "first sample " << result->first_sample << " of slot " << result->first_slot.count;
  // The first whole slot, except before slot 0.
  EXPECT_LT(result->first_sample,
            scene.timing.max_slot_samples() + (result->first_slot.count == 0 ? n : 0));
  EXPECT_NEAR(result->cfo_hz, scene.cfo_hz, cfo_tolerance_hz);
}

std::int32_t samples_of_ms(const OfdmTiming& timing, double ms) {
  return static_cast<std::int32_t>(ms * 1e-3 * timing.sample_rate_hz());
}

TEST(Synchronise, FindsRandomStartsWithNoiseBeforeTheFirstGrantedSlot) {
  std::mt19937 generator(1);
  for (std::uint32_t i = 0; i < 20; ++i) {
    Scene scene;
    scene.grant = wide_grant(24);
    scene.granted = counts(40, 10);
    scene.cfo_hz = std::uniform_real_distribution<double>(-1000, 1000)(generator);
    Recording recording(scene, i);
    const auto before =
        std::uniform_int_distribution<std::int32_t>(0, samples_of_ms(scene.timing, 10))(generator);
    expect_found(scene, recording, recording.offset(40) - before, samples_of_ms(scene.timing, 16),
                 50);
  }
}

TEST(Synchronise, FindsRandomStartsAmongTheGrantedSlots) {
  std::mt19937 generator(2);
  for (std::uint32_t i = 0; i < 20; ++i) {
    Scene scene;
    scene.grant = wide_grant(24);
    scene.granted = counts(0, 60);
    scene.cfo_hz = std::uniform_real_distribution<double>(-1000, 1000)(generator);
    Recording recording(scene, 100 + i);
    const auto first =
        std::uniform_int_distribution<std::int32_t>(0, samples_of_ms(scene.timing, 10))(generator);
    expect_found(scene, recording, first, samples_of_ms(scene.timing, 20), 50);
  }
}

TEST(Synchronise, FindsOneGrantedSlotInARecordingThatIsSampledFast) {
  Scene scene;
  scene.timing.fft_size = 4096;
  scene.n_prb = 273;
  scene.grant = wide_grant(24);
  scene.grant.rb_start = 200;
  scene.granted = {7};
  scene.cfo_hz = -870;
  Recording recording(scene, 3);
  expect_found(scene, recording, -samples_of_ms(scene.timing, 3.3), samples_of_ms(scene.timing, 8),
               50);
}

TEST(Synchronise, WorksForAllNumerologiesPrefixesAndOneDmrsSymbol) {
  for (std::int32_t numerology = 0; numerology <= 3; ++numerology) {
    for (const CyclicPrefix prefix : {CyclicPrefix::normal, CyclicPrefix::extended}) {
      for (const std::int32_t dmrs : {1 << 2, (1 << 2) | (1 << 9)}) {
        if (prefix == CyclicPrefix::extended && numerology != 2)
          continue; // TS 38.211 table 4.2-1
        Scene scene;
        scene.timing = {numerology, prefix, 384};
        scene.grant = wide_grant(24);
        scene.grant.nr_of_symbols = scene.timing.n_symbols();
        scene.grant.ul_dmrs_symb_pos = dmrs;
        scene.granted = counts(3, 12);
        scene.cfo_hz = 700;
        Recording recording(scene, static_cast<std::uint32_t>(10 + numerology));
        expect_found(scene, recording, -samples_of_ms(scene.timing, 0.6),
                     samples_of_ms(scene.timing, 7), 50);
        expect_found(scene, recording, recording.offset(5) + scene.timing.fft_size * 3,
                     samples_of_ms(scene.timing, 6), 50);
      }
    }
  }
}

TEST(Synchronise, LabelsLowPaprDmrsThatRepeatEverySlotWithTheFirstGrantedSlot) {
  Scene scene;
  scene.grant = wide_grant(24);
  scene.grant.transform_precoding = 1;
  scene.grant.mcs_table = 3;
  scene.granted = counts(4, 10);
  scene.cfo_hz = 300;
  Recording recording(scene, 5);
  expect_found(scene, recording, 100, samples_of_ms(scene.timing, 9), 50);
  // Cut in the third granted slot: its end tells it from the first,
  expect_found(scene, recording, recording.offset(6) + 5000, samples_of_ms(scene.timing, 9), 50);
  // and without the end nothing does.
  expect_found(scene, recording, recording.offset(6) + 5000, samples_of_ms(scene.timing, 3), 50,
               -3);
}

/// 120 kHz, a DFT-s-OFDM user in all of 20 slots and a CP-OFDM user beside it in half of them.
Scene two_waveforms() {
  Scene scene;
  scene.timing = {3, CyclicPrefix::normal, 1024};
  scene.n_prb = 52;
  scene.grant = wide_grant(25);
  scene.grant.rb_start = 26;
  scene.grant.transform_precoding = 1;
  scene.grant.mcs_table = 3;
  scene.other_grant = wide_grant(26);
  scene.other_grant.rnti = 18;
  scene.granted = counts(45, 20);
  constexpr std::array<std::int64_t, 5> active{0, 3, 4, 7, 8};
  for (const std::int64_t count : scene.granted)
    if (contains(active, (count - 45) % 10))
      scene.other_granted.push_back(count);
  scene.snr_db = 32;
  scene.cfo_hz = -400;
  return scene;
}

TEST(Synchronise, LabelsByAllUsersWhereOneUsersDmrsRepeatEverySlot) {
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    const Scene scene = two_waveforms();
    Recording recording(scene, 200 + seed);
    // With noise before the granted slots, and cut in the midst of one of them.
    expect_found(scene, recording, recording.offset(45) - 60000 - 7777 * seed,
                 samples_of_ms(scene.timing, 6), 200);
    expect_found(scene, recording, recording.offset(46 + seed) + 5000,
                 samples_of_ms(scene.timing, 5), 200);
  }
}

TEST(Synchronise, LetsSequencesThatDifferFromSlotToSlotDecideOverRepeatingOnes) {
  // The user whose DM-RS repeat leaves its first three and last three grants unused: its DM-RS
  // alone fit seven labels. The other user, in one slot only, says which one it is.
  Scene scene = two_waveforms();
  scene.other_granted = {53};
  scene.unsent = {45, 46, 47, 62, 63, 64};
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    Recording recording(scene, 300 + seed);
    expect_found(scene, recording, recording.offset(45) - 60000 - 7777 * seed,
                 samples_of_ms(scene.timing, 6), 200);
  }
}

TEST(Synchronise, LabelsDespiteGrantsThatAreNotUsed) {
  Scene scene = two_waveforms();
  scene.unsent = {46, 50, 51, 58};
  Recording recording(scene, 400);
  expect_found(scene, recording, recording.offset(45) - 60000, samples_of_ms(scene.timing, 6), 200);
}

TEST(Synchronise, MeasuresTheCarrierOffsetFromNeighbouringSlotsUnderPhaseCompensation) {
  // One DM-RS symbol per slot, the same in every slot, and a carrier that turns by half a cycle
  // from slot to slot: 15 kHz x 0.5 ms = 7.5.
  Scene scene;
  scene.grant = wide_grant(24);
  scene.grant.transform_precoding = 1;
  scene.grant.mcs_table = 3;
  scene.grant.ul_dmrs_symb_pos = 1 << 2;
  scene.granted = counts(4, 10);
  scene.cfo_hz = 300;
  scene.phase_compensation_hz = 3.5e9 + 15e3;
  Recording recording(scene, 5);
  expect_found(scene, recording, 100, samples_of_ms(scene.timing, 9), 50);
}

TEST(Synchronise, FindsSeveralLayersAndTakesPhaseCompensationIntoAccount) {
  Scene scene;
  scene.n_ports = 4;
  scene.grant = wide_grant(20);
  scene.grant.nr_of_layers = 4;
  scene.grant.dmrs_ports = 0xF;
  scene.granted = counts(0, 10);
  scene.cfo_hz = 640;
  scene.phase_compensation_hz = 3.5e9 + 1234;
  Recording recording(scene, 6);
  expect_found(scene, recording, -3000, samples_of_ms(scene.timing, 6), 50);
}

TEST(Synchronise, FindsASmallAllocationInAWideCarrier) {
  Scene scene;
  scene.timing.fft_size = 2048;
  scene.n_prb = 106;
  scene.grant = wide_grant(2);
  scene.grant.rb_start = 90;
  scene.granted = counts(0, 20);
  scene.snr_db = 20;
  Recording recording(scene, 7);
  expect_found(scene, recording, -20000, samples_of_ms(scene.timing, 8), 100);
}

TEST(Synchronise, UsesTheStatedLabelOfTheFirstWholeSlot) {
  Scene scene;
  scene.grant = wide_grant(24);
  scene.granted = counts(0, 60);
  Recording recording(scene, 8);
  const auto samples =
      recording.samples(recording.offset(6) - 777, samples_of_ms(scene.timing, 12));
  SyncRequest request = recording.request(samples);
  request.first_count = 6;
  const auto result = synchronise(request);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->first_slot.count, 6);
  EXPECT_NEAR(static_cast<double>(result->first_sample), 777, 4);
  // A label that the DM-RS contradict.
  request.first_count = 7;
  EXPECT_FALSE(synchronise(request).has_value());
}

TEST(Synchronise, TakesARecordingThatBeginsExactlyWithASlot) {
  Scene scene;
  scene.grant = wide_grant(24);
  scene.granted = counts(2, 10);
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    Recording recording(scene, 20 + seed);
    const auto samples = recording.samples(recording.offset(2), samples_of_ms(scene.timing, 4));
    const auto result = synchronise(recording.request(samples));
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(result->first_slot.count, 2);
    EXPECT_LE(result->first_sample, 2);
  }
}

TEST(Synchronise, SaysThatNothingIsFoundInNoiseOrSilence) {
  Scene scene;
  scene.grant = wide_grant(24);
  scene.granted = counts(0, 20);
  scene.snr_db = -300;
  Recording recording(scene, 9);
  const auto noise = recording.samples(0, samples_of_ms(scene.timing, 12));
  const auto result = synchronise(recording.request(noise));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::file);
  EXPECT_NE(result.error().message.find("found no DM-RS"), std::string::npos);

  const HostTensor<cf32, 2> silence({2, samples_of_ms(scene.timing, 12)});
  EXPECT_FALSE(synchronise(recording.request(silence)).has_value());
  const HostTensor<cf32, 2> nothing({2, 10});
  EXPECT_FALSE(synchronise(recording.request(nothing)).has_value());
}

TEST(Synchronise, UnpacksAStretchOfTheFirstPorts) {
  const std::vector<std::int16_t> values(6 * 2 * 5000, 16384);
  TimeDomainIq iq;
  iq.bytes = std::as_bytes(std::span(values));
  iq.n_ports = 6;
  iq.n_samples = 5000;
  iq.port_stride = 4;
  iq.sample_stride = 24;
  const std::vector<SampleRange> missing{{100, 1}};
  iq.missing = missing;
  const auto samples = unpack_stretch(iq, {1, CyclicPrefix::normal, 128});
  EXPECT_EQ(samples.view().extent(0), sync_max_ports);
  EXPECT_EQ(samples.view().extent(1), 5000);
  EXPECT_EQ(samples.view()(3, 4999), (cf32{0.5F, 0.5F}));
  EXPECT_EQ(samples.view()(0, 100), cf32{});
}

} // namespace
} // namespace airan

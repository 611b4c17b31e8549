// SPDX-License-Identifier: Apache-2.0
// UnpackIq and DemodulateOfdm against a slot that another implementation gives in both domains.
#include "io/open_source.hpp"
#include "kernels/demodulate_ofdm.hpp"
#include "kernels/unpack_iq.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "tests/support/hdf5_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace airan {
namespace {

CellSettings recorded_cell() {
  CellSettings cell;
  cell.rx_ports = 4;
  cell.fft_size = 4096;
  return cell;
}

/// The grid [port, symbol, subcarrier] of the slot in the recording.
HostTensor<cf32, 3> demodulated_grid(const std::string& path, const CellSettings& cell) {
  SourceSettings settings;
  settings.path = path;
  auto source = io::open_source(settings, cell, {});
  EXPECT_TRUE(source) << source.error().message;
  const SlotId id = slot_id_at(cell.id, 0, cell.numerology);
  const auto iq = (*source)->read(id);
  EXPECT_TRUE(iq) << iq.error().message;

  const OfdmTiming timing{cell.numerology, cell.cyclic_prefix, *cell.fft_size};
  const auto& time_domain = std::get<TimeDomainIq>((*iq)->iq);
  HostTensor<cf32, 2> samples(
      {cell.rx_ports, static_cast<std::int32_t>(timing.slot_samples(0) + 2 * time_domain.margin)});
  HostTensor<std::uint8_t, 2> missing({cell.rx_ports, 14});
  HostTensor<cf32, 3> re({cell.rx_ports, 14, cell.n_subcarriers()});
  HostTensor<std::uint8_t, 3> valid({cell.rx_ports, 14, cell.n_prb});
  SampleBuffer buffer{id, samples.ref(), time_domain.margin, missing.ref()};

  PlanLimits limits;
  limits.n_ports = cell.rx_ports;
  limits.fft_size = *cell.fft_size;
  InlineQueue queue;
  const UnpackIqSlot unpack{.iq = *iq, .samples = &buffer, .timing = timing, .n_bad = {}};
  (*select_row(unpack_iq_rows(), {"unpack_iq", "", "cpu", ""}, limits))
      ->make(limits)
      ->run({{&unpack, 1}}, queue);
  const DemodulateOfdmSlot demodulate{
      .samples = buffer, .grid = {id, re.ref(), valid.ref()}, .timing = timing};
  (*select_row(demodulate_ofdm_rows(), {"demodulate_ofdm", "", "cpu", ""}, limits))
      ->make(limits)
      ->run({{&demodulate, 1}}, queue);
  for (std::int64_t i = 0; i < valid.size(); ++i)
    EXPECT_EQ(valid.data()[i], 1);
  return re;
}

TEST(DemodulateOfdm, GivesTheGridOfAerialsTimeDomainSlot) {
  const std::string name = std::string(AIRAN_SOURCE_DIR) + "/testvectors/aerial_model/TVtd_1";
  const auto grid = demodulated_grid(name + ".sigmf-meta", recorded_cell());
  const auto reference = test::Hdf5File(name + ".h5").complex_values("grid");
  ASSERT_EQ(std::ssize(reference), grid.size());
  // The scale of a recording is arbitrary: the best factor is taken out.
  cf64 product;
  double reference_power = 0;
  double power = 0;
  for (std::int64_t i = 0; i < grid.size(); ++i) {
    const cf64 a{grid.data()[i].re, grid.data()[i].im};
    const cf64 b{reference[static_cast<std::size_t>(i)].re,
                 reference[static_cast<std::size_t>(i)].im};
    product += a * conj(b);
    reference_power += norm(b);
    power += norm(a);
  }
  const double correlation = norm(product) / (power * reference_power);
  // The files were quantised separately: they differ by white noise at 4e-7 of the power. A window
  // that is one sample off would lose 1e-2.
  EXPECT_GT(correlation, 1 - 1e-6);
  EXPECT_NEAR(arg(product), 0, 1e-4);
}

} // namespace
} // namespace airan

// SPDX-License-Identifier: Apache-2.0
// The transmitter against the noise-free transmit grids of testvectors/sionna.
#include "io/files/grants_reader.hpp"
#include "phy/check_grants.hpp"
#include "runtime/buffer.hpp"
#include "simulation/pusch_transmitter.hpp"
#include "tests/support/hdf5_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

namespace airan::simulation {
namespace {

std::vector<std::string> vector_names() {
  std::vector<std::string> names;
  const std::filesystem::path folder = std::string(AIRAN_SOURCE_DIR) + "/testvectors/sionna";
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".h5")
      names.push_back((folder / entry.path().stem()).string());
  std::sort(names.begin(), names.end());
  return names;
}

/// The grant of the vector, checked.
Result<std::vector<CheckedGrant>> checked_grants(const std::string& name,
                                                 const CellSettings& cell) {
  auto reader = io::GrantsReader::open({name + ".grants.jsonl", cell.id, cell.numerology, {}, {}});
  if (!reader)
    return tl::unexpected(reader.error());
  auto line = reader->next();
  if (!line)
    return tl::unexpected(line.error());
  return check_grants((*line)->grants, cell);
}

std::vector<cf32> precoder_of(const test::Hdf5File& file, const CheckedGrant& grant) {
  if (file.text_attribute("precoding") != "codebook")
    return {};
  const CodebookPrecoder precoder{
      static_cast<std::int32_t>(file.integer_attribute("n_antenna_ports").value()),
      static_cast<std::int32_t>(file.integer_attribute("tpmi").value())};
  auto w = codebook_matrix(precoder, grant.n_layers, grant.waveform);
  EXPECT_TRUE(w) << w.error().message;
  return w.value_or(std::vector<cf32>{});
}

/// Norm of the difference over norm of the reference.
double relative_error(View<const cf32, 3> grid, const std::vector<cf32>& reference) {
  double error = 0;
  double power = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    error += norm(grid.data()[i] - reference[i]);
    power += norm(reference[i]);
  }
  return std::sqrt(error / power);
}

TEST(PuschTransmitter, ReproducesTheTransmitGridsOfSionna) {
  std::int32_t n_reproduced = 0;
  double largest = 0;
  for (const std::string& name : vector_names()) {
    SCOPED_TRACE(name);
    const test::Hdf5File file(name + ".h5");
    const auto extents = file.extents("grid"); // [slot, port, symbol, subcarrier]
    ASSERT_EQ(extents.size(), 4U);
    ASSERT_EQ(extents[0], 1);
    CellSettings cell;
    cell.numerology = static_cast<std::int32_t>(file.integer_attribute("numerology").value());
    cell.n_prb = static_cast<std::int32_t>(file.integer_attribute("n_prb").value());
    cell.rx_ports = static_cast<std::int32_t>(extents[1]);
    const auto grants = checked_grants(name, cell);
    ASSERT_TRUE(grants) << grants.error().message;
    ASSERT_EQ(grants->size(), 1U);
    const auto payload = file.bytes("payload");
    const auto precoder = precoder_of(file, grants->front());
    HostTensor<cf32, 3> grid({cell.rx_ports, cell.n_symbols(), cell.n_subcarriers()});
    transmit_pusch({&grants->front(), payload, precoder}, grid.view());
    const auto reference = file.complex_values("grid");
    ASSERT_EQ(std::ssize(reference), grid.size());
    const double error = relative_error(grid.view(), reference);
    EXPECT_LT(error, 1e-6);
    largest = std::max(largest, error);
    n_reproduced += error < 1e-6 ? 1 : 0;
  }
  EXPECT_EQ(n_reproduced, 63);
  RecordProperty("largest_relative_error", std::to_string(largest * 1e9) + "e-9");
}

} // namespace
} // namespace airan::simulation

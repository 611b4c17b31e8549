// SPDX-License-Identifier: Apache-2.0
// Tests of grid recordings: reading slot by slot, attributes, files that do not fit.
#include "io/files/grid_source.hpp"
#include "io/writers/recording_writers.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstring>
#include <filesystem>
#include <limits>
#include <vector>

namespace airan::io {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

CellSettings cell_of(std::int32_t ports, std::int32_t n_prb) {
  CellSettings c;
  c.n_prb = n_prb;
  c.rx_ports = ports;
  return c;
}

/// Slot s, port p, symbol l, subcarrier k hold s * 1000 + p * 100 + l + j k.
std::string write_grid(const TemporaryFolder& folder, std::int32_t n_slots) {
  const std::string path = folder.path("g.h5");
  auto writer = GridWriter::create(path, {1, CyclicPrefix::normal, 3, 5, 2, 1023, 18});
  EXPECT_TRUE(writer) << writer.error().message;
  std::vector<cf32> slot(2 * 14 * 36);
  for (std::int32_t s = 0; s < n_slots; ++s) {
    const View<cf32, 3> view(slot.data(), {2, 14, 36});
    for (std::int32_t p = 0; p < 2; ++p)
      for (std::int32_t l = 0; l < 14; ++l)
        for (std::int32_t k = 0; k < 36; ++k)
          view(p, l, k) = {static_cast<float>(s * 1000 + p * 100 + l), static_cast<float>(k)};
    EXPECT_TRUE(writer->append(view));
  }
  EXPECT_TRUE(writer->finish());
  return path;
}

TEST(GridSource, ReadsSlotBySlotWhatTheWriterWrote) {
  const TemporaryFolder folder;
  const std::string path = write_grid(folder, 5);
  const auto facts = probe_grid(path);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->numerology, 1);
  EXPECT_EQ(facts->cyclic_prefix, CyclicPrefix::normal);
  EXPECT_EQ(facts->n_prb, 3);
  EXPECT_EQ(facts->first_prb, 5);
  EXPECT_EQ(facts->rx_ports, 2);
  EXPECT_EQ(facts->first_sfn, 1023);
  EXPECT_EQ(facts->first_slot, 18);
  auto source = open_grid_source(path, cell_of(2, 3), {20478, 0, 2});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ((*source)->end_count(), 20483);
  for (std::int32_t s = 0; s < 5; ++s) {
    const auto slot = (*source)->read(slot_id_at(1, 20478 + s, 1));
    ASSERT_TRUE(slot);
    const auto& iq = std::get<FrequencyDomainIq>((*slot)->iq);
    ASSERT_EQ(iq.runs.size(), 28U); // one per port and symbol
    for (const PrbRun& run : iq.runs) {
      EXPECT_EQ(run.format.number, IqNumber::float32);
      EXPECT_EQ(run.first_prb, 0);
      ASSERT_EQ(run.n_prb, 3);
      std::array<cf32, 36> re;
      std::memcpy(re.data(), run.bytes, sizeof(re));
      for (std::int32_t k = 0; k < 36; ++k)
        ASSERT_EQ(re[static_cast<std::size_t>(k)],
                  (cf32{static_cast<float>(s * 1000 + run.port * 100 + run.symbol),
                        static_cast<float>(k)}));
    }
    (*source)->release(*slot);
  }
}

TEST(GridSource, FlagsEveryPrbOfASlotThatTheFileDoesNotHold) {
  const TemporaryFolder folder;
  auto source = open_grid_source(write_grid(folder, 1), cell_of(2, 3), {10, 0, 3});
  ASSERT_TRUE(source);
  for (const std::int64_t count : {9, 11, 100000}) {
    const auto slot = (*source)->read(slot_id_at(1, count, 1));
    EXPECT_TRUE(std::get<FrequencyDomainIq>((*slot)->iq).runs.empty());
  }
  EXPECT_EQ((*source)->trouble().n_unreadable, 0);
}

TEST(GridSource, RefusesACellOfAnotherShape) {
  const TemporaryFolder folder;
  const std::string path = write_grid(folder, 1);
  EXPECT_THAT(open_grid_source(path, cell_of(1, 3), {}).error().message, HasSubstr("2 ports"));
  EXPECT_THAT(open_grid_source(path, cell_of(2, 4), {}).error().message, HasSubstr("3 PRB"));
}

TEST(GridSource, ErasesAndCountsSlotsThatVanishWhileItRuns) {
  const TemporaryFolder folder;
  const std::string path = write_grid(folder, 40);
  auto source = open_grid_source(path, cell_of(2, 3), {0, 0, 1});
  ASSERT_TRUE(source);
  std::filesystem::resize_file(path, 60000); // 40 slots take 40 * 8064 bytes
  const auto slot = (*source)->read(slot_id_at(1, 39, 1));
  ASSERT_TRUE(slot);
  EXPECT_TRUE(std::get<FrequencyDomainIq>((*slot)->iq).runs.empty());
  EXPECT_EQ((*source)->trouble().n_unreadable, 1);
}

TEST(GridSource, RefusesFilesThatAreNoHdf5) {
  const TemporaryFolder folder;
  EXPECT_THAT(probe_grid(folder.path("absent")).error().message, HasSubstr("No such file"));
  EXPECT_THAT(probe_grid(folder.root()).error().message, HasSubstr("folder"));
  EXPECT_THAT(probe_grid(folder.write("t.h5", "not HDF5")).error().message, HasSubstr("no HDF5"));
  const std::string path = write_grid(folder, 3);
  std::filesystem::resize_file(path, 10000);
  EXPECT_THAT(probe_grid(path).error().message, HasSubstr("truncated"));
}

/// A file with a dataset of any shape and type, and integer attributes.
struct Forged {
  std::string dataset = "grid";
  std::vector<hsize_t> shape{1, 1, 14, 12};
  hid_t component = H5T_NATIVE_FLOAT;
  const char* imaginary = "i";
  std::vector<std::pair<const char*, int>> attributes;
  const char* cyclic_prefix = nullptr;
};

std::string error_of(const TemporaryFolder& folder, const Forged& f) {
  const std::string path = folder.path("forged.h5");
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const std::size_t size = H5Tget_size(f.component);
  const hid_t type = H5Tcreate(H5T_COMPOUND, 2 * size);
  H5Tinsert(type, "r", 0, f.component);
  H5Tinsert(type, f.imaginary, size, f.component);
  const hid_t space = H5Screate_simple(static_cast<int>(f.shape.size()), f.shape.data(), nullptr);
  const hid_t dataset =
      H5Dcreate2(file, f.dataset.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t scalar = H5Screate(H5S_SCALAR);
  for (const auto& [name, value] : f.attributes) {
    const hid_t a = H5Acreate2(dataset, name, H5T_STD_I64BE, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(a, H5T_NATIVE_INT, &value);
    H5Aclose(a);
  }
  if (f.cyclic_prefix != nullptr) {
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    const hid_t a = H5Acreate2(dataset, "cyclic_prefix", text, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(a, text, &f.cyclic_prefix);
    H5Aclose(a);
    H5Tclose(text);
  }
  H5Sclose(scalar);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Tclose(type);
  H5Fclose(file);
  const auto r = probe_grid(path);
  if (r)
    return "(accepted)";
  EXPECT_EQ(r.error().kind, ErrorKind::file);
  return r.error().message;
}

TEST(GridSource, RefusesDatasetsOfTheWrongTypeOrShape) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of(folder, {}), "(accepted)");
  Forged f;
  f.dataset = "mesh";
  EXPECT_THAT(error_of(folder, f), HasSubstr("no dataset"));
  f = {};
  f.component = H5T_NATIVE_DOUBLE;
  EXPECT_THAT(error_of(folder, f), HasSubstr("complex float32"));
  f = {};
  f.component = H5T_NATIVE_INT32;
  EXPECT_THAT(error_of(folder, f), HasSubstr("complex float32"));
  f = {};
  f.imaginary = "q";
  EXPECT_THAT(error_of(folder, f), HasSubstr("complex float32"));
  const std::vector<std::vector<hsize_t>> shapes{
      {14, 12},        {1, 14, 12},    {1, 1, 1, 14, 12}, {0, 1, 14, 12}, {1, 0, 14, 12},
      {1, 65, 14, 12}, {1, 1, 13, 12}, {1, 1, 14, 13},    {1, 1, 14, 0},  {1, 1, 14, 3312}};
  for (const auto& shape : shapes) {
    f = {};
    f.shape = shape;
    EXPECT_THAT(error_of(folder, f), HasSubstr("[slot, port"));
  }
}

TEST(GridSource, RefusesAttributesThatContradictOrAreOutOfRange) {
  const TemporaryFolder folder;
  Forged f;
  f.attributes = {{"numerology", 1}, {"n_prb", 1}, {"first_sfn", 1023}, {"first_slot", 19}};
  f.cyclic_prefix = "normal";
  EXPECT_EQ(error_of(folder, f), "(accepted)");
  const std::vector<std::pair<const char*, int>> bad{{"numerology", 4},  {"numerology", -1},
                                                     {"n_prb", 2},       {"first_sfn", 1024},
                                                     {"first_slot", 80}, {"first_prb", -1}};
  for (const auto& attribute : bad) {
    f = {};
    f.attributes = {attribute};
    EXPECT_THAT(error_of(folder, f), HasSubstr(attribute.first));
  }
  f = {};
  f.cyclic_prefix = "extended";
  EXPECT_THAT(error_of(folder, f), HasSubstr("contradicts"));
  f.cyclic_prefix = "long";
  EXPECT_THAT(error_of(folder, f), HasSubstr("normal or extended"));
  f = {};
  f.attributes = {{"cyclic_prefix", 0}};
  EXPECT_THAT(error_of(folder, f), HasSubstr("normal or extended"));
}

} // namespace
} // namespace airan::io

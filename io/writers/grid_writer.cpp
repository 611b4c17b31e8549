// SPDX-License-Identifier: Apache-2.0
// Writing grid recordings.
#include "core/assert.hpp"
#include "io/hdf5_handle.hpp"
#include "io/writers/recording_writers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace airan::io {

struct GridWriter::State {
  H5Handle file;
  H5Handle dataset;
  H5Handle memory_type;
  H5Handle memory_space;
  std::array<hsize_t, 4> size{}; ///< slot, port, symbol, subcarrier
  std::vector<cf32> slot;
  std::string path;
};

namespace {

bool write_attribute(hid_t dataset, const char* name, std::int32_t value) {
  const H5Handle space(H5Screate(H5S_SCALAR));
  const H5Handle a(H5Acreate2(dataset, name, H5T_STD_I32LE, space.get(), H5P_DEFAULT, H5P_DEFAULT));
  return a && H5Awrite(a.get(), H5T_NATIVE_INT32, &value) >= 0;
}

bool write_attribute(hid_t dataset, const char* name, const std::string& value) {
  const H5Handle space(H5Screate(H5S_SCALAR));
  const H5Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), value.size());
  const H5Handle a(H5Acreate2(dataset, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  return a && H5Awrite(a.get(), type.get(), value.data()) >= 0;
}

/// Compound r, i of little-endian float32, whatever the machine is.
H5Handle make_file_type() {
  H5Handle type(H5Tcreate(H5T_COMPOUND, sizeof(cf32)));
  H5Tinsert(type.get(), "r", 0, H5T_IEEE_F32LE);
  H5Tinsert(type.get(), "i", sizeof(float), H5T_IEEE_F32LE);
  return type;
}

} // namespace

GridWriter::GridWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
GridWriter::~GridWriter() = default;
GridWriter::GridWriter(GridWriter&&) noexcept = default;
GridWriter& GridWriter::operator=(GridWriter&&) noexcept = default;

Result<GridWriter> GridWriter::create(const std::string& path, const GridFacts& facts) {
  silence_hdf5();
  const auto refuse = [&] { return file_error(fmt::format("cannot write {} as HDF5", path)); };
  auto s = std::make_unique<State>();
  s->path = path;
  s->file = H5Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  if (!s->file)
    return refuse();
  s->size = {0, static_cast<hsize_t>(facts.n_ports),
             static_cast<hsize_t>(n_symbols_per_slot(facts.cyclic_prefix)),
             static_cast<hsize_t>(facts.n_prb) * 12};
  auto most = s->size;
  most[0] = H5S_UNLIMITED;
  auto chunk = s->size;
  chunk[0] = 1;
  const H5Handle space(H5Screate_simple(4, s->size.data(), most.data()));
  const H5Handle properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_chunk(properties.get(), 4, chunk.data());
  const H5Handle type = make_file_type();
  s->dataset = H5Handle(H5Dcreate2(s->file.get(), "grid", type.get(), space.get(), H5P_DEFAULT,
                                   properties.get(), H5P_DEFAULT));
  s->memory_type = make_complex_type();
  s->memory_space = H5Handle(H5Screate_simple(4, chunk.data(), nullptr));
  s->slot.resize(chunk[1] * chunk[2] * chunk[3]);
  const hid_t d = s->dataset.get();
  const bool normal = facts.cyclic_prefix == CyclicPrefix::normal;
  if (!s->dataset || !write_attribute(d, "numerology", facts.numerology) ||
      !write_attribute(d, "first_sfn", facts.first_sfn) ||
      !write_attribute(d, "first_slot", facts.first_slot) ||
      !write_attribute(d, "n_prb", facts.n_prb) ||
      !write_attribute(d, "first_prb", facts.first_prb) ||
      !write_attribute(d, "cyclic_prefix", std::string(normal ? "normal" : "extended")))
    return refuse();
  return GridWriter(std::move(s));
}

Result<void> GridWriter::append(View<const cf32, 3> grid) {
  State& s = *state_;
  for (std::size_t axis = 0; axis < 3; ++axis)
    AIRAN_ASSERT(static_cast<hsize_t>(grid.extent(axis)) == s.size[axis + 1],
                 "the shape of the slot differs from that of the file");
  auto out = s.slot.begin();
  for (std::int32_t p = 0; p < grid.extent(0); ++p)
    for (std::int32_t l = 0; l < grid.extent(1); ++l)
      for (std::int32_t k = 0; k < grid.extent(2); ++k)
        *out++ = grid(p, l, k);
  const std::array<hsize_t, 4> start{s.size[0], 0, 0, 0};
  ++s.size[0];
  auto count = s.size;
  count[0] = 1;
  if (H5Dset_extent(s.dataset.get(), s.size.data()) >= 0) {
    const H5Handle space(H5Dget_space(s.dataset.get()));
    H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    if (H5Dwrite(s.dataset.get(), s.memory_type.get(), s.memory_space.get(), space.get(),
                 H5P_DEFAULT, s.slot.data()) >= 0)
      return {};
  }
  return file_error(fmt::format("cannot write {}: is the disk full?", s.path));
}

Result<void> GridWriter::finish() {
  State& s = *state_;
  const bool flushed = H5Fflush(s.file.get(), H5F_SCOPE_LOCAL) >= 0;
  s.dataset.reset();
  s.file.reset();
  if (!flushed)
    return file_error(fmt::format("cannot write {}: is the disk full?", s.path));
  return {};
}

} // namespace airan::io

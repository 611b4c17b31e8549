// SPDX-License-Identifier: Apache-2.0
// Slots of a grid recording.
#include "io/files/grid_source.hpp"

#include "core/assert.hpp"
#include "io/files/regular_file.hpp"
#include "io/hdf5_handle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <string_view>

namespace airan::io {
namespace {

/// HDF5 reads a chunk as a whole.
constexpr hsize_t max_chunk_bytes = hsize_t{256} << 20;

struct GridFile {
  RegularFile bytes; ///< the same file, to see whether it is cut short
  H5Handle file;
  H5Handle dataset;
  std::array<hsize_t, 4> shape{}; ///< slot, port, symbol, subcarrier
  std::string path;
};

/// Both members float32; anything else would be converted without a word.
bool is_complex_float32(hid_t type) {
  if (H5Tget_class(type) != H5T_COMPOUND || H5Tget_nmembers(type) != 2)
    return false;
  for (const char* name : {"r", "i"}) {
    const int index = H5Tget_member_index(type, name);
    if (index < 0)
      return false;
    const H5Handle member(H5Tget_member_type(type, static_cast<unsigned>(index)));
    if (H5Tget_class(member.get()) != H5T_FLOAT || H5Tget_size(member.get()) != 4)
      return false;
  }
  return true;
}

Result<GridFile> open_grid(const std::string& path) {
  auto bytes = RegularFile::open(path);
  if (!bytes)
    return tl::unexpected(bytes.error());
  silence_hdf5();
  GridFile g{std::move(*bytes), {}, {}, {}, path};
  g.file = H5Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!g.file)
    return file_error(path + " is no HDF5 file, or it is truncated");
  if (H5Lexists(g.file.get(), "grid", H5P_DEFAULT) <= 0)
    return file_error(path + " has no dataset \"grid\"");
  g.dataset = H5Handle(H5Dopen2(g.file.get(), "grid", H5P_DEFAULT));
  if (!g.dataset)
    return file_error(path + ": \"grid\" is not a dataset");
  const H5Handle type(H5Dget_type(g.dataset.get()));
  if (!is_complex_float32(type.get()))
    return file_error(path + ": \"grid\" is not complex float32 (a compound of r and i)");
  const H5Handle space(H5Dget_space(g.dataset.get()));
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank != 4)
    return file_error(fmt::format(
        "{}: \"grid\" has {} axes; it must be [slot, port, symbol, subcarrier]", path, rank));
  H5Sget_simple_extent_dims(space.get(), g.shape.data(), nullptr);
  const auto& s = g.shape;
  const bool shape_ok = s[0] >= 1 && s[0] <= (hsize_t{1} << 40) && s[1] >= 1 &&
                        s[1] <= hsize_t{max_rx_ports} && (s[2] == 14 || s[2] == 12) && s[3] >= 12 &&
                        s[3] % 12 == 0 && s[3] <= hsize_t{max_prb} * 12;
  if (!shape_ok)
    return file_error(
        fmt::format("{}: the shape of \"grid\" is [{}, {}, {}, {}]; it must be [slot, "
                    "port (1 to {}), symbol (14 or 12), subcarrier (12 x 1 to {})]",
                    path, s[0], s[1], s[2], s[3], max_rx_ports, max_prb));
  const H5Handle properties(H5Dget_create_plist(g.dataset.get()));
  if (H5Pget_layout(properties.get()) == H5D_CHUNKED) {
    std::array<hsize_t, 4> chunk{};
    H5Pget_chunk(properties.get(), 4, chunk.data());
    hsize_t n_bytes = sizeof(cf32);
    for (std::size_t i = 0; i < 4; ++i)
      n_bytes = std::min(max_chunk_bytes + 1, n_bytes * std::min(chunk[i], max_chunk_bytes));
    if (n_bytes > max_chunk_bytes)
      return file_error(path + ": the chunks of \"grid\" are larger than 256 MiB; rewrite it with "
                               "one slot per chunk");
  }
  return g;
}

/// Attributes are looked for on the dataset, then on the file.
Result<std::optional<H5Handle>> open_attribute(const GridFile& g, const char* name) {
  const H5Handle root(H5Gopen2(g.file.get(), "/", H5P_DEFAULT));
  for (const hid_t place : {g.dataset.get(), root.get()}) {
    if (H5Aexists(place, name) <= 0)
      continue;
    H5Handle attribute(H5Aopen(place, name, H5P_DEFAULT));
    const H5Handle space(H5Aget_space(attribute.get()));
    if (!attribute || H5Sget_simple_extent_npoints(space.get()) != 1)
      return file_error(fmt::format("{}: the attribute {} is not a single value", g.path, name));
    return std::optional(std::move(attribute));
  }
  return std::nullopt;
}

Result<std::optional<std::int32_t>>
read_integer(const GridFile& g, const char* name, std::int64_t low, std::int64_t high) {
  auto attribute = open_attribute(g, name);
  if (!attribute)
    return tl::unexpected(attribute.error());
  if (!*attribute)
    return std::nullopt;
  const H5Handle type(H5Aget_type((*attribute)->get()));
  std::int64_t value = 0;
  if (H5Tget_class(type.get()) != H5T_INTEGER ||
      H5Aread((*attribute)->get(), H5T_NATIVE_INT64, &value) < 0)
    return file_error(fmt::format("{}: the attribute {} is not an integer", g.path, name));
  if (value < low || value > high)
    return file_error(fmt::format("{}: the attribute {} is {}; it must be {} to {}", g.path, name,
                                  value, low, high));
  return static_cast<std::int32_t>(value);
}

Result<std::optional<CyclicPrefix>> read_cyclic_prefix(const GridFile& g) {
  auto attribute = open_attribute(g, "cyclic_prefix");
  if (!attribute)
    return tl::unexpected(attribute.error());
  if (!*attribute)
    return std::nullopt;
  const H5Handle type(H5Aget_type((*attribute)->get()));
  std::string text;
  if (H5Tget_class(type.get()) == H5T_STRING && H5Tis_variable_str(type.get()) > 0) {
    char* read = nullptr;
    if (H5Aread((*attribute)->get(), type.get(), &read) >= 0 && read != nullptr) {
      text = read;
      H5free_memory(read);
    }
  } else if (H5Tget_class(type.get()) == H5T_STRING && H5Tget_size(type.get()) <= 64) {
    std::array<char, 65> read{};
    if (H5Aread((*attribute)->get(), type.get(), read.data()) >= 0)
      text = read.data();
  }
  while (!text.empty() && text.back() == ' ') // strings padded with blanks
    text.pop_back();
  if (text == "normal")
    return CyclicPrefix::normal;
  if (text == "extended")
    return CyclicPrefix::extended;
  return file_error(
      fmt::format("{}: the attribute cyclic_prefix must be the string normal or extended", g.path));
}

Result<CellFacts> facts_of(const GridFile& g) {
  CellFacts f;
  f.n_prb = static_cast<std::int32_t>(g.shape[3] / 12);
  f.rx_ports = static_cast<std::int32_t>(g.shape[1]);
  f.cyclic_prefix = g.shape[2] == 12 ? CyclicPrefix::extended : CyclicPrefix::normal;
  const auto n_prb = read_integer(g, "n_prb", 1, max_prb);
  const auto prefix = read_cyclic_prefix(g);
  const auto numerology = read_integer(g, "numerology", 0, max_numerology);
  if (!n_prb)
    return tl::unexpected(n_prb.error());
  if (!prefix)
    return tl::unexpected(prefix.error());
  if (!numerology)
    return tl::unexpected(numerology.error());
  if (*n_prb && **n_prb != *f.n_prb)
    return file_error(fmt::format("{}: the attribute n_prb is {} but \"grid\" has {} subcarriers",
                                  g.path, **n_prb, g.shape[3]));
  if (*prefix && **prefix != *f.cyclic_prefix)
    return file_error(fmt::format("{}: \"grid\" has {} symbols, which contradicts its attribute "
                                  "cyclic_prefix",
                                  g.path, g.shape[2]));
  f.numerology = *numerology;
  const std::int32_t last_slot = n_slots_per_frame(f.numerology.value_or(max_numerology)) - 1;
  const auto first_prb = read_integer(g, "first_prb", 0, 1 << 20);
  const auto sfn = read_integer(g, "first_sfn", 0, n_sfn - 1);
  const auto slot = read_integer(g, "first_slot", 0, last_slot);
  for (const auto* r : {&first_prb, &sfn, &slot})
    if (!*r)
      return tl::unexpected(r->error());
  f.first_prb = *first_prb;
  f.first_sfn = *sfn;
  f.first_slot = *slot;
  return f;
}

class GridSource final : public SlotSource {
public:
  GridSource(GridFile file, const CellSettings& cell, const SourcePlan& plan)
      : file_(std::move(file)), memory_type_(make_complex_type()), plan_(plan) {
    const std::array<hsize_t, 4> count{1, file_.shape[1], file_.shape[2], file_.shape[3]};
    memory_space_ = H5Handle(H5Screate_simple(4, count.data(), nullptr));
    file_space_ = H5Handle(H5Dget_space(file_.dataset.get()));
    const auto n_res = static_cast<std::size_t>(file_.shape[3]); // of a port and symbol
    buffers_.resize(static_cast<std::size_t>(plan.n_in_flight));
    for (Buffer& b : buffers_) {
      b.re.resize(file_.shape[1] * file_.shape[2] * n_res);
      for (std::size_t port = 0; port < file_.shape[1]; ++port)
        for (std::size_t l = 0; l < file_.shape[2]; ++l)
          b.runs.push_back({reinterpret_cast<const std::byte*>(b.re.data() +
                                                               (port * file_.shape[2] + l) * n_res),
                            static_cast<std::uint16_t>(port), static_cast<std::uint16_t>(l), 0,
                            static_cast<std::uint16_t>(cell.n_prb), format});
    }
  }

  Result<const SlotIq*> read(const SlotId& id) override {
    const auto free =
        std::find_if(buffers_.begin(), buffers_.end(), [](const Buffer& b) { return !b.in_use; });
    AIRAN_ASSERT(free != buffers_.end(), "more slots are out than were planned");
    Buffer& b = *free;
    b.in_use = true;
    b.slot.id = id;
    const std::int64_t index = id.count - plan_.first_count;
    const bool inside = index >= 0 && index < static_cast<std::int64_t>(file_.shape[0]);
    const bool arrived = inside && read_slot(static_cast<hsize_t>(index), b);
    if (inside && !arrived)
      note_trouble(id);
    b.slot.iq =
        FrequencyDomainIq{arrived ? std::span<const PrbRun>(b.runs) : std::span<const PrbRun>()};
    b.slot.closed_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                           std::chrono::steady_clock::now().time_since_epoch())
                           .count();
    return &b.slot;
  }

  void release(const SlotIq* slot) override {
    for (Buffer& b : buffers_)
      if (&b.slot == slot)
        b.in_use = false;
  }
  std::int64_t end_count() const override {
    return plan_.first_count + static_cast<std::int64_t>(file_.shape[0]);
  }
  const ReadTrouble& trouble() const override { return trouble_; }

private:
  /// As H5T_NATIVE_FLOAT leaves it in memory.
  static constexpr IqFormat format{
      IqNumber::float32,
      std::endian::native == std::endian::little ? ByteOrder::little : ByteOrder::big, 32};
  struct Buffer {
    SlotIq slot;
    std::vector<cf32> re;
    std::vector<PrbRun> runs;
    bool in_use = false;
  };

  bool read_slot(hsize_t index, Buffer& b) {
    // HDF5 reads zeros, without an error, where a file was cut short after it was opened.
    if (file_.bytes.size_now() < file_.bytes.size())
      return false;
    const std::array<hsize_t, 4> start{index, 0, 0, 0};
    const std::array<hsize_t, 4> count{1, file_.shape[1], file_.shape[2], file_.shape[3]};
    return H5Sselect_hyperslab(file_space_.get(), H5S_SELECT_SET, start.data(), nullptr,
                               count.data(), nullptr) >= 0 &&
           H5Dread(file_.dataset.get(), memory_type_.get(), memory_space_.get(), file_space_.get(),
                   H5P_DEFAULT, b.re.data()) >= 0;
  }
  void note_trouble(const SlotId& id) {
    if (trouble_.n_unreadable++ == 0)
      trouble_.sentence =
          fmt::format("{} could not be read at SFN {} slot {}: it was cut short or is damaged",
                      file_.path, id.sfn, id.slot);
  }

  GridFile file_;
  H5Handle memory_type_;
  H5Handle memory_space_;
  H5Handle file_space_;
  SourcePlan plan_;
  std::vector<Buffer> buffers_;
  ReadTrouble trouble_;
};

} // namespace

Result<CellFacts> probe_grid(const std::string& path) {
  auto g = open_grid(path);
  if (!g)
    return tl::unexpected(g.error());
  return facts_of(*g);
}

Result<std::unique_ptr<SlotSource>>
open_grid_source(const std::string& path, const CellSettings& cell, const SourcePlan& plan) {
  AIRAN_ASSERT(plan.n_in_flight >= 1, "at least one slot must be allowed in flight");
  auto g = open_grid(path);
  if (!g)
    return tl::unexpected(g.error());
  const auto facts = facts_of(*g);
  if (!facts)
    return tl::unexpected(facts.error());
  if (*facts->n_prb != cell.n_prb || *facts->rx_ports != cell.rx_ports ||
      *facts->cyclic_prefix != cell.cyclic_prefix)
    return file_error(fmt::format(
        "{} has {} ports, {} symbols and {} PRB; the cell has {}, {} and {}", path,
        *facts->rx_ports, g->shape[2], *facts->n_prb, cell.rx_ports, cell.n_symbols(), cell.n_prb));
  return std::unique_ptr<SlotSource>(std::make_unique<GridSource>(std::move(*g), cell, plan));
}

} // namespace airan::io

// SPDX-License-Identifier: Apache-2.0
// Whole datasets and attributes of the bundled HDF5 vectors, for tests.
#include "tests/support/hdf5_file.hpp"

#include <hdf5.h>

#include <functional>
#include <numeric>
#include <stdexcept>

namespace airan::test {
namespace {

/// A handle of the C library, closed at the end of its scope.
class Handle {
public:
  Handle(hid_t id, herr_t (*close)(hid_t), const std::string& what) : id_(id), close_(close) {
    if (id < 0)
      throw std::runtime_error("cannot open " + what);
  }
  ~Handle() { close_(id_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  hid_t id() const { return id_; }

private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

std::vector<std::int64_t> extents_of(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose, "dataspace");
  std::vector<hsize_t> dims(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.id())));
  H5Sget_simple_extent_dims(space.id(), dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

template <class T>
std::vector<T> read_dataset(hid_t file, const std::string& name, hid_t type) {
  const Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose, name);
  const auto dims = extents_of(dataset.id());
  std::vector<T> values(static_cast<std::size_t>(
      std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>())));
  if (H5Dread(dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
    throw std::runtime_error("cannot read " + name);
  return values;
}

/// The object that has the attribute: "/" or "grid".
std::optional<std::string> owner_of(hid_t file, const std::string& name) {
  for (const char* object : {"/", "grid"})
    if (H5Aexists_by_name(file, object, name.c_str(), H5P_DEFAULT) > 0)
      return object;
  return std::nullopt;
}

} // namespace

Hdf5File::Hdf5File(const std::string& path)
    : file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)) {
  if (file_ < 0)
    throw std::runtime_error("cannot open " + path);
}

Hdf5File::~Hdf5File() {
  H5Fclose(file_);
}

bool Hdf5File::has_dataset(const std::string& name) const {
  return H5Lexists(file_, name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::int64_t> Hdf5File::extents(const std::string& dataset) const {
  const Handle opened(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), H5Dclose, dataset);
  return extents_of(opened.id());
}

std::vector<cf32> Hdf5File::complex_values(const std::string& dataset) const {
  const Handle type(H5Tcreate(H5T_COMPOUND, sizeof(cf32)), H5Tclose, "complex type");
  H5Tinsert(type.id(), "r", 0, H5T_NATIVE_FLOAT);
  H5Tinsert(type.id(), "i", sizeof(float), H5T_NATIVE_FLOAT);
  return read_dataset<cf32>(file_, dataset, type.id());
}

std::vector<std::uint8_t> Hdf5File::bytes(const std::string& dataset) const {
  return read_dataset<std::uint8_t>(file_, dataset, H5T_NATIVE_UINT8);
}

std::optional<std::int64_t> Hdf5File::integer_attribute(const std::string& name) const {
  const auto owner = owner_of(file_, name);
  if (!owner)
    return std::nullopt;
  const Handle attribute(
      H5Aopen_by_name(file_, owner->c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      name);
  std::int64_t value = 0;
  if (H5Aread(attribute.id(), H5T_NATIVE_INT64, &value) < 0)
    throw std::runtime_error("attribute " + name + " is not an integer");
  return value;
}

std::optional<std::string> Hdf5File::text_attribute(const std::string& name) const {
  const auto owner = owner_of(file_, name);
  if (!owner)
    return std::nullopt;
  const Handle attribute(
      H5Aopen_by_name(file_, owner->c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      name);
  const Handle type(H5Aget_type(attribute.id()), H5Tclose, "type");
  if (H5Tget_class(type.id()) != H5T_STRING)
    throw std::runtime_error("attribute " + name + " is not text");
  if (H5Tis_variable_str(type.id()) > 0) {
    char* text = nullptr;
    H5Aread(attribute.id(), type.id(), &text);
    std::string value = text == nullptr ? "" : text;
    H5free_memory(text);
    return value;
  }
  std::string value(H5Tget_size(type.id()), '\0');
  H5Aread(attribute.id(), type.id(), value.data());
  return value.substr(0, value.find('\0'));
}

} // namespace airan::test

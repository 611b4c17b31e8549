// SPDX-License-Identifier: Apache-2.0
// Whole datasets and attributes of the bundled HDF5 vectors, for tests.
#pragma once

#include "core/complex.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace airan::test {

/// An open file. What is not there, or has another type, throws std::runtime_error: the test fails.
class Hdf5File {
public:
  explicit Hdf5File(const std::string& path);
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  bool has_dataset(const std::string& name) const;
  std::vector<std::int64_t> extents(const std::string& dataset) const;
  /// Complex float32 (compound r, i), all elements, last axis fastest.
  std::vector<cf32> complex_values(const std::string& dataset) const;
  /// Integers that fit a byte.
  std::vector<std::uint8_t> bytes(const std::string& dataset) const;
  /// Attributes of the root group, or of the dataset `grid`; nullopt where neither has it.
  std::optional<std::int64_t> integer_attribute(const std::string& name) const;
  std::optional<std::string> text_attribute(const std::string& name) const;

private:
  std::int64_t file_ = -1; ///< hid_t
};

} // namespace airan::test

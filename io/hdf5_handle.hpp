// SPDX-License-Identifier: Apache-2.0
// Ownership of HDF5 identifiers, and the memory type of a complex number. For .cpp files of io
// only.
#pragma once

#include "core/complex.hpp"

#include <hdf5.h>

#include <utility>

namespace airan::io {

/// Closes an identifier with the function that its kind needs (H5Idec_ref does for every kind).
class H5Handle {
public:
  H5Handle() = default;
  explicit H5Handle(hid_t id) : id_(id) {}
  ~H5Handle() { reset(); }
  H5Handle(H5Handle&& o) noexcept : id_(std::exchange(o.id_, -1)) {}
  H5Handle& operator=(H5Handle&& o) noexcept {
    std::swap(id_, o.id_);
    return *this;
  }
  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  void reset() {
    if (id_ >= 0)
      H5Idec_ref(id_);
    id_ = -1;
  }

private:
  hid_t id_ = -1;
};

/// Libraries never print: HDF5's own error stack on stderr is switched off (for this thread).
inline void silence_hdf5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

/// Compound r, i of the machine's float.
inline H5Handle make_complex_type() {
  H5Handle type(H5Tcreate(H5T_COMPOUND, sizeof(cf32)));
  H5Tinsert(type.get(), "r", 0, H5T_NATIVE_FLOAT);
  H5Tinsert(type.get(), "i", sizeof(float), H5T_NATIVE_FLOAT);
  return type;
}

} // namespace airan::io

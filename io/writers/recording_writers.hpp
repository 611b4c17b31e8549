// SPDX-License-Identifier: Apache-2.0
// Writers of made signals: SigMF, raw samples, grid files. They stream: memory does not grow with
// the length of a recording.
#pragma once

#include "core/cell_settings.hpp"
#include "core/complex.hpp"
#include "core/result.hpp"
#include "core/slot_iq.hpp"
#include "core/view.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace airan::io {

struct SigmfFacts {
  IqFormat format; ///< not bfp
  double sample_rate_hz = 0;
  std::int32_t n_ports = 1;
  std::optional<double> frequency_hz;
  std::string description;
};

/// Bare samples, channels interleaved sample by sample. Integer full scale is 1.0: values are
/// rounded to nearest and saturate at [-2^(b-1), 2^(b-1) - 1]; NaN becomes 0 in integer formats.
class SampleWriter {
public:
  static Result<SampleWriter>
  create(const std::string& path, IqFormat format, std::int32_t n_ports);
  ~SampleWriter();
  SampleWriter(SampleWriter&&) noexcept;
  SampleWriter& operator=(SampleWriter&&) noexcept;

  /// Appends samples [port, sample].
  Result<void> append(View<const cf32, 2> samples);
  /// Flushes and closes; the SHA-512 of what was written, in hex.
  Result<std::string> finish();
  std::int64_t n_samples() const;
  std::int64_t n_saturated() const; ///< components that did not fit

private:
  struct State;
  explicit SampleWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// `base`.sigmf-data and, at finish(), `base`.sigmf-meta with its SHA-512. `path` may carry either
/// extension.
class SigmfWriter {
public:
  static Result<SigmfWriter> create(const std::string& path, const SigmfFacts& facts);
  /// Appends samples [port, sample].
  Result<void> append(View<const cf32, 2> samples);
  /// What follows starts `n` samples later: a gap, written as a capture with core:global_index.
  void skip(std::int64_t n);
  /// Writes the metadata.
  Result<void> finish();
  std::int64_t n_samples() const { return samples_.n_samples(); }
  std::int64_t n_saturated() const { return samples_.n_saturated(); }

private:
  struct Capture {
    std::int64_t sample_start = 0;
    std::int64_t global_index = 0;
  };
  SigmfWriter(SampleWriter samples, std::string base, SigmfFacts facts);
  SampleWriter samples_;
  std::string base_;
  SigmfFacts facts_;
  std::vector<Capture> captures_;
};

struct GridFacts {
  std::int32_t numerology = 1;
  CyclicPrefix cyclic_prefix = CyclicPrefix::normal;
  std::int32_t n_prb = 273;
  std::int32_t first_prb = 0;
  std::int32_t n_ports = 1;
  std::int32_t first_sfn = 0;
  std::int32_t first_slot = 0;
};

/// HDF5 dataset `grid` [slot, port, symbol, subcarrier] with its attributes, one slot at a time.
class GridWriter {
public:
  static Result<GridWriter> create(const std::string& path, const GridFacts& facts);
  ~GridWriter();
  GridWriter(GridWriter&&) noexcept;
  GridWriter& operator=(GridWriter&&) noexcept;

  /// Appends one slot [port, symbol, subcarrier].
  Result<void> append(View<const cf32, 3> grid);
  Result<void> finish();

private:
  struct State;
  explicit GridWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace airan::io

// SPDX-License-Identifier: Apache-2.0
// Buffers, argument lists and reports of one batch of slots.
#include "phy/slot_batch.hpp"

#include "phy/stage_clock.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace airan {
namespace {

OfdmTiming timing_of(const CellSettings& cell) {
  return {cell.numerology, cell.cyclic_prefix, cell.fft_size.value_or(0)};
}

/// Room for [port, margin + slot + margin] at any numerology: 14 symbols with prefixes are at most
/// 15.05 FFT lengths (numerology 3, first slot of a subframe), two margins at most half of one.
std::int32_t max_samples(const PlanLimits& limits) {
  return limits.n_ports * 16 * limits.fft_size;
}

std::int32_t row_bytes(const CodewordPlan& plan) {
  return (plan.info_bits + 7) / 8;
}

float to_db(double power) {
  return static_cast<float>(10.0 * std::log10(power));
}

} // namespace

SlotBatch::SlotBatch(const PlanLimits& limits, const ReceiverSettings& settings)
    : limits_(limits), settings_(settings), arena_(0) {
  const std::int32_t n_res = limits.n_symbols * limits.n_prb * subcarriers_per_prb;
  buffers_.resize(static_cast<std::size_t>(limits.n_cells));
  for (SlotBuffers& b : buffers_) {
    b.groups.reserve(limits.n_grants);
    if (limits.fft_size > 0) {
      b.samples = HostTensor<cf32, 1>({max_samples(limits)});
      b.symbol_missing = HostTensor<std::uint8_t, 1>({limits.n_ports * limits.n_symbols});
    }
    b.re = HostTensor<cf32, 1>({limits.n_ports * n_res});
    b.valid = HostTensor<std::uint8_t, 1>({limits.n_ports * limits.n_symbols * limits.n_prb});
  }
  const auto n_grants = static_cast<std::size_t>(limits.n_grants);
  const auto n_slots = static_cast<std::size_t>(limits.n_cells);
  grants_.reserve(n_grants);
  first_grant_.reserve(n_slots + 1);
  estimates_.reserve(n_grants);
  group_of_.reserve(n_grants);
  detect_outputs_.reserve(n_grants);
  unpack_items_.reserve(n_slots);
  demodulate_items_.reserve(n_slots);
  estimate_items_.reserve(n_grants);
  detect_items_.reserve(n_grants);
  dematch_items_.reserve(n_grants);
  decode_items_.reserve(n_grants);
  assemble_items_.reserve(n_grants);
  transport_blocks_.reserve(n_grants);
  details_.reserve(n_grants);
  outputs_.reserve(n_slots);
}

void SlotBatch::open(std::span<const SlotInput> slots, Detail detail, UserState& user_state) {
  AIRAN_ASSERT(slots.size() <= buffers_.size(), std::to_string(slots.size()) +
                                                    " slots in a batch of " +
                                                    std::to_string(buffers_.size()));
  slots_ = slots;
  detail_ = detail;
  unpack_items_.clear();
  demodulate_items_.clear();
  grants_.clear();
  first_grant_.clear();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    open_slot(slots[i], buffers_[i]);
    open_grants(static_cast<std::int32_t>(i), user_state);
  }
  first_grant_.push_back(static_cast<std::int32_t>(grants_.size()));

  arena_.reset(arena_bytes());
  estimates_.clear();
  group_of_.clear();
  detect_outputs_.clear();
  estimate_items_.clear();
  detect_items_.clear();
  dematch_items_.clear();
  decode_items_.clear();
  assemble_items_.clear();
  for (GrantState& g : grants_)
    take_grant(g);
  // References into these two must not move while the groups are described.
  std::size_t n_groups = 0;
  for (std::size_t i = 0; i < slots.size(); ++i)
    n_groups += buffers_[i].groups.groups.size();
  estimates_.reserve(n_groups);
  detect_outputs_.reserve(grants_.size());
  for (std::size_t i = 0; i < slots.size(); ++i)
    for (const DetectionGroup& group : buffers_[i].groups.groups)
      take_group(group, static_cast<std::int32_t>(i));
}

void SlotBatch::open_slot(const SlotInput& input, SlotBuffers& b) {
  const CellSettings& cell = *input.cell;
  const SlotId& id = input.iq->id;
  const MemorySpace host = MemorySpace::host;
  b.grid.id = id;
  b.grid.re = {View<cf32, 3>(b.re.data(), {cell.rx_ports, cell.n_symbols(), cell.n_subcarriers()}),
               host};
  b.grid.valid = {
      View<std::uint8_t, 3>(b.valid.data(), {cell.rx_ports, cell.n_symbols(), cell.n_prb}), host};
  group_grants(id, input.grants, b.groups);

  UnpackIqSlot unpack;
  unpack.iq = input.iq;
  unpack.grid = &b.grid;
  unpack.n_bad = {View<std::int64_t, 1>(&b.n_bad, {1}), host};
  if (std::holds_alternative<TimeDomainIq>(input.iq->iq)) {
    const OfdmTiming timing = timing_of(cell);
    const std::int32_t margin = timing.max_cp_samples();
    const std::int32_t n_samples = timing.slot_samples(id.slot);
    b.sample_buffer.id = id;
    b.sample_buffer.margin = margin;
    b.sample_buffer.samples = {
        View<cf32, 2>(b.samples.data(), {cell.rx_ports, n_samples + 2 * margin}), host};
    b.sample_buffer.symbol_missing = {
        View<std::uint8_t, 2>(b.symbol_missing.data(), {cell.rx_ports, cell.n_symbols()}), host};
    unpack.samples = &b.sample_buffer;
    unpack.timing = timing;
    DemodulateOfdmSlot demodulate;
    demodulate.samples = b.sample_buffer;
    demodulate.grid = b.grid;
    demodulate.timing = timing;
    const std::int32_t shortest_cp = timing.cp_samples(id.slot, 1);
    demodulate.window_advance = static_cast<std::int32_t>(settings_.window_advance * shortest_cp);
    demodulate.cfo_hz = input.carrier_offset_hz;
    demodulate.phase_compensation_hz = cell.phase_compensation_hz;
    demodulate_items_.push_back(demodulate);
  }
  unpack_items_.push_back(unpack);
}

void SlotBatch::open_grants(std::int32_t slot, UserState& user_state) {
  const SlotInput& input = slots_[static_cast<std::size_t>(slot)];
  first_grant_.push_back(static_cast<std::int32_t>(grants_.size()));
  for (const CheckedGrant& grant : input.grants) {
    GrantState state;
    state.grant = &grant;
    state.slot = slot;
    state.harq = user_state.open(input.iq->id, grant);
    grants_.push_back(state);
  }
}

std::size_t SlotBatch::arena_bytes() const {
  std::size_t n = 0;
  for (const GrantState& g : grants_) {
    const CodewordPlan& p = g.grant->codeword;
    n += Arena::bytes<std::int8_t, 1>({p.codeword_bits});
    n += Arena::bytes<std::uint8_t, 2>({p.n_code_blocks, row_bytes(p)});
    n += Arena::bytes<CodeBlockVerdict, 1>({p.n_code_blocks});
    n += Arena::bytes<std::uint8_t, 1>({p.tb_bits / 8});
    if (detail_ == Detail::with_symbols)
      n += Arena::bytes<cf32, 1>({p.codeword_bits / p.bits_per_symbol});
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const CellSettings& cell = *slots_[i].cell;
    for (const DetectionGroup& group : buffers_[i].groups.groups) {
      const std::int32_t n_layers = group.layers.size();
      n += Arena::bytes<cf32, 4>(
          {n_layers, cell.rx_ports, group.n_time_nodes, group.prbs.n_subcarriers()});
      n += Arena::bytes<cf32, 3>({n_layers, cell.n_symbols(), group.n_time_nodes});
      n += Arena::bytes<float, 2>({n_layers, cell.n_symbols()});
      n += Arena::bytes<cf32, 3>({1, cell.rx_ports, cell.rx_ports});
      n += 2 * Arena::bytes<float, 1>({static_cast<std::int32_t>(group.grants.size())});
    }
  }
  return n;
}

void SlotBatch::take_grant(GrantState& g) {
  if (!g.harq)
    return;
  const CodewordPlan& p = g.grant->codeword;
  g.llrs = arena_.take<std::int8_t, 1>({p.codeword_bits});
  g.code_blocks = arena_.take<std::uint8_t, 2>({p.n_code_blocks, row_bytes(p)});
  g.verdicts = arena_.take<CodeBlockVerdict, 1>({p.n_code_blocks});
  g.payload = arena_.take<std::uint8_t, 1>({p.tb_bits / 8});
  if (detail_ == Detail::with_symbols)
    g.symbols = arena_.take<cf32, 1>({p.codeword_bits / p.bits_per_symbol});
  dematch_items_.push_back({&p, g.llrs, g.harq->stored, g.harq->soft_bits});
  decode_items_.push_back(
      {&p, g.harq->soft_bits, g.code_blocks, g.verdicts, settings_.ldpc_max_iterations});
  assemble_items_.push_back({&p, g.code_blocks, g.verdicts, g.payload, &g.crc_ok});
}

void SlotBatch::take_group(const DetectionGroup& group, std::int32_t slot) {
  const SlotInput& input = slots_[static_cast<std::size_t>(slot)];
  const CellSettings& cell = *input.cell;
  const std::int32_t n_layers = group.layers.size();
  const auto n_grants = static_cast<std::int32_t>(group.grants.size());

  ChannelEstimate e;
  e.h = arena_.take<cf32, 4>(
      {n_layers, cell.rx_ports, group.n_time_nodes, group.prbs.n_subcarriers()});
  e.time_weight = arena_.take<cf32, 3>({n_layers, cell.n_symbols(), group.n_time_nodes});
  // One value per layer and symbol: the subcarrier axis repeats it.
  float* const variance = arena_.take<float, 2>({n_layers, cell.n_symbols()}).on_host().data();
  e.h_error_var = {View<float, 3>(variance,
                                  {n_layers, cell.n_symbols(), group.prbs.n_subcarriers()},
                                  {cell.n_symbols(), 1, 0}),
                   MemorySpace::host};
  e.noise_covariance = arena_.take<cf32, 3>({1, cell.rx_ports, cell.rx_ports});
  e.prbs_per_covariance = group.prbs.count;
  e.timing_ns = arena_.take<float, 1>({n_grants});
  e.cfo_hz = arena_.take<float, 1>({n_grants});
  estimates_.push_back(e);
  group_of_.push_back(&group);

  const ResourceGrid& grid = buffers_[static_cast<std::size_t>(slot)].grid;
  estimate_items_.push_back({grid, &group, cell.numerology, cell.cyclic_prefix, e});

  const std::size_t first_output = detect_outputs_.size();
  for (std::int32_t i = 0; i < n_grants; ++i) {
    const auto in_slot = group.grants[static_cast<std::size_t>(i)] - input.grants.data();
    GrantState& g =
        grants_[static_cast<std::size_t>(first_grant_[static_cast<std::size_t>(slot)] + in_slot)];
    g.group = static_cast<std::int32_t>(estimates_.size()) - 1;
    g.grant_in_group = i;
    DetectOutput out{g.llrs, &g.metrics, g.symbols, nullptr};
    if (detail_ == Detail::with_symbols)
      out.metrics_by_symbol = g.metrics_by_symbol.data();
    detect_outputs_.push_back(out);
  }
  detect_items_.push_back(
      {grid, &group, &estimates_.back(), std::span(detect_outputs_).subspan(first_output)});
}

void SlotBatch::measure_offsets(const GrantState& g, TransportBlock& tb) const {
  const ChannelEstimate& estimate = estimates_[static_cast<std::size_t>(g.group)];
  // Without a valid pilot the channel is zero and nothing was measured.
  if (g.metrics.n_symbols == 0)
    return;
  tb.timing_offset_ns = estimate.timing_ns.on_host()(g.grant_in_group);
  // The phase must be seen twice without a hop between.
  const auto& nodes = g.grant->dmrs.nodes;
  bool is_measured = false;
  for (std::int32_t n = 1; n < nodes.size(); ++n)
    is_measured = is_measured || nodes[n].hop == nodes[n - 1].hop;
  for (const DmrsNode& node : nodes)
    is_measured = is_measured || node.n_symbols > 1;
  const auto coarse =
      static_cast<float>(slots_[static_cast<std::size_t>(g.slot)].carrier_offset_hz);
  if (is_measured)
    tb.cfo_hz = estimate.cfo_hz.on_host()(g.grant_in_group) + coarse;
  else if (coarse != 0.0F)
    tb.cfo_hz = coarse;
}

TransportBlock SlotBatch::transport_block(const GrantState& g) const {
  const CheckedGrant& grant = *g.grant;
  const SlotBuffers& b = buffers_[static_cast<std::size_t>(g.slot)];
  TransportBlock tb;
  tb.id = b.grid.id;
  tb.grant = grant.index;
  tb.rnti = grant.rnti;
  tb.harq_id = grant.harq_id;
  tb.rv = grant.codeword.rv;
  tb.n_code_blocks = grant.codeword.n_code_blocks;
  const auto valid = b.grid.valid.on_host();
  for (std::int32_t l = grant.first_symbol; l < grant.first_symbol + grant.n_symbols; ++l) {
    const PrbRange prbs = grant.hop_of_symbol(l).prbs;
    for (std::int32_t port = 0; port < valid.extent(0) && !tb.has_data; ++port)
      tb.has_data =
          std::any_of(&valid(port, l, prbs.first), &valid(port, l, prbs.first) + prbs.count,
                      [](std::uint8_t v) { return v != 0; });
  }
  constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
  tb.snr_db = tb.evm_percent = tb.timing_offset_ns = tb.cfo_hz = unknown;
  if (!tb.has_data || !g.harq)
    return tb;
  measure_offsets(g, tb);

  const auto verdicts = g.verdicts.on_host();
  double sum_iterations = 0;
  for (std::int32_t c = 0; c < tb.n_code_blocks; ++c) {
    const CodeBlockVerdict& v = verdicts(c);
    tb.n_code_blocks_ok += v.crc_ok;
    tb.max_iterations = std::max<std::int32_t>(tb.max_iterations, v.iterations);
    sum_iterations += v.iterations;
  }
  tb.mean_iterations = static_cast<float>(sum_iterations / tb.n_code_blocks);
  tb.crc_ok = g.crc_ok != 0;
  tb.payload = {g.payload.on_host().data(), static_cast<std::size_t>(g.payload.extent(0))};
  if (g.metrics.n_symbols > 0) {
    const auto n = static_cast<double>(g.metrics.n_symbols);
    // Mean noise power after equalisation, relative to the unit power of a symbol.
    tb.snr_db = to_db(n / g.metrics.sum_inverse_sinr);
    tb.evm_percent = static_cast<float>(100.0 * std::sqrt(g.metrics.sum_error_power / n));
  }
  return tb;
}

std::span<const SlotOutput> SlotBatch::close(const std::array<std::int64_t, n_stages>& stage_ns,
                                             UserState& user_state) {
  transport_blocks_.clear();
  details_.clear();
  outputs_.clear();
  for (const GrantState& g : grants_) {
    if (g.harq)
      user_state.commit(*g.harq, g.crc_ok != 0);
    transport_blocks_.push_back(transport_block(g));
    GrantDetail detail;
    detail.group = group_of_[static_cast<std::size_t>(g.group)];
    detail.estimate = &estimates_[static_cast<std::size_t>(g.group)];
    detail.grant_in_group = g.grant_in_group;
    if (!g.symbols.empty()) {
      detail.symbols = {g.symbols.on_host().data(), static_cast<std::size_t>(g.symbols.extent(0))};
      detail.metrics_by_symbol = g.metrics_by_symbol;
    }
    details_.push_back(detail);
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const auto first = static_cast<std::size_t>(first_grant_[i]);
    const auto n = static_cast<std::size_t>(first_grant_[i + 1]) - first;
    SlotOutput out;
    out.report.id = slots_[i].iq->id;
    out.report.stage_ns = stage_ns;
    out.report.transport_blocks = std::span(transport_blocks_).subspan(first, n);
    out.details = std::span(details_).subspan(first, n);
    const View<std::uint8_t, 3> valid = buffers_[i].grid.valid.on_host();
    out.report.missing_prbs =
        std::count(valid.data(), valid.data() + valid.size(), std::uint8_t{0});
    out.report.duration_ns = slot_ns(slots_[i].cell->numerology);
    out.report.bad_values = buffers_[i].n_bad;
    out.report.latency_ns = steady_now_ns() - slots_[i].iq->closed_ns;
    outputs_.push_back(out);
  }
  return outputs_;
}

} // namespace airan

// SPDX-License-Identifier: Apache-2.0
// The int8 LDPC decoder: a vector holds one edge of consecutive lifted checks of a row.
#include "kernels/cpu/decode_ldpc_simd.hpp"

#include "core/results.hpp"
#include "kernels/cpu/ldpc_workspace.hpp"
#include "kernels/primitives/crc.hpp"
#include "kernels/primitives/ldpc_graph.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/decode_ldpc_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace airan::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

/// Where a row finds one of its edges.
struct EdgeAccess {
  const std::int8_t* source; ///< the column, from lane `offset` on
  std::int8_t* target;
  std::int8_t* messages;
  std::int32_t offset; ///< lane of the column that belongs to check 0
};

/// Lane of the column that belongs to check z.
HWY_INLINE std::int32_t source_lane(std::int32_t z, std::int32_t offset, std::int32_t lifting) {
  const std::int32_t lane = z + offset;
  return lane >= lifting ? lane - lifting : lane;
}

/// (m factor + bias) / 2^shift of each lane, factor at most 256.
template <int shift, class DU>
HWY_INLINE hn::VFromD<DU>
multiply(DU du, hn::VFromD<DU> m, std::uint16_t factor, std::uint16_t bias) {
  if constexpr (hn::MaxLanes(DU()) == 1) {
    return hn::Set(du, static_cast<std::uint8_t>((hn::GetLane(m) * factor + bias) >> shift));
  } else {
    const hn::Repartition<std::uint16_t, DU> d16;
    const auto f = hn::Set(d16, factor);
    const auto b = hn::Set(d16, bias);
    const auto v = hn::BitCast(d16, m);
    const auto low = hn::And(v, hn::Set(d16, 0xFF));
    const auto even = hn::ShiftRight<shift>(hn::Add(hn::Mul(low, f), b));
    const auto odd = hn::ShiftRight<shift>(hn::Add(hn::Mul(hn::ShiftRight<8>(v), f), b));
    return hn::BitCast(du, hn::Or(even, hn::ShiftLeft<8>(odd)));
  }
}

/// Adds up lanes of many vectors.
template <class DU>
class LaneSum {
public:
  // Not left to the compiler: it would not be compiled for this instruction set.
#if HWY_TARGET == HWY_SCALAR
  LaneSum() : sum_(0) {}
#else
  LaneSum() : sum_(hn::Zero(d64_)) {}
#endif
  void add(hn::VFromD<DU> v) {
#if HWY_TARGET == HWY_SCALAR
    sum_ += hn::GetLane(v);
#else
    sum_ = hn::Add(sum_, hn::SumsOf8(v));
#endif
  }
  std::int64_t total() const {
#if HWY_TARGET == HWY_SCALAR
    return sum_;
#else
    return static_cast<std::int64_t>(hn::GetLane(hn::SumOfLanes(d64_, sum_)));
#endif
  }

private:
#if HWY_TARGET == HWY_SCALAR
  std::int64_t sum_;
#else
  static constexpr hn::Repartition<std::uint64_t, DU> d64_{};
  hn::VFromD<hn::Repartition<std::uint64_t, DU>> sum_;
#endif
};

/// Signs to bits, the first one on top of its byte. Reads and writes up to a vector beyond.
template <class D>
HWY_INLINE void
pack_signs(D d, const std::int8_t* values, std::int32_t n_bits, std::uint8_t* bytes) {
  constexpr auto n_lanes = static_cast<std::int32_t>(hn::MaxLanes(D()));
  if constexpr (n_lanes == 1) {
    for (std::int32_t n = 0; n < n_bits; n += 8) {
      std::uint32_t byte = 0;
      for (std::int32_t i = 0; i < 8; ++i)
        byte = 2 * byte + (values[n + i] < 0 ? 1U : 0U);
      bytes[n / 8] = static_cast<std::uint8_t>(byte);
    }
  } else {
    HWY_ALIGN static constexpr std::int8_t reversed[16] = {7,  6,  5,  4,  3,  2,  1, 0,
                                                           15, 14, 13, 12, 11, 10, 9, 8};
    for (std::int32_t n = 0; n < n_bits; n += n_lanes) {
      const auto v = hn::TableLookupBytes(hn::LoadU(d, values + n), hn::LoadDup128(d, reversed));
      hn::StoreMaskBits(d, hn::Lt(v, hn::Zero(d)), bytes + n / 8);
    }
  }
}

/// One lifting size's vector width: full vectors, or less for small sizes.
template <class D>
class BlockDecoder {
public:
  BlockDecoder(const LdpcBlockTask& task, LdpcWorkspace& workspace)
      : plan_(*task.plan), graph_(*task.graph), max_iterations_(task.max_iterations),
        lifting_(task.plan->lifting_size), n_core_columns_(task.graph->n_info_columns + 4),
        w_(workspace) {}

  CodeBlockVerdict decode(const std::int8_t* soft_bits) {
    CodeBlockVerdict verdict;
    w_.buffer.fill(0);
    w_.rotation.fill(0);
    survey_core(soft_bits);
    if (hard_decisions_may_do_) {
      load_core(soft_bits);
      if (hard_decisions_hold()) {
        verdict = {1, 1, 1};
        return verdict;
      }
    }
    survey_extension(soft_bits);
    // Fewer received bits than unknown ones: no decoder can tell, and zeros would pass the CRC.
    if (n_received_ < plan_.info_bits) {
      std::memset(w_.packed.data(), 0, static_cast<std::size_t>(w_.packed.size()));
      return verdict;
    }
    order_rows();
    alpha_ = LdpcWorkspace::normalisation(plan_.base_graph, w_.n_order);
    set_scale();
    load_core(soft_bits);
    load_extension(soft_bits);
    for (std::int32_t iteration = 1; iteration <= max_iterations_; ++iteration) {
      if (iteration == 1)
        iterate<true>();
      else
        iterate<false>();
      verdict.iterations = static_cast<std::uint16_t>(iteration);
      verdict.parity_ok = core_parity_holds() ? 1 : 0;
      verdict.crc_ok = verdict.parity_ok != 0 && decide() ? 1 : 0;
      if (verdict.crc_ok != 0)
        return verdict;
    }
    decide();
    return verdict;
  }

private:
  static constexpr D d{};
  static constexpr hn::RebindToUnsigned<D> du{};
  using V = hn::VFromD<D>;
  using VU = hn::VFromD<decltype(du)>;
  static constexpr std::int32_t lanes() { return static_cast<std::int32_t>(hn::MaxLanes(D())); }

  /// Counts the soft bits that carry information and tells which core columns are complete.
  void survey_core(const std::int8_t* soft_bits) {
    w_.unknown.fill(0);
    w_.unknown[0] = w_.unknown[1] = 1;
    sum_ = 0;
    n_received_ = 0;
    LaneSum<decltype(du)> magnitudes;
    std::int32_t n_info_missing = 0;
    for (std::int32_t column = 2; column < n_core_columns_; ++column) {
      const std::int32_t n = survey(soft_bits + (column - 2) * lifting_, magnitudes);
      n_received_ += n;
      if (column < graph_.n_info_columns)
        n_info_missing += lifting_ - n;
      else
        w_.unknown[static_cast<std::size_t>(column)] = n < lifting_ ? 1 : 0;
    }
    sum_ = magnitudes.total();
    for (std::int32_t i = 0; i < plan_.n_filler(); ++i) {
      const std::int32_t value = soft_bits[plan_.first_filler() + i];
      n_received_ -= value != 0 ? 1 : 0;
      n_info_missing -= value == 0 ? 1 : 0;
      sum_ -= std::abs(value);
    }
    // Three unknown columns leave one row of checks beside the CRC.
    hard_decisions_may_do_ =
        n_info_missing == 0 && std::count(w_.unknown.begin(), w_.unknown.end(), 1) <= 3;
  }

  /// Lists the rows that received bits of degree one make useful.
  void survey_extension(const std::int8_t* soft_bits) {
    LaneSum<decltype(du)> magnitudes;
    std::fill_n(w_.active.begin(), LdpcWorkspace::n_core_rows, std::uint8_t{1});
    for (std::int32_t row = LdpcWorkspace::n_core_rows; row < graph_.n_rows; ++row) {
      const std::int32_t n = survey(extension_bits(soft_bits, row), magnitudes);
      n_received_ += n;
      w_.active[static_cast<std::size_t>(row)] = n > 0 ? 1 : 0;
    }
    sum_ += magnitudes.total();
  }

  const std::int8_t* extension_bits(const std::int8_t* soft_bits, std::int32_t row) const {
    return soft_bits + (graph_.n_info_columns + row - 2) * lifting_;
  }

  /// Brings the mean magnitude down to what leaves int8 room for the sums.
  void set_scale() {
    const std::int64_t wanted =
        std::int64_t{256} * LdpcWorkspace::mean_magnitude(w_.n_order) * n_received_;
    scale_ = static_cast<std::uint16_t>(std::min<std::int64_t>(256, wanted / sum_));
  }

  void load_core(const std::int8_t* soft_bits) {
    for (std::int32_t column = 0; column < 2; ++column)
      std::memset(w_.column(0, column), 0, LdpcWorkspace::stride);
    for (std::int32_t column = 2; column < n_core_columns_; ++column)
      load_column(soft_bits + (column - 2) * lifting_, w_.column(0, column));
    // Filler: known zeros, whatever the caller left there.
    for (std::int32_t i = plan_.info_bits; i < plan_.code_block_bits; ++i)
      w_.column(0, i / lifting_)[i % lifting_] = 127;
    for (std::int32_t column = 2; column < n_core_columns_; ++column)
      repeat(w_.column(0, column));
  }

  void load_extension(const std::int8_t* soft_bits) {
    for (std::int32_t row = LdpcWorkspace::n_core_rows; row < graph_.n_rows; ++row)
      if (w_.active[static_cast<std::size_t>(row)] != 0)
        load_column(extension_bits(soft_bits, row),
                    w_.extension.data() + row * LdpcWorkspace::stride);
  }

  /// Rows that can recover a punctured bit come first: those with one of the two columns.
  void order_rows() {
    w_.n_order = 0;
    for (const bool first : {true, false})
      for (std::int32_t row = 0; row < graph_.n_rows; ++row) {
        const auto edge = static_cast<std::size_t>(graph_.row_begin[static_cast<std::size_t>(row)]);
        const bool one_punctured =
            graph_.edges[edge].column < 2 && graph_.edges[edge + 1].column >= 2;
        const bool is_first = one_punctured && row < LdpcWorkspace::n_core_rows;
        if (w_.active[static_cast<std::size_t>(row)] != 0 && is_first == first)
          w_.order[static_cast<std::size_t>(w_.n_order++)] = static_cast<std::uint8_t>(row);
      }
  }

  /// Calls `use(vector, z)` for the soft bits of a column, zeros behind its end.
  template <class Use>
  HWY_INLINE void for_each_vector(const std::int8_t* soft_bits, const Use& use) const {
    std::int32_t z = 0;
    for (; z + lanes() <= lifting_; z += lanes())
      use(hn::LoadU(d, soft_bits + z), z);
    if (z < lifting_) {
      HWY_ALIGN std::int8_t tail[LdpcWorkspace::max_vector] = {};
      std::memcpy(tail, soft_bits + z, static_cast<std::size_t>(lifting_ - z));
      use(hn::Load(d, tail), z);
    }
  }

  /// Returns how many soft bits of a column are not 0 and adds up their magnitudes.
  std::int32_t survey(const std::int8_t* soft_bits, LaneSum<decltype(du)>& magnitudes) const {
    std::int32_t n = 0;
    for_each_vector(soft_bits, [&](V v, std::int32_t) {
      n += lanes() - static_cast<std::int32_t>(hn::CountTrue(d, hn::Eq(v, hn::Zero(d))));
      magnitudes.add(hn::BitCast(du, hn::Abs(v)));
    });
    return n;
  }

  void load_column(const std::int8_t* soft_bits, std::int8_t* target) const {
    if (scale_ == 256) {
      for_each_vector(soft_bits, [&](V v, std::int32_t z) { hn::Store(v, d, target + z); });
    } else {
      for_each_vector(soft_bits, [&](V v, std::int32_t z) {
        const V magnitude =
            hn::BitCast(d, multiply<8>(du, hn::BitCast(du, hn::Abs(v)), scale_, 128));
        const V sign = hn::BroadcastSignBit(v);
        hn::Store(hn::Sub(hn::Xor(magnitude, sign), sign), d, target + z);
      });
    }
  }

  /// Lane Z_c + i becomes lane i, for a vector's length.
  void repeat(std::int8_t* column) const {
    for (std::int32_t n = lifting_; n < lifting_ + lanes(); n *= 2)
      hn::StoreU(hn::Load(d, column), d, column + n);
  }

  /// The soft values of an edge's bits for the checks from z on.
  V edge_values(const LdpcEdge& edge, std::int32_t z) const {
    const auto column = static_cast<std::size_t>(edge.column);
    std::int32_t offset = edge.shift - w_.rotation[column];
    offset += offset < 0 ? lifting_ : 0;
    return hn::LoadU(d, w_.current(edge.column) + source_lane(z, offset, lifting_));
  }

  template <bool is_first>
  void iterate() {
    for (std::int32_t i = 0; i < w_.n_order; ++i)
      update_row<is_first>(w_.order[static_cast<std::size_t>(i)]);
  }

  /// R_e = (alpha / 16) prod_{e' != e} sgn(Q_e') min_{e' != e} |Q_e'|, Q_e = L_e - R_e, L_e = Q_e +
  /// R_e
  template <bool is_first>
  void update_row(std::int32_t row) {
    const std::int32_t begin = graph_.row_begin[static_cast<std::size_t>(row)];
    std::int32_t n_edges = graph_.row_begin[static_cast<std::size_t>(row) + 1] - begin;
    const std::int8_t* extension = nullptr;
    if (row >= LdpcWorkspace::n_core_rows) {
      --n_edges; // the last one is the bit of degree one: only read
      extension = w_.extension.data() + row * LdpcWorkspace::stride;
    }
    EdgeAccess access[LdpcWorkspace::max_row_degree];
    for (std::int32_t e = 0; e < n_edges; ++e)
      access[e] = open_edge(begin + e);
    for (std::int32_t z = 0; z < lifting_; z += lanes())
      update_checks<is_first>(access, n_edges, extension, z);
    for (std::int32_t e = 0; e < n_edges; ++e)
      repeat(access[e].target);
  }

  /// Turns the column's buffers over.
  EdgeAccess open_edge(std::int32_t edge_index) {
    const LdpcEdge& edge = graph_.edges[static_cast<std::size_t>(edge_index)];
    const auto column = static_cast<std::size_t>(edge.column);
    EdgeAccess access;
    access.source = w_.current(edge.column);
    w_.buffer[column] ^= 1U;
    access.target = w_.current(edge.column);
    access.messages = w_.messages.data() + edge_index * max_lifting_size;
    access.offset = edge.shift - w_.rotation[column];
    access.offset += access.offset < 0 ? lifting_ : 0;
    w_.rotation[column] = edge.shift;
    return access;
  }

  template <bool is_first>
  HWY_INLINE void update_checks(const EdgeAccess* access,
                                std::int32_t n_edges,
                                const std::int8_t* extension,
                                std::int32_t z) {
    std::int8_t* const values = w_.row_values.data();
    VU least = hn::Set(du, LdpcWorkspace::largest_magnitude);
    VU second = least;
    V sign = hn::Zero(d);
    if (extension != nullptr) {
      sign = hn::Load(d, extension + z);
      least = hn::Min(least, hn::BitCast(du, hn::Abs(sign)));
    }
    for (std::int32_t e = 0; e < n_edges; ++e) {
      const EdgeAccess& edge = access[e];
      V q = hn::LoadU(d, edge.source + source_lane(z, edge.offset, lifting_));
      if constexpr (!is_first)
        q = hn::SaturatedSub(q, hn::Load(d, edge.messages + z));
      hn::Store(q, d, values + e * LdpcWorkspace::max_vector);
      const VU magnitude = hn::BitCast(du, hn::Abs(q));
      second = hn::Min(second, hn::Max(least, magnitude));
      least = hn::Min(least, magnitude);
      sign = hn::Xor(sign, q);
    }
    const V to_others = hn::BitCast(d, multiply<4>(du, least, alpha_, 8));
    const V to_least = hn::BitCast(d, multiply<4>(du, second, alpha_, 8));
    for (std::int32_t e = 0; e < n_edges; ++e) {
      const EdgeAccess& edge = access[e];
      const V q = hn::Load(d, values + e * LdpcWorkspace::max_vector);
      const auto is_least = hn::Eq(hn::Abs(q), hn::BitCast(d, least));
      const V magnitude = hn::IfThenElse(is_least, to_least, to_others);
      const V negative = hn::BroadcastSignBit(hn::Xor(q, sign));
      const V message = hn::Sub(hn::Xor(magnitude, negative), negative);
      hn::Store(message, d, edge.messages + z);
      hn::Store(hn::SaturatedAdd(q, message), d, edge.target + z);
    }
  }

  /// The checks without a bit of degree one: the others can always be made to hold.
  bool core_parity_holds() const {
    for (std::int32_t row = 0; row < LdpcWorkspace::n_core_rows; ++row)
      if (!row_parity_holds(row))
        return false;
    return true;
  }

  bool row_parity_holds(std::int32_t row) const {
    for (std::int32_t z = 0; z < lifting_; z += lanes()) {
      V sign = hn::Zero(d);
      for (std::int32_t e = graph_.row_begin[static_cast<std::size_t>(row)];
           e < graph_.row_begin[static_cast<std::size_t>(row) + 1]; ++e)
        sign = hn::Xor(sign, edge_values(graph_.edges[static_cast<std::size_t>(e)], z));
      if (!hn::AllFalse(d, hn::Lt(sign, hn::Zero(d))))
        return false;
    }
    return true;
  }

  /// Before any iteration: recovers the unknown columns from hard decisions, each by a core row of
  /// which it is the only one, and checks the rows that are left and the CRC.
  bool hard_decisions_hold() {
    std::array<bool, LdpcWorkspace::n_core_rows> used{};
    for (bool found = true; found;) {
      found = false;
      for (std::int32_t row = 0; row < LdpcWorkspace::n_core_rows; ++row)
        if (!used[static_cast<std::size_t>(row)] && count_unknown(row) == 1) {
          recover(row);
          used[static_cast<std::size_t>(row)] = found = true;
        }
    }
    bool holds = true;
    for (std::int32_t row = 0; row < LdpcWorkspace::n_core_rows && holds; ++row)
      holds =
          used[static_cast<std::size_t>(row)] || (count_unknown(row) == 0 && row_parity_holds(row));
    holds = holds && decide();
    if (!holds) {
      w_.buffer.fill(0);
      w_.rotation.fill(0);
    }
    return holds;
  }

  bool is_unknown(const LdpcEdge& edge) const {
    return w_.unknown[static_cast<std::size_t>(edge.column)] != 0;
  }

  std::int32_t count_unknown(std::int32_t row) const {
    std::int32_t n = 0;
    for (std::int32_t e = graph_.row_begin[static_cast<std::size_t>(row)];
         e < graph_.row_begin[static_cast<std::size_t>(row) + 1]; ++e)
      n += is_unknown(graph_.edges[static_cast<std::size_t>(e)]) ? 1 : 0;
    return n;
  }

  /// The one unknown bit of each check of the row is the sum of the others.
  void recover(std::int32_t row) {
    const std::int32_t begin = graph_.row_begin[static_cast<std::size_t>(row)];
    const std::int32_t end = graph_.row_begin[static_cast<std::size_t>(row) + 1];
    std::int32_t unknown = begin;
    while (!is_unknown(graph_.edges[static_cast<std::size_t>(unknown)]))
      ++unknown;
    const LdpcEdge& target = graph_.edges[static_cast<std::size_t>(unknown)];
    const auto column = static_cast<std::size_t>(target.column);
    std::int8_t* const out = w_.column(1, target.column);
    for (std::int32_t z = 0; z < lifting_; z += lanes()) {
      V sign = hn::Zero(d);
      for (std::int32_t e = begin; e < end; ++e)
        if (e != unknown)
          sign = hn::Xor(sign, edge_values(graph_.edges[static_cast<std::size_t>(e)], z));
      hn::Store(hn::Or(sign, hn::Set(d, 1)), d, out + z); // not 0: decided
    }
    repeat(out);
    w_.unknown[column] = 0;
    w_.buffer[column] = 1;
    w_.rotation[column] = target.shift;
  }

  /// Packs the information bits; true when none is undecided and their CRC holds.
  bool decide() {
    std::int8_t* const bits = w_.decisions.data();
    const std::int32_t n_columns = (plan_.info_bits + lifting_ - 1) / lifting_;
    auto undecided = hn::FirstN(d, 0);
    for (std::int32_t column = 0; column < n_columns; ++column)
      for (std::int32_t z = 0; z < lifting_; z += lanes()) {
        const V v = edge_values({static_cast<std::int16_t>(column), 0}, z);
        undecided = hn::Or(undecided, hn::Eq(v, hn::Zero(d)));
        hn::StoreU(v, d, bits + column * lifting_ + z);
      }
    pack(bits);
    const CrcKind kind = plan_.n_code_blocks > 1 ? plan_.code_block_crc : plan_.tb_crc;
    const std::span<const std::uint8_t> bytes(w_.packed.data(),
                                              static_cast<std::size_t>(w_.packed.size()));
    return hn::AllFalse(d, undecided) && crc(kind, bytes, plan_.info_bits) == 0;
  }

  /// Signs to bits, the first one on top of its byte.
  void pack(const std::int8_t* bits) {
    pack_signs(hn::CappedTag<std::int8_t, LdpcWorkspace::max_vector>(), bits, plan_.info_bits,
               w_.packed.data());
    const std::int32_t n_bytes = (plan_.info_bits + 7) / 8;
    if (plan_.info_bits % 8 != 0)
      w_.packed.data()[n_bytes - 1] &= static_cast<std::uint8_t>(0xFF00U >> (plan_.info_bits % 8));
  }

  const CodewordPlan& plan_;
  const LdpcGraph& graph_;
  const std::int32_t max_iterations_;
  const std::int32_t lifting_;
  const std::int32_t n_core_columns_;
  LdpcWorkspace& w_;
  bool hard_decisions_may_do_ = false;
  std::int32_t n_received_ = 0; ///< soft bits that are not 0, without filler
  std::int64_t sum_ = 0;        ///< of their magnitudes
  std::uint8_t alpha_ = 0;      ///< in 1/16
  std::uint16_t scale_ = 256;   ///< of the soft bits, in 1/256
};

CodeBlockVerdict
decode_block(const LdpcBlockTask& task, const std::int8_t* soft_bits, LdpcWorkspace& workspace) {
  if (task.plan->lifting_size <= 16)
    return BlockDecoder<hn::CappedTag<std::int8_t, 16>>(task, workspace).decode(soft_bits);
  if (task.plan->lifting_size <= 32)
    return BlockDecoder<hn::CappedTag<std::int8_t, 32>>(task, workspace).decode(soft_bits);
  return BlockDecoder<hn::CappedTag<std::int8_t, LdpcWorkspace::max_vector>>(task, workspace)
      .decode(soft_bits);
}

} // namespace
} // namespace airan::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace airan {
namespace {

HWY_EXPORT(decode_block);

class DecodeLdpcSimd final : public DecodeLdpc {
public:
  void run(const DecodeLdpcArgs& args, Queue&) noexcept override {
    for (const DecodeLdpcCodeword& codeword : args.codewords) {
      const CodewordPlan& plan = *codeword.plan;
      const LdpcBlockTask task{&plan, &ldpc_graph(plan.base_graph, plan.lifting_size),
                               codeword.max_iterations};
      const auto n_bytes = static_cast<std::size_t>((plan.info_bits + 7) / 8);
      const auto code_blocks = codeword.code_blocks.on_host();
      const auto verdicts = codeword.verdicts.on_host();
      const auto soft_bits = codeword.soft_bits.on_host();
      for (std::int32_t block = 0; block < plan.n_code_blocks; ++block) {
        const std::span<std::uint8_t> out = code_blocks.row(block);
        verdicts(block) =
            HWY_DYNAMIC_DISPATCH(decode_block)(task, soft_bits.row(block).data(), workspace_);
        std::memcpy(out.data(), workspace_.packed.data(), n_bytes);
        std::memset(out.data() + n_bytes, 0, out.size() - n_bytes);
      }
    }
  }

private:
  LdpcWorkspace workspace_;
};

} // namespace

std::unique_ptr<DecodeLdpc> make_decode_ldpc_simd(const PlanLimits&) {
  return std::make_unique<DecodeLdpcSimd>();
}

} // namespace airan
#endif // HWY_ONCE

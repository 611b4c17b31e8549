// SPDX-License-Identifier: Apache-2.0
#include "phy/grant_conflicts.hpp"

#include "phy/grant_context.hpp"
#include "phy/shared_resources.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <vector>

namespace airan {
namespace {

struct Pair {
  const SlotGrants& slot;
  const CheckedGrant& a;
  const CheckedGrant& b;

  template <class... Args>
  tl::unexpected<Error> fail(fmt::format_string<Args...> sentence, Args&&... args) const {
    return file_error(GrantContext::slot_name(slot) +
                      fmt::format(", rnti {} and rnti {}: ", a.rnti, b.rnti) +
                      fmt::format(sentence, std::forward<Args>(args)...));
  }
};

std::uint32_t dmrs_symbols(const CheckedGrant& g, std::uint32_t among) {
  std::uint32_t symbols = 0;
  for (const DmrsSymbol& s : g.dmrs.symbols)
    symbols |= 1U << s.symbol;
  return symbols & among;
}

/// Bit l: symbol l belongs to a double-symbol DM-RS.
std::uint32_t double_dmrs_symbols(const CheckedGrant& g, std::uint32_t among) {
  std::uint32_t symbols = 0;
  for (const DmrsSymbol& s : g.dmrs.symbols)
    if (g.dmrs.nodes[s.node].n_symbols == 2)
      symbols |= 1U << s.symbol;
  return symbols & among;
}

std::uint32_t ports(const CheckedGrant& g) {
  std::uint32_t mask = 0;
  for (const DmrsLayer& layer : g.dmrs.layers)
    mask |= 1U << layer.port;
  return mask;
}

/// The rules for two users on the same REs in `symbols`.
Result<void> check_sharing(const Pair& pair, std::uint32_t symbols) {
  const Dmrs& a = pair.a.dmrs;
  const Dmrs& b = pair.b.dmrs;
  if (a.type != b.type)
    return pair.fail("dmrs_config_type {} and {} differ on shared PRBs: users that share resource "
                     "elements need the same type, so change one or move it to other PRBs",
                     static_cast<int>(a.type) - 1, static_cast<int>(b.type) - 1);
  if (a.n_cdm_groups_without_data != b.n_cdm_groups_without_data)
    return pair.fail("num_dmrs_cdm_groups_no_data {} and {} differ on shared PRBs: users that "
                     "share resource elements need the same number, so change one or move it to "
                     "other PRBs",
                     a.n_cdm_groups_without_data, b.n_cdm_groups_without_data);
  if (dmrs_symbols(pair.a, symbols) != dmrs_symbols(pair.b, symbols) ||
      double_dmrs_symbols(pair.a, symbols) != double_dmrs_symbols(pair.b, symbols))
    return pair.fail("ul_dmrs_symb_pos {} and {} differ in shared symbols: users that share "
                     "resource elements need their DM-RS in the same symbols, so change one or "
                     "move it to other PRBs",
                     pair.slot.pusch[static_cast<std::size_t>(pair.a.index)].ul_dmrs_symb_pos,
                     pair.slot.pusch[static_cast<std::size_t>(pair.b.index)].ul_dmrs_symb_pos);
  if ((ports(pair.a) & ports(pair.b)) != 0)
    return pair.fail("dmrs_ports {} and {} overlap in port {} on shared PRBs: give each user ports "
                     "of its own or move one to other PRBs",
                     ports(pair.a), ports(pair.b), std::countr_zero(ports(pair.a) & ports(pair.b)));
  return {};
}

/// Root of the set that i belongs to.
std::size_t root(std::vector<std::size_t>& parent, std::size_t i) {
  while (parent[i] != i)
    i = parent[i] = parent[parent[i]];
  return i;
}

} // namespace

Result<void> check_conflicts(const SlotGrants& slot, std::span<const CheckedGrant> checked) {
  std::vector<std::size_t> parent(checked.size());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  for (std::size_t j = 0; j < checked.size(); ++j)
    for (std::size_t i = 0; i < j; ++i) {
      const Pair pair{slot, checked[i], checked[j]};
      if (pair.a.rnti == pair.b.rnti && pair.a.harq_id == pair.b.harq_id)
        return pair.fail("harq_process_id {} is granted twice in one slot: give each grant of a "
                         "user a HARQ process of its own",
                         pair.a.harq_id);
      const std::uint32_t symbols = shared_symbols(pair.a, pair.b);
      if (symbols == 0)
        continue;
      if (auto done = check_sharing(pair, symbols); !done)
        return done;
      parent[std::max(root(parent, i), root(parent, j))] =
          std::min(root(parent, i), root(parent, j));
    }

  std::vector<std::int32_t> n_layers(checked.size(), 0);
  for (std::size_t i = 0; i < checked.size(); ++i) {
    const std::size_t group = root(parent, i);
    n_layers[group] += checked[i].n_layers;
    if (n_layers[group] > max_layers_per_group)
      return Pair{slot, checked[group], checked[i]}.fail(
          "the users connected by shared resource elements have more than {} layers together: move "
          "some to other PRBs or symbols",
          max_layers_per_group);
  }
  return {};
}

} // namespace airan

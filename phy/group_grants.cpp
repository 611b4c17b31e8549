// SPDX-License-Identifier: Apache-2.0
#include "phy/group_grants.hpp"

#include "phy/shared_resources.hpp"

#include <algorithm>
#include <array>

namespace airan {
namespace {

/// The layers of the users that hold each RE, as bits over DetectionGroup::layers.
using Users = std::uint16_t;
static_assert(max_layers_per_group <= 16);

/// Bits of the layers of `grant` (index into group.grants).
Users layers_of(const DetectionGroup& group, std::int32_t grant) {
  std::uint32_t users = 0;
  for (std::int32_t i = 0; i < group.layers.size(); ++i)
    if (group.layers[i].grant == grant)
      users |= 1U << i;
  return static_cast<Users>(users);
}

/// Who holds each PRB of the group's span in each symbol of one row of equal symbols.
using UserMap = std::array<Users, max_prb>;

void map_users(const DetectionGroup& group, std::int32_t symbol, UserMap& map) {
  map.fill(0);
  for (std::size_t i = 0; i < group.grants.size(); ++i) {
    const CheckedGrant& g = *group.grants[i];
    if (symbol < g.first_symbol || symbol >= g.first_symbol + g.n_symbols)
      continue;
    const PrbRange prbs = g.hop_of_symbol(symbol).prbs;
    const Users users = layers_of(group, static_cast<std::int32_t>(i));
    for (std::int32_t prb = prbs.first; prb < prbs.end(); ++prb)
      map[static_cast<std::size_t>(prb)] |= users;
  }
}

/// One segment for each run of PRBs with the same users in symbols [first, end).
void cut_row(const UserMap& map,
             std::int32_t first,
             std::int32_t end,
             std::vector<Segment>& segments) {
  for (std::int32_t prb = 0; prb < max_prb;) {
    const Users users = map[static_cast<std::size_t>(prb)];
    std::int32_t next = prb + 1;
    while (next < max_prb && map[static_cast<std::size_t>(next)] == users)
      ++next;
    if (users != 0) {
      Segment segment;
      segment.prbs = {prb, next - prb};
      segment.first_symbol = first;
      segment.n_symbols = end - first;
      for (std::int32_t i = 0; i < max_layers_per_group; ++i)
        if (users >> i & 1)
          segment.layers.push_back(i);
      segments.push_back(segment);
    }
    prb = next;
  }
}

void cut_segments(const DetectionGroup& group, std::vector<Segment>& segments) {
  UserMap row{};
  UserMap current{};
  std::int32_t first = 0;
  for (std::int32_t symbol = 0; symbol <= max_symbols_per_slot; ++symbol) {
    if (symbol < max_symbols_per_slot) {
      map_users(group, symbol, current);
      if (symbol > 0 && current == row)
        continue;
    }
    if (symbol > 0)
      cut_row(row, first, symbol, segments);
    row = current;
    first = symbol;
  }
}

/// Layers, span and time nodes from the grants.
void summarise(DetectionGroup& group) {
  std::int32_t first = max_prb;
  std::int32_t end = 0;
  for (std::size_t i = 0; i < group.grants.size(); ++i) {
    const CheckedGrant& g = *group.grants[i];
    for (std::int32_t layer = 0; layer < g.n_layers; ++layer)
      group.layers.push_back({static_cast<std::int32_t>(i), layer});
    for (const Hop& hop : g.hops) {
      first = std::min(first, hop.prbs.first);
      end = std::max(end, hop.prbs.end());
    }
    group.n_time_nodes = std::max(group.n_time_nodes, g.dmrs.nodes.size());
  }
  group.prbs = {first, end - first};
}

/// Appends to out.grant_pointers every grant connected with grant `first`, in the order of the
/// slot.
void collect(std::span<const CheckedGrant> grants, std::size_t first, GrantGroups& out) {
  const std::size_t begin = out.grant_pointers.size();
  out.grant_pointers.push_back(&grants[first]);
  // The list grows while it is walked: what is connected with a member is a member.
  for (std::size_t i = begin; i < out.grant_pointers.size(); ++i)
    for (std::size_t j = first + 1; j < grants.size(); ++j)
      if (shared_symbols(*out.grant_pointers[i], grants[j]) != 0 &&
          std::find(out.grant_pointers.begin() + static_cast<std::ptrdiff_t>(begin),
                    out.grant_pointers.end(), &grants[j]) == out.grant_pointers.end())
        out.grant_pointers.push_back(&grants[j]);
  std::sort(out.grant_pointers.begin() + static_cast<std::ptrdiff_t>(begin),
            out.grant_pointers.end());
}

} // namespace

void GrantGroups::reserve(std::int32_t n_grants) {
  const auto n = static_cast<std::size_t>(n_grants);
  groups.reserve(n);
  grant_pointers.reserve(n);
  segment_ends.reserve(n);
  // In each symbol n allocations have at most 2n edges, so fewer than 2n runs of equal users.
  segments.reserve(2 * n * max_symbols_per_slot);
}

void group_grants(const SlotId& id, std::span<const CheckedGrant> grants, GrantGroups& out) {
  out.groups.clear();
  out.grant_pointers.clear();
  out.segments.clear();
  out.segment_ends.clear();
  // The spans point into this storage: it must not move while the groups grow.
  out.grant_pointers.reserve(grants.size());
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const auto known = std::find(out.grant_pointers.begin(), out.grant_pointers.end(), &grants[i]);
    if (known != out.grant_pointers.end())
      continue;
    const std::size_t begin = out.grant_pointers.size();
    collect(grants, i, out);
    DetectionGroup group;
    group.id = id;
    group.grants = std::span(out.grant_pointers).subspan(begin);
    summarise(group);
    cut_segments(group, out.segments);
    out.groups.push_back(group);
    out.segment_ends.push_back(out.segments.size());
  }
  std::size_t begin = 0;
  for (std::size_t i = 0; i < out.groups.size(); ++i) {
    out.groups[i].segments = std::span(out.segments).subspan(begin, out.segment_ends[i] - begin);
    begin = out.segment_ends[i];
  }
}

} // namespace airan

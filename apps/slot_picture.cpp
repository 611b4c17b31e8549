// SPDX-License-Identifier: Apache-2.0
// Constellations, measures by symbol and channel magnitudes as series.
#include "apps/slot_picture.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace airan::apps {
namespace {

std::string modulation_name(Modulation m) {
  switch (m) {
  case Modulation::pi2_bpsk:
    return "pi/2-BPSK";
  case Modulation::qpsk:
    return "QPSK";
  case Modulation::qam16:
    return "16QAM";
  case Modulation::qam64:
    return "64QAM";
  case Modulation::qam256:
    return "256QAM";
  }
  return {};
}

io::UserPicture user_picture(const GrantDetail& detail, const CheckedGrant& grant) {
  io::UserPicture user;
  user.rnti = grant.rnti;
  user.modulation = modulation_name(grant.modulation);
  user.constellation.assign(detail.symbols.begin(), detail.symbols.end());
  for (std::size_t l = 0; l < detail.metrics_by_symbol.size(); ++l) {
    const DetectMetrics& m = detail.metrics_by_symbol[l];
    if (m.n_symbols == 0)
      continue;
    const auto n = static_cast<double>(m.n_symbols);
    user.symbols.push_back(static_cast<std::int32_t>(l));
    user.snr_db.push_back(static_cast<float>(10.0 * std::log10(n / m.sum_inverse_sinr)));
    user.evm_percent.push_back(static_cast<float>(100.0 * std::sqrt(m.sum_error_power / n)));
  }
  return user;
}

} // namespace

io::SlotPicture slot_picture(const SlotOutput& output, std::span<const CheckedGrant> grants) {
  io::SlotPicture picture;
  picture.id = output.report.id;
  for (std::size_t i = 0; i < output.details.size(); ++i) {
    const GrantDetail& detail = output.details[i];
    if (detail.symbols.empty() || !output.report.transport_blocks[i].has_data)
      continue;
    picture.users.push_back(user_picture(detail, grants[i]));

    // Magnitude at the first DM-RS node, one line per receive port (and layer, where there are
    // several).
    const DetectionGroup& group = *detail.group;
    const auto h = detail.estimate->h.on_host();
    for (std::int32_t layer = 0; layer < group.layers.size(); ++layer) {
      if (group.layers[layer].grant != detail.grant_in_group)
        continue;
      const PrbRange prbs = grants[i].hops[0].prbs;
      const std::int32_t first = prbs.first_subcarrier() - group.prbs.first_subcarrier();
      for (std::int32_t port = 0; port < h.extent(1); ++port) {
        io::ChannelPicture channel;
        channel.name = "port " + std::to_string(port);
        if (grants[i].n_layers > 1)
          channel.name += ", layer " + std::to_string(group.layers[layer].layer);
        if (grants.size() > 1)
          channel.name += ", rnti " + std::to_string(grants[i].rnti);
        channel.first_subcarrier = prbs.first_subcarrier();
        for (std::int32_t k = 0; k < prbs.n_subcarriers(); ++k)
          channel.magnitude_db.push_back(
              10.0F * std::log10(std::max(norm(h(layer, port, 0, first + k)), 1e-30F)));
        picture.channels.push_back(std::move(channel));
      }
    }
  }
  return picture;
}

} // namespace airan::apps

// SPDX-License-Identifier: Apache-2.0
#include "simulation/suite_links.hpp"

#include "config/resolve_cell.hpp"

namespace airan::simulation {

Result<std::vector<SuiteLink>> suite_links(const config::Configuration& configuration) {
  const config::Suite& suite = *configuration.suite;
  std::vector<SuiteLink> links;
  for (std::size_t i = 0; i < suite.curves.size(); ++i) {
    const config::Curve& curve = suite.curves[i];
    SuiteLink s;
    s.name = curve.name;

    config::Cell cell = configuration.cells.front();
    if (curve.rx_ports)
      cell.rx_ports = curve.rx_ports;
    auto settings = config::resolve_cell(cell, {}, "", SignalDomain::frequency);
    if (!settings)
      return configuration_error("curve '" + curve.name + "': " + settings.error().message);
    s.link.cell = *settings;
    s.link.user = configuration.transmitter->users.front();
    if (curve.mcs_index)
      s.link.user.mcs_index = curve.mcs_index;
    if (curve.mcs_table)
      s.link.user.mcs_table = *curve.mcs_table;
    s.link.channel = configuration.channel.value_or(config::Channel{});
    if (curve.model)
      s.link.channel.model = *curve.model;
    s.link.receiver.ldpc_max_iterations =
        curve.ldpc_max_iterations.value_or(configuration.receiver.ldpc_max_iterations);
    s.link.rows.rows = configuration.receiver.rows;
    s.link.seed = static_cast<std::uint64_t>(suite.seed) + i;
    s.link.sfn = configuration.transmitter->first_sfn;
    s.link.slot = configuration.transmitter->first_slot;

    s.curve.snr_start_db = curve.snr_start_db;
    s.curve.snr_stop_db = curve.snr_stop_db;
    s.curve.snr_step_db = suite.snr_step_db;
    s.curve.min_blocks = suite.min_slots_per_point;
    s.curve.max_blocks = suite.max_slots_per_point;
    s.curve.max_errors = suite.max_block_errors;
    s.curve.stop_bler = suite.stop_bler;
    s.curve.target_bler = suite.target_bler;
    links.push_back(std::move(s));
  }
  return links;
}

} // namespace airan::simulation

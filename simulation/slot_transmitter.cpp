// SPDX-License-Identifier: Apache-2.0
// Makes what the users of a slot send: payloads, precoders, expectations, and the grid.
#include "simulation/slot_transmitter.hpp"

#include "io/hash.hpp"
#include "phy/check_grants.hpp"
#include "phy/mcs_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace airan::simulation {
namespace {

/// Whether the grant itself says no code rate: a reserved MCS, or an order alone.
bool leaves_rate_open(const PuschGrant& grant) {
  if (!grant.mcs_index)
    return !grant.target_code_rate;
  const std::int32_t table = grant.mcs_table.value_or(grant.transform_precoding == 1 ? 3 : 0);
  const auto entry =
      mcs_entry(table, *grant.mcs_index, grant.qam_mod_order == 1 ? TpPi2Bpsk::on : TpPi2Bpsk::off);
  return entry && entry->code_rate == 0;
}

} // namespace

void SlotTransmitter::complete_retransmission(PuschGrant& grant) const {
  const auto sent = sent_.find({grant.rnti, grant.harq_process_id});
  if (grant.new_data_indicator == 1 || sent == sent_.end() || !leaves_rate_open(grant))
    return;
  if (!grant.tb_size)
    grant.tb_size = std::ssize(sent->second.payload);
  if (!grant.ldpc_base_graph)
    grant.ldpc_base_graph = static_cast<std::int32_t>(sent->second.base_graph);
}

Result<std::vector<std::uint8_t>> SlotTransmitter::payload_of(const SlotGrants& slot,
                                                              const CheckedGrant& grant) {
  const auto n_bytes = static_cast<std::size_t>(grant.tb_bytes());
  if (grant.is_new_data) {
    std::vector<std::uint8_t> payload(n_bytes);
    std::generate(payload.begin(), payload.end(),
                  [&] { return static_cast<std::uint8_t>(random_() >> 56); });
    return payload;
  }
  const auto sent = sent_.find({grant.rnti, grant.harq_id});
  const std::string where = fmt::format("slot {} of SFN {}, rnti {}, HARQ process {}", slot.slot,
                                        slot.sfn, grant.rnti, grant.harq_id);
  if (sent == sent_.end())
    return configuration_error(fmt::format(
        "{}: new_data_indicator is 0, but nothing was sent before; send new data first.", where));
  if (sent->second.payload.size() != n_bytes)
    return configuration_error(fmt::format("{}: a retransmission of {} bytes, but the first "
                                           "transmission had {}; give it an allocation "
                                           "of the same size or a reserved MCS with tb_size {}.",
                                           where, n_bytes, sent->second.payload.size(),
                                           sent->second.payload.size()));
  return sent->second.payload;
}

Result<std::vector<SlotUser>>
SlotTransmitter::prepare(SlotGrants& grants,
                         std::span<const std::optional<CodebookPrecoder>> precoders) {
  if (!precoders.empty() && precoders.size() != grants.pusch.size())
    return internal_error(fmt::format("{} precoders were given for {} grants.", precoders.size(),
                                      grants.pusch.size()));
  for (PuschGrant& grant : grants.pusch)
    complete_retransmission(grant);
  auto checked = check_grants(grants, cell_);
  if (!checked)
    return tl::unexpected(checked.error());
  std::vector<SlotUser> users;
  for (const CheckedGrant& grant : *checked) {
    SlotUser user{grant, {}, {}, grant.n_layers};
    const auto index = static_cast<std::size_t>(grant.index);
    if (!precoders.empty() && precoders[index]) {
      auto w = codebook_matrix(*precoders[index], grant.n_layers, grant.waveform);
      if (!w)
        return tl::unexpected(w.error());
      user.precoder = std::move(*w);
      user.n_antenna_ports = precoders[index]->n_antenna_ports;
    }
    auto payload = payload_of(grants, grant);
    if (!payload)
      return tl::unexpected(payload.error());
    user.payload = std::move(*payload);
    users.push_back(std::move(user));
  }
  for (const SlotUser& user : users) {
    sent_[{user.grant.rnti, user.grant.harq_id}] = {user.payload, user.grant.codeword.base_graph};
    PuschGrant& grant = grants.pusch[static_cast<std::size_t>(user.grant.index)];
    grant.tb_size = user.grant.tb_bytes();
    if (!grant.expect)
      grant.expect.emplace();
    grant.expect->payload_sha256 = io::sha256_hex(user.payload);
    if (!grant.expect->crc_ok)
      grant.expect->crc_ok = true;
  }
  return users;
}

void transmit_user(const SlotUser& user, View<cf32, 3> grid) {
  transmit_pusch({&user.grant, user.payload, user.precoder}, grid);
}

} // namespace airan::simulation

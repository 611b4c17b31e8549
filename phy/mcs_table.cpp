// SPDX-License-Identifier: Apache-2.0
// The tables themselves: TS 38.214 5.1.3.1-1..3, 6.1.4.1-1..2. The values agree in two independent
// implementations: OCUDU (BSD-3-Clause-Open-MPI) and Sionna (Apache-2.0).
#include "phy/mcs_table.hpp"

#include <array>
#include <span>

namespace airan {
namespace {

/// Modulation order and R x 1024 with q = 1; order 1 stands for q.
struct Row {
  std::int32_t order;
  double rate;
};

constexpr double reserved = 0;
constexpr std::int32_t n_rows = 32;
using Table = std::array<Row, n_rows>;

constexpr Table table_5_1_3_1_1 = {
    {{2, 120}, {2, 157},      {2, 193},      {2, 251},     {2, 308}, {2, 379}, {2, 449},
     {2, 526}, {2, 602},      {2, 679},      {4, 340},     {4, 378}, {4, 434}, {4, 490},
     {4, 553}, {4, 616},      {4, 658},      {6, 438},     {6, 466}, {6, 517}, {6, 567},
     {6, 616}, {6, 666},      {6, 719},      {6, 772},     {6, 822}, {6, 873}, {6, 910},
     {6, 948}, {2, reserved}, {4, reserved}, {6, reserved}}};

constexpr Table table_5_1_3_1_2 = {
    {{2, 120},      {2, 193},      {2, 308},      {2, 449},     {2, 602}, {4, 378},   {4, 434},
     {4, 490},      {4, 553},      {4, 616},      {4, 658},     {6, 466}, {6, 517},   {6, 567},
     {6, 616},      {6, 666},      {6, 719},      {6, 772},     {6, 822}, {6, 873},   {8, 682.5},
     {8, 711},      {8, 754},      {8, 797},      {8, 841},     {8, 885}, {8, 916.5}, {8, 948},
     {2, reserved}, {4, reserved}, {6, reserved}, {8, reserved}}};

constexpr Table table_5_1_3_1_3 = {
    {{2, 30},  {2, 40},       {2, 50},       {2, 64},      {2, 78},  {2, 99},  {2, 120},
     {2, 157}, {2, 193},      {2, 251},      {2, 308},     {2, 379}, {2, 449}, {2, 526},
     {2, 602}, {4, 340},      {4, 378},      {4, 434},     {4, 490}, {4, 553}, {4, 616},
     {6, 438}, {6, 466},      {6, 517},      {6, 567},     {6, 616}, {6, 666}, {6, 719},
     {6, 772}, {2, reserved}, {4, reserved}, {6, reserved}}};

constexpr Table table_6_1_4_1_1 = {
    {{1, 240},      {1, 314},      {2, 193},      {2, 251},     {2, 308}, {2, 379}, {2, 449},
     {2, 526},      {2, 602},      {2, 679},      {4, 340},     {4, 378}, {4, 434}, {4, 490},
     {4, 553},      {4, 616},      {4, 658},      {6, 466},     {6, 517}, {6, 567}, {6, 616},
     {6, 666},      {6, 719},      {6, 772},      {6, 822},     {6, 873}, {6, 910}, {6, 948},
     {1, reserved}, {2, reserved}, {4, reserved}, {6, reserved}}};

constexpr Table table_6_1_4_1_2 = {
    {{1, 60},       {1, 80},       {1, 100},      {1, 128},     {1, 156}, {1, 198}, {2, 120},
     {2, 157},      {2, 193},      {2, 251},      {2, 308},     {2, 379}, {2, 449}, {2, 526},
     {2, 602},      {2, 679},      {4, 378},      {4, 434},     {4, 490}, {4, 553}, {4, 616},
     {4, 658},      {4, 699},      {4, 772},      {6, 567},     {6, 616}, {6, 666}, {6, 772},
     {1, reserved}, {2, reserved}, {4, reserved}, {6, reserved}}};

constexpr std::array<const Table*, 5> tables = {
    &table_5_1_3_1_1, &table_5_1_3_1_2, &table_5_1_3_1_3, &table_6_1_4_1_1, &table_6_1_4_1_2};

} // namespace

std::optional<McsEntry> mcs_entry(std::int32_t table, std::int32_t index, TpPi2Bpsk pi2_bpsk) {
  if (table < 0 || table >= static_cast<std::int32_t>(tables.size()) || index < 0 ||
      index >= n_rows)
    return std::nullopt;
  const Row& row = (*tables[static_cast<std::size_t>(table)])[static_cast<std::size_t>(index)];
  if (row.order != 1)
    return McsEntry{static_cast<Modulation>(row.order), row.rate};
  // The tables give order q and rate "value / q" (6.1.4.1).
  return pi2_bpsk == TpPi2Bpsk::on ? McsEntry{Modulation::pi2_bpsk, row.rate}
                                   : McsEntry{Modulation::qpsk, row.rate / 2};
}

} // namespace airan

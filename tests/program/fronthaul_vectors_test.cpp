// SPDX-License-Identifier: Apache-2.0
// Every bundled vector as fronthaul packets: `airan run` reads a capture of what a radio unit would
// have sent, and must find the same payloads as in the grid.
#include "io/files/grants_reader.hpp"
#include "io/pcap/capture_writer.hpp"
#include "simulation/packet_list.hpp"
#include "simulation/radio_unit.hpp"
#include "tests/program/bundled_vectors.hpp"
#include "tests/support/hdf5_file.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>

namespace airan::tests {
namespace {

/// How the IQ is written and cut into packets, and the same in the words of the configuration.
struct Wire {
  const char* name;
  config::RadioUnit unit;
  const char* compression;
};

/// Numbers of 16 bits, ten PRBs at most to a packet.
Wire uncompressed() {
  Wire wire{"uncompressed_16_bit", {}, "{method: none, width: 16, header: static}"};
  wire.unit.compression = {CompressionMethod::none, 16, CompressionHeader::fixed};
  wire.unit.max_prb_per_section = 10;
  return wire;
}
/// What MTU 1500 holds: 53 PRBs.
Wire bfp_9() {
  Wire wire{"bfp_9_bit", {}, "{method: bfp, width: 9, header: static}"};
  wire.unit.compression = {CompressionMethod::bfp, 9, CompressionHeader::fixed};
  wire.unit.mtu = 1500;
  return wire;
}
/// Two sections of seven PRBs at most to a packet, each with its own udCompHdr; C-plane too.
Wire bfp_14() {
  Wire wire{"bfp_14_bit", {}, "{method: bfp, width: 14, header: dynamic}"};
  wire.unit.compression = {CompressionMethod::bfp, 14, CompressionHeader::dynamic};
  wire.unit.max_prb_per_section = 7;
  wire.unit.sections_per_message = 2;
  wire.unit.c_plane = true;
  return wire;
}
void PrintTo(const Wire& wire, std::ostream* out) {
  *out << wire.name;
}

/// A vector as a cell whose packets a capture holds.
struct SentVector {
  std::string cell; ///< of the configuration, without its id
  std::int64_t n_slots = 0;
  std::int64_t n_packets = 0;
};

/// Writes the granted symbols of all granted slots of a vector to a capture; full scale is 6 dB
/// above the largest component, as radio units leave headroom.
void send(const std::string& name, const Wire& wire, const std::string& path, SentVector& sent) {
  const test::Hdf5File file(name + ".h5");
  const auto shape = file.extents("grid"); // [slot, port, symbol, subcarrier]
  std::vector<cf32> values = file.complex_values("grid");
  CellSettings cell;
  cell.numerology = static_cast<std::int32_t>(file.integer_attribute("numerology").value());
  cell.rx_ports = static_cast<std::int32_t>(shape.at(1));
  cell.n_prb = static_cast<std::int32_t>(shape.at(3) / subcarriers_per_prb);
  ASSERT_EQ(shape.at(2), cell.n_symbols()) << name;
  const std::int64_t first = slot_count_in_cycle(
      static_cast<std::int32_t>(file.integer_attribute("first_sfn").value()),
      static_cast<std::int32_t>(file.integer_attribute("first_slot").value()), cell.numerology);
  const auto slot_values = static_cast<std::int64_t>(values.size()) / shape.at(0);
  const auto grid_of = [&](std::int64_t slot) {
    return View<cf32, 3>(values.data() + slot * slot_values,
                         {cell.rx_ports, cell.n_symbols(), cell.n_subcarriers()});
  };

  auto unit = simulation::RadioUnit::make(cell, wire.unit);
  ASSERT_TRUE(unit) << unit.error().message;
  const View<cf32, 3> whole(values.data(), {static_cast<std::int32_t>(shape.at(0)) * cell.rx_ports,
                                            cell.n_symbols(), cell.n_subcarriers()});
  unit->set_gain(simulation::gain_to_peak(simulation::largest_component(whole, 0x3FFF), 0.5));
  io::GrantsSettings settings;
  settings.path = name + ".grants.jsonl";
  settings.numerology = cell.numerology;
  auto grants = io::GrantsReader::open(settings);
  ASSERT_TRUE(grants) << grants.error().message;
  simulation::PacketList packets;
  for (auto line = grants->next(); line && *line; line = grants->next(), ++sent.n_slots) {
    const SlotId& id = (*line)->id;
    ASSERT_LT(id.count - first, shape.at(0)) << name;
    unit->send(id, simulation::granted_symbols((*line)->grants), grid_of(id.count - first),
               packets);
  }
  EXPECT_EQ(unit->n_saturated(), 0) << name;
  packets.sort();
  auto capture = io::CaptureWriter::create(path);
  ASSERT_TRUE(capture) << capture.error().message;
  for (const simulation::ListedPacket& packet : packets.packets())
    ASSERT_TRUE(
        capture->append(packets.bytes_of(packet), simulation::capture_epoch_ns + packet.time_ns));
  ASSERT_TRUE(capture->finish());
  sent.n_packets = static_cast<std::int64_t>(packets.packets().size());
  sent.cell =
      "numerology: " + std::to_string(cell.numerology) + ", n_prb: " + std::to_string(cell.n_prb) +
      ", rx_ports: " + std::to_string(cell.rx_ports) + ",\n    source: {type: pcap, path: " + path +
      ", grants: " + settings.path + ", compression: " + wire.compression + "}";
}

class FronthaulVectors : public testing::TestWithParam<std::tuple<Share, Wire>> {};

TEST_P(FronthaulVectors, GiveThePayloadsOfTheirGrids) {
  const auto& [share, wire] = GetParam();
  const auto names = vector_names(share);
  const RunFolder folder;
  std::string text = "cells:\n";
  std::int64_t n_packets = 0;
  std::int64_t n_slots = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    SentVector sent;
    send(names[i], wire, folder.at("cell" + std::to_string(i + 1) + ".pcap"), sent);
    ASSERT_FALSE(HasFatalFailure());
    text += "  - {id: " + std::to_string(i + 1) + ", " + sent.cell + "}\n";
    n_packets += sent.n_packets;
    n_slots += sent.n_slots;
  }
  folder.write("run.yaml", text + "output: {directory: out}\n");
  const auto result = folder.run("run run.yaml");
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  expect_received(folder, names);

  const auto report = folder.report();
  const auto packets = report.at("packets").as_object();
  EXPECT_EQ(packets.at("received").as_int64(), n_packets);
  EXPECT_EQ(packets.at("accepted").as_int64(), n_packets);
  for (const auto& [reason, n] : packets.at("dropped").as_object())
    EXPECT_EQ(n.as_int64(), 0) << reason;
  EXPECT_EQ(packets.at("missing_prbs").as_int64(), 0);
  EXPECT_EQ(packets.at("sequence_gaps").as_int64(), 0);
  EXPECT_EQ(report.at("slots_dropped").as_int64(), 0);
  EXPECT_GE(n_slots, static_cast<std::int64_t>(names.size()));
}

/// Such as "sionna_2_bfp_9_bit".
std::string name_of(const testing::TestParamInfo<std::tuple<Share, Wire>>& info) {
  const auto& [share, wire] = info.param;
  return std::string(share.folder) + "_" + std::to_string(share.part) + "_" + wire.name;
}

// No vector is left out: nine bits of block floating point leave an error 42 to 48 dB below the
// signal of each PRB, and none needs that much. The one that is least robust is 256QAM at 38 dB
// (s07_256qam_hi_1l4p); the noise-free ones (Sionna) are 16QAM of rate 0.54.
INSTANTIATE_TEST_SUITE_P(Bundled,
                         FronthaulVectors,
                         testing::Combine(testing::ValuesIn(all_shares()),
                                          testing::Values(uncompressed(), bfp_9(), bfp_14())),
                         name_of);

} // namespace
} // namespace airan::tests

// SPDX-License-Identifier: Apache-2.0
// Wireshark's dissector reads what the frame builder writes: an opinion that owes nothing to ours.
#include "io/oran/build_frame.hpp"
#include "io/pcap/capture_writer.hpp"
#include "tests/support/prb_iq_oracle.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>

namespace airan::io::oran {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);)
    parts.push_back(part);
  return parts;
}

/// tshark's columns for the frames of a capture.
class Dissection : public ::testing::Test {
protected:
  void SetUp() override {
    if (std::system("command -v tshark >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "tshark (Debian: tshark) is not installed";
  }
  void add(std::span<const std::byte> frame) { frames_.emplace_back(frame.begin(), frame.end()); }
  /// [frame][field]: values, those of a field that occurs several times with commas between.
  std::vector<std::vector<std::string>> dissect(const std::string& preferences,
                                                const std::vector<std::string>& fields) {
    const std::string capture = folder_.path("frames.pcap");
    auto writer = CaptureWriter::create(capture);
    EXPECT_TRUE(writer.has_value());
    for (std::size_t i = 0; i < frames_.size(); ++i)
      EXPECT_TRUE(writer->append(frames_[i], 1'000 * static_cast<std::int64_t>(i)).has_value());
    EXPECT_TRUE(writer->finish().has_value());

    // A home of its own, so that nobody's preferences count.
    std::string command = "HOME='" + folder_.root() + "' XDG_CONFIG_HOME='" + folder_.root() +
                          "' LC_ALL=C tshark -n -r '" + capture + "' " + preferences +
                          " -T fields -E separator=';' -E aggregator=,";
    for (const std::string& field : fields)
      command += " -e " + field;
    command += " >'" + folder_.path("out") + "' 2>'" + folder_.path("err") + "'";
    EXPECT_EQ(std::system(command.c_str()), 0) << test::TemporaryFolder::read(folder_.path("err"));
    std::vector<std::vector<std::string>> rows;
    for (const std::string& line : split(test::TemporaryFolder::read(folder_.path("out")), '\n')) {
      rows.push_back(split(line, ';'));
      rows.back().resize(fields.size());
    }
    EXPECT_EQ(rows.size(), frames_.size());
    rows.resize(frames_.size(), std::vector<std::string>(fields.size()));
    return rows;
  }

  /// A field of tshark and its value in each frame.
  struct Expected {
    std::string field;
    std::vector<std::string> values;
  };
  void expect_fields(const std::string& preferences, const std::vector<Expected>& expected) {
    std::vector<std::string> fields;
    for (const Expected& e : expected)
      fields.push_back(e.field);
    const auto rows = dissect(preferences, fields);
    for (std::size_t f = 0; f < expected.size(); ++f)
      for (std::size_t frame = 0; frame < rows.size(); ++frame)
        EXPECT_EQ(rows[frame][f], expected[f].values.at(frame))
            << expected[f].field << " of frame " << frame;
  }

  std::vector<std::vector<std::byte>> frames_;
  test::TemporaryFolder folder_;
};

FrameHeader header() {
  FrameHeader h;
  h.destination = {2, 0, 0, 0, 0, 1};
  h.source = {2, 0, 0, 0, 0, 2};
  h.eaxc = 0x9A53; // DU port 2, band sector 26, carrier 5, RU port 3 of 2 + 6 + 4 + 4 bits
  h.sequence = 200;
  h.frame = 87;
  h.subframe = 9;
  h.slot = 1;
  h.symbol = 12;
  return h;
}

struct Compressed {
  SectionCompression compression;
  CompressionHeader header = CompressionHeader::fixed;
};

class UplaneDissection : public Dissection, public ::testing::WithParamInterface<Compressed> {
protected:
  std::size_t prb_bytes() const {
    const auto width = static_cast<std::size_t>(GetParam().compression.width);
    return 3 * width + (is_bfp() ? 1 : 0);
  }
  bool is_bfp() const { return GetParam().compression.method == CompressionMethod::bfp; }
  std::string preferences() const {
    return "-o oran_fh_cus.oran.iq_bitwidth_up:" + std::to_string(GetParam().compression.width) +
           " -o 'oran_fh_cus.oran.ud_comp_up:" +
           (is_bfp() ? "Block Floating Point Compression" : "No Compression") +
           "' -o oran_fh_cus.oran.ud_comp_hdr_up:" +
           (GetParam().header == CompressionHeader::dynamic ? "TRUE" : "FALSE");
  }
  UplaneSection section(std::uint16_t id, std::uint16_t first, std::uint16_t n) {
    std::vector<std::byte>& iq = iq_.emplace_back(n * prb_bytes());
    for (std::size_t i = 0; i < iq.size(); ++i)
      iq[i] = static_cast<std::byte>(random_() & (is_bfp() && i % prb_bytes() == 0 ? 15U : 255U));
    std::optional<SectionCompression> compression;
    if (GetParam().header == CompressionHeader::dynamic)
      compression = GetParam().compression;
    return {id, first, n, compression, iq};
  }
  void add_uplane(const FrameHeader& h, std::span<const UplaneSection> sections) {
    std::vector<std::byte> out(9000);
    const auto n = build_uplane_frame(h, sections, out);
    ASSERT_TRUE(n.has_value());
    add(std::span(out).first(*n));
  }
  /// I and Q of every RE, on the scale of the mantissas times 2^exponent.
  void expect_iq(std::span<const UplaneSection> sections,
                 const std::string& exponents,
                 const std::string& i_samples,
                 const std::string& q_samples) {
    const auto exponent = split(exponents, ',');
    const auto i = split(i_samples, ',');
    const auto q = split(q_samples, ',');
    const std::int32_t width = GetParam().compression.width;
    const IqFormat format{is_bfp() ? IqNumber::bfp : IqNumber::packed, ByteOrder::big,
                          static_cast<std::uint8_t>(width)};
    std::size_t prb = 0;
    for (const UplaneSection& s : sections)
      for (std::size_t p = 0; p < s.n_prb; ++p, ++prb) {
        const auto expected = test::prb_iq(s.iq.subspan(p * prb_bytes(), prb_bytes()), format);
        ASSERT_LT(12 * prb + 11, std::min(i.size(), q.size()));
        int e = 0;
        if (is_bfp()) {
          ASSERT_LT(prb, exponent.size());
          e = std::stoi(exponent[prb]);
        }
        for (std::size_t n = 0; n < 24; ++n) {
          // tshark scales by 2^-(width + 14) and prints six digits, which tell 2^16 mantissas
          // apart.
          const double value = std::stod((n % 2 == 0 ? i : q)[12 * prb + n / 2]);
          EXPECT_EQ(std::llround(std::ldexp(value, width + 14 - e)) * (1LL << e),
                    expected.numbers[n]);
        }
      }
    EXPECT_EQ(i.size(), 12 * prb);
    EXPECT_EQ(q.size(), 12 * prb);
  }

  std::vector<std::vector<std::byte>> iq_;
  std::mt19937 random_{22};
};

TEST_P(UplaneDissection, GivesTheFieldsAndNumbersThatWereWritten) {
  const std::array one{section(0x123, 106, 3)};
  const std::array three{section(1, 0, 2), section(2, 100, 1), section(4095, 272, 1)};
  FrameHeader h = header();
  add_uplane(h, one);
  h.vlan = 0x123;
  h.vlan_priority = 7;
  h.frame = 255;
  h.slot = 0;
  h.symbol = 0;
  add_uplane(h, three);

  const bool is_dynamic = GetParam().header == CompressionHeader::dynamic;
  const std::string width = std::to_string(GetParam().compression.width % 16); // 16 is sent as 0
  const std::string method = is_bfp() ? "1" : "0";
  const auto if_dynamic = [&](const std::string& text) { return is_dynamic ? text : ""; };
  const auto size = [&](std::size_t n_sections, std::size_t n_prb) {
    return std::to_string(8 + n_sections * (is_dynamic ? 6 : 4) + n_prb * prb_bytes());
  };
  expect_fields(
      preferences(),
      {{"frame.protocols",
        {"eth:ethertype:ecpri:oran_fh_cus", "eth:ethertype:vlan:ethertype:ecpri:oran_fh_cus"}},
       {"eth.dst", {"02:00:00:00:00:01", "02:00:00:00:00:01"}},
       {"eth.src", {"02:00:00:00:00:02", "02:00:00:00:00:02"}},
       {"vlan.id", {"", "291"}},
       {"vlan.priority", {"", "7"}},
       {"ecpri.revision", {"1", "1"}},
       {"ecpri.cbit", {"0", "0"}},
       {"ecpri.type", {"0x00", "0x00"}},
       {"ecpri.size", {size(1, 3), size(3, 4)}},
       {"oran_fh_cus.du_port_id", {"2", "2"}},
       {"oran_fh_cus.bandsector_id", {"26", "26"}},
       {"oran_fh_cus.cc_id", {"5", "5"}},
       {"oran_fh_cus.ru_port_id", {"3", "3"}},
       {"oran_fh_cus.sequence_id", {"200", "200"}},
       {"oran_fh_cus.e_bit", {"1", "1"}},
       {"oran_fh_cus.subsequence_id", {"0", "0"}},
       {"oran_fh_cus.data_direction", {"0", "0"}},
       {"oran_fh_cus.payloadVersion", {"1", "1"}},
       {"oran_fh_cus.filterIndex", {"0", "0"}},
       {"oran_fh_cus.frameId", {"87", "255"}},
       {"oran_fh_cus.subframe_id", {"9", "9"}},
       {"oran_fh_cus.slotId", {"1", "0"}},
       {"oran_fh_cus.startSymbolId", {"12", "0"}},
       {"oran_fh_cus.sectionId", {"291", "1,2,4095"}},
       {"oran_fh_cus.rb", {"0", "0,0,0"}},
       {"oran_fh_cus.symInc", {"0", "0,0,0"}},
       {"oran_fh_cus.startPrbu", {"106", "0,100,272"}},
       {"oran_fh_cus.numPrbu", {"3", "2,1,1"}},
       {"oran_fh_cus.udCompHdrWidth",
        {if_dynamic(width), if_dynamic(width + "," + width + "," + width)}},
       {"oran_fh_cus.udCompHdrMeth",
        {if_dynamic(method), if_dynamic(method + "," + method + "," + method)}},
       {"_ws.malformed", {"", ""}},
       {"_ws.expert", {"", ""}}});

  const auto rows = dissect(preferences(),
                            {"oran_fh_cus.exponent", "oran_fh_cus.iSample", "oran_fh_cus.qSample"});
  expect_iq(one, rows[0][0], rows[0][1], rows[0][2]);
  expect_iq(three, rows[1][0], rows[1][1], rows[1][2]);
}

std::vector<Compressed> every_compression() {
  std::vector<Compressed> all;
  for (const CompressionHeader h : {CompressionHeader::fixed, CompressionHeader::dynamic})
    for (const CompressionMethod m : {CompressionMethod::none, CompressionMethod::bfp})
      for (const std::uint8_t width : {8, 9, 12, 14, 16})
        all.push_back({{m, width}, h});
  return all;
}

INSTANTIATE_TEST_SUITE_P(EveryWidth,
                         UplaneDissection,
                         ::testing::ValuesIn(every_compression()),
                         [](const ::testing::TestParamInfo<Compressed>& tested) {
                           const Compressed& c = tested.param;
                           return std::string(c.header == CompressionHeader::dynamic ? "Dynamic"
                                                                                     : "Static") +
                                  (c.compression.method == CompressionMethod::bfp ? "Bfp"
                                                                                  : "None") +
                                  std::to_string(c.compression.width);
                         });

class CplaneDissection : public Dissection {
protected:
  void add_cplane(const FrameHeader& h,
                  const CplaneHeader& control,
                  std::span<const CplaneSection> sections) {
    std::vector<std::byte> out(1500);
    const auto n = build_cplane_frame(h, control, sections, out);
    ASSERT_TRUE(n.has_value());
    add(std::span(out).first(*n));
  }
};

TEST_F(CplaneDissection, GivesTheFieldsThatWereWritten) {
  std::array<CplaneSection, 2> sections;
  sections[0].id = 17;
  sections[0].beam = 5;
  sections[1].id = 18;
  sections[1].first_prb = 200;
  sections[1].n_prb = 73;
  sections[1].re_mask = 0xABC;
  sections[1].n_symbols = 7;
  sections[1].beam = 0x7FFE;
  sections[1].frequency_offset = -3276;
  CplaneHeader control;
  control.time_offset = 0x1234;
  control.frame_structure = 0xB1; // 2048-point FFT, 30 kHz
  control.cp_length = 0x5678;
  control.compression = SectionCompression{CompressionMethod::bfp, 9};
  FrameHeader h = header();
  for (const SectionType type : {SectionType::idle, SectionType::normal, SectionType::prach}) {
    control.type = type;
    h.filter_index = type == SectionType::prach ? 3 : 0;
    add_cplane(h, control, sections);
  }
  expect_fields("", {{"ecpri.type", {"0x02", "0x02", "0x02"}},
                     {"ecpri.size", {"32", "28", "40"}},
                     {"oran_fh_cus.ru_port_id", {"3", "3", "3"}},
                     {"oran_fh_cus.sequence_id", {"200", "200", "200"}},
                     {"oran_fh_cus.data_direction", {"0", "0", "0"}},
                     {"oran_fh_cus.filterIndex", {"0", "0", "3"}},
                     {"oran_fh_cus.frameId", {"87", "87", "87"}},
                     {"oran_fh_cus.subframe_id", {"9", "9", "9"}},
                     {"oran_fh_cus.slotId", {"1", "1", "1"}},
                     {"oran_fh_cus.startSymbolId", {"12", "12", "12"}},
                     {"oran_fh_cus.numberOfSections", {"2", "2", "2"}},
                     {"oran_fh_cus.sectionType", {"0", "1", "3"}},
                     {"oran_fh_cus.timeOffset", {"4660", "", "4660"}},
                     {"oran_fh_cus.frameStructure.fft", {"0x0b", "", "0x0b"}},
                     {"oran_fh_cus.frameStructure.spacing", {"0x01", "", "0x01"}},
                     {"oran_fh_cus.cpLength", {"22136", "", "22136"}},
                     {"oran_fh_cus.udCompHdrWidth", {"", "9", "9"}},
                     {"oran_fh_cus.udCompHdrMeth", {"", "1", "1"}},
                     {"oran_fh_cus.sectionId", {"17,18", "17,18", "17,18"}},
                     {"oran_fh_cus.startPrbc", {"0,200", "0,200", "0,200"}},
                     {"oran_fh_cus.numPrbc", {"0,73", "0,73", "0,73"}},
                     {"oran_fh_cus.reMask", {"0x0fff,0x0abc", "0x0fff,0x0abc", "0x0fff,0x0abc"}},
                     {"oran_fh_cus.numSymbol", {"14,7", "14,7", "14,7"}},
                     {"oran_fh_cus.ef", {"", "0,0", "0,0"}},
                     {"oran_fh_cus.beamId", {"", "5,32766", "5,32766"}},
                     // 24 bits, printed without a sign: 2^24 - 3276.
                     {"oran_fh_cus.freqOffset", {"", "", "0,16773940"}},
                     {"_ws.malformed", {"", "", ""}},
                     {"_ws.expert", {"", "", ""}}});
}

TEST_F(CplaneDissection, FlagsAFrameThatIsCut) {
  CplaneSection section;
  add_cplane(header(), {}, {&section, 1});
  frames_.push_back(frames_[0]);
  frames_[1].resize(30); // within the section
  const auto rows = dissect("", {"_ws.malformed", "_ws.expert"});
  EXPECT_EQ(rows[0][0] + rows[0][1], "");
  EXPECT_NE(rows[1][0] + rows[1][1], "");
}

} // namespace
} // namespace airan::io::oran

// SPDX-License-Identifier: Apache-2.0
// Fronthaul frames in hexadecimal, written from the layout and without the builder.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace airan::tests {

/// Bytes from hexadecimal digits; blanks are skipped. The vector is as large as its content, so
/// that a sanitizer sees every read beyond it.
std::vector<std::byte> from_hex(std::string_view digits);

/// `n` bytes of hexadecimal digits that differ from their neighbours, to stand for IQ.
std::string hex_pattern(std::size_t n);

/// A frame in pieces, of which each test changes what it is about. As it stands: uplink U-plane of
/// eAxC 3, sequence number 42, frame 87, subframe 3, slot 1 of it, symbol 12, without a section.
struct HexFrame {
  std::string macs = "02 00 00 00 00 01  02 00 00 00 00 02";
  std::string tag = "";
  std::string ethertype = "AE FE";
  std::string ecpri = "10 00";              // revision 1, C = 0; message type
  std::optional<std::string> size;          // empty: that of what follows, without padding
  std::string stream = "00 03 2A 80";       // eAxC, sequence, E = 1 and subsequence 0
  std::string application = "10 57  30 4C"; // direction, version, filter; frame; 4 + 6 + 6 bits
  std::string payload = "";
  std::string padding = "";

  std::vector<std::byte> bytes() const;
};

/// Header of a section: 12 bits sectionId, rb, symInc, 10 bits startPrbu, 8 bits numPrbu.
std::string hex_section(unsigned id, unsigned rb, unsigned sym_inc, unsigned first, unsigned n);

/// The same frame of one section with PRBs 106..108 in 9-bit block floating point.
HexFrame bfp9_frame();

} // namespace airan::tests

// SPDX-License-Identifier: Apache-2.0
// Lines of a grants file: whatever they say, a sentence or grants on which the receiver may rely.
#include "io/files/grants_reader.hpp"
#include "io/writers/grants_writer.hpp"
#include "phy/check_grants.hpp"
#include "phy/group_grants.hpp"
#include "tests/fuzz/plain_sentence.hpp"
#include "tests/support/grant_soundness.hpp"

#include <cstdint>
#include <iterator>
#include <string_view>

namespace airan {
namespace {

CellSettings cell_of(std::int32_t numerology, std::int32_t first_prb, std::int32_t n_prb) {
  CellSettings cell;
  cell.id = 41;
  cell.numerology = numerology;
  cell.first_prb = first_prb;
  cell.n_prb = n_prb;
  cell.cyclic_prefix = numerology == 2 ? CyclicPrefix::extended : CyclicPrefix::normal;
  return cell;
}

/// One is taken by the length of the line: a wide carrier, narrow ones that do not begin at common
/// resource block 0, an extended prefix.
const CellSettings cells[] = {cell_of(1, 0, 273), cell_of(0, 3, 52), cell_of(2, 0, 24),
                              cell_of(3, 1, 275)};

/// What the writer makes of grants reads back to the same.
void require_round_trip(const SlotGrants& grants, std::int32_t numerology) {
  const std::string written = io::grants_line(grants);
  if (written.size() > io::max_grants_line_bytes)
    return;
  const auto again = io::parse_grants_line(written, numerology, "g");
  AIRAN_ASSERT(again, again.error().message + " in " + written);
  AIRAN_ASSERT(io::grants_line(*again) == written, written);
}

void check(std::string_view line, const CellSettings& cell) {
  const auto grants = io::parse_grants_line(line, cell.numerology, "g");
  if (!grants) {
    fuzz::require_plain_sentence(grants.error().message);
    return;
  }
  require_round_trip(*grants, cell.numerology);
  CellSettings of_line = cell;
  of_line.id = grants->cell && *grants->cell <= 1007 ? *grants->cell : cell.id;
  const auto checked = check_grants(*grants, of_line);
  if (!checked) {
    fuzz::require_plain_sentence(checked.error().message);
    return;
  }
  GrantGroups groups;
  group_grants(SlotId{}, *checked, groups);
  const auto unsound = test::unsound_parts(*checked, groups, of_line);
  AIRAN_ASSERT(unsound.empty(), unsound.front());
}

} // namespace
} // namespace airan

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  airan::check(line, airan::cells[size % std::size(airan::cells)]);
  return 0;
}

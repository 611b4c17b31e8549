// SPDX-License-Identifier: Apache-2.0
// The vectors of testvectors/: which there are, what they expect, and whether a run agrees.
#pragma once

#include "tests/program/run_folder.hpp"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace airan::tests {

/// A share of the vectors of a folder: each program run receives several, as cells of one batch.
struct Share {
  const char* folder;
  std::size_t n_expected; ///< vectors in the folder
  std::size_t part;
  std::size_t n_parts;
};
inline void PrintTo(const Share& share, std::ostream* out) {
  *out << share.folder << " part " << share.part << " of " << share.n_parts;
}

/// All bundled vectors, about as many in each share.
inline std::vector<Share> all_shares() {
  return {{"sionna", 63, 0, 4}, {"sionna", 63, 1, 4},      {"sionna", 63, 2, 4},
          {"sionna", 63, 3, 4}, {"ocudu_model", 20, 0, 1}, {"aerial_model", 5, 0, 1}};
}

/// Paths without extension, sorted.
inline std::vector<std::string> vector_names(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(vector_path(folder)))
    if (entry.path().extension() == ".h5")
      names.push_back((entry.path().parent_path() / entry.path().stem()).string());
  std::sort(names.begin(), names.end());
  return names;
}

/// Those of a share; fails where vectors are missing.
inline std::vector<std::string> vector_names(const Share& share) {
  const auto all = vector_names(share.folder);
  EXPECT_EQ(all.size(), share.n_expected) << "vectors are missing in " << share.folder;
  std::vector<std::string> names;
  for (std::size_t i = share.part; i < all.size(); i += share.n_parts)
    names.push_back(all[i]);
  return names;
}

inline std::optional<boost::json::object> expectation(const boost::json::object& grant) {
  const auto* expect = grant.if_contains("expect");
  return expect != nullptr ? std::optional(expect->as_object()) : std::nullopt;
}

/// The line of results that belongs to a grant.
inline std::optional<boost::json::object> find_block(const JsonLines& blocks,
                                                     std::int64_t cell,
                                                     const boost::json::object& slot,
                                                     const boost::json::object& grant) {
  for (const auto& b : blocks)
    if (b.at("cell").as_int64() == cell && b.at("sfn") == slot.at("sfn") &&
        b.at("slot") == slot.at("slot") && b.at("rnti") == grant.at("rnti"))
      return b;
  return std::nullopt;
}

/// A run of the vectors `names` as cells 1, 2, ... gave for every grant what it expects.
inline void expect_received(const RunFolder& folder, const std::vector<std::string>& names) {
  const JsonLines blocks = folder.blocks();
  std::int64_t n_grants = 0;
  std::int64_t n_expected = 0;
  for (std::size_t i = 0; i < names.size(); ++i)
    for (const auto& slot : json_lines(read_whole(names[i] + ".grants.jsonl")))
      for (const auto& item : slot.at("pusch").as_array()) {
        const auto& grant = item.as_object();
        ++n_grants;
        const auto block = find_block(blocks, static_cast<std::int64_t>(i + 1), slot, grant);
        ASSERT_TRUE(block) << names[i];
        EXPECT_EQ(block->at("status"), "received") << names[i];
        const auto expect = expectation(grant);
        if (!expect)
          continue;
        ++n_expected;
        const bool crc_ok = expect->at("crc_ok").as_bool();
        EXPECT_EQ(block->at("crc_ok").as_bool(), crc_ok) << names[i];
        if (crc_ok)
          EXPECT_EQ(block->at("payload_sha256"), expect->at("payload_sha256")) << names[i];
        else
          EXPECT_TRUE(block->at("payload_sha256").is_null()) << names[i];
      }
  EXPECT_GE(n_expected, static_cast<std::int64_t>(names.size()));
  EXPECT_EQ(static_cast<std::int64_t>(blocks.size()), n_grants);
  const auto counts = folder.report().at("transport_blocks").as_object();
  EXPECT_EQ(counts.at("total").as_int64(), n_grants);
  EXPECT_EQ(counts.at("expected").as_int64(), n_expected);
  EXPECT_EQ(counts.at("matched").as_int64(), n_expected);
}

} // namespace airan::tests

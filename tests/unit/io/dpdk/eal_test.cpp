// SPDX-License-Identifier: Apache-2.0
// Starting DPDK in a process of its own, so that it can fail.
#include "io/dpdk/eal.hpp"
#include "io/dpdk/open_input.hpp"
#include "tests/support/captures.hpp"
#include "tests/support/packet_inputs.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace airan;
using namespace airan::test;

namespace {

/// In a new process: 10 + the kind of the error, its sentence on stderr; 0 when DPDK started.
[[noreturn]] void start_and_exit(const io::dpdk::EalSettings& settings) {
  const auto started = io::dpdk::start_eal(settings);
  if (started)
    ::_exit(0);
  std::fputs(("<" + started.error().message + ">").c_str(), stderr);
  ::_exit(10 + static_cast<int>(started.error().kind));
}

constexpr int wrong_configuration = 10 + static_cast<int>(ErrorKind::configuration);
constexpr int wrong_file = 10 + static_cast<int>(ErrorKind::file);

class EalStart : public testing::Test {
protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); } // a new program
};

} // namespace

TEST_F(EalStart, SaysInOneSentenceThatAnArgumentIsWrong) {
  // All that is printed is our sentence: DPDK's help is not.
  EXPECT_EXIT(start_and_exit({{"--no-huge", "--no-pci", "--nonsense"}, {}, 0}),
              testing::ExitedWithCode(wrong_configuration),
              "^<DPDK cannot be started \\(Invalid argument; see source.eal\\): [^\n]*>$");
}

TEST_F(EalStart, SaysWhatADeviceOfABusNeeds) {
  // Such a device needs hugepages: with them DPDK starts, else it says what is missing.
  EXPECT_EXIT(
      start_and_exit({{}, "0000:ff:1f.7", 0}),
      [](int status) {
        return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == wrong_file);
      },
      "");
}

TEST_F(EalStart, TakesTheArgumentsOfTheUser) {
  EXPECT_EXIT(start_and_exit({{"--no-huge", "--no-pci", "-m", "128"}, {}, 0}),
              testing::ExitedWithCode(0), "^$");
}

TEST_F(EalStart, ReadsACaptureThroughLibpcapWhereDpdkCannotStart) {
  const auto read_without_dpdk = [] {
    // The first try fails for good; a capture needs none of it.
    io::dpdk::start_eal({{"--nonsense"}, {}, 0});
    const TemporaryFolder folder;
    const auto frames = make_frames(100);
    write_capture(folder.path("a.pcap"), frames);
    const auto facts = io::examine_capture(folder.path("a.pcap"));
    io::PacketPlan plan;
    plan.n_packets = 64;
    plan.frame_bytes = facts->longest_frame;
    auto opened = io::open_capture(folder.path("a.pcap"), *facts, {}, plan);
    if (!opened || read_all(*opened->input) != frames)
      ::_exit(1);
    std::fputs(opened->facts[0].value.c_str(), stderr);
    ::_exit(0);
  };
  EXPECT_EXIT(read_without_dpdk(), testing::ExitedWithCode(0),
              "^libpcap \\(DPDK cannot be started");
}

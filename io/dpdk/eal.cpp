// SPDX-License-Identifier: Apache-2.0
// Starting DPDK's environment abstraction layer (EAL) without side effects on the program.
#include "io/dpdk/eal.hpp"

#include "io/dpdk/dpdk_calls.hpp"
#include "io/packets/join.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <sched.h>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

namespace airan::io::dpdk {
namespace {

/// The last lines of DPDK's log.
class Log {
public:
  void write(std::string_view text) {
    const std::lock_guard lock(mutex_);
    for (const char c : text) {
      if (c != '\n') {
        line_ += c;
        continue;
      }
      lines_.push_back(std::exchange(line_, {}));
      if (lines_.size() > most_lines)
        lines_.pop_front();
    }
    line_.resize(std::min(line_.size(), most_line_bytes));
  }
  std::string take() {
    const std::lock_guard lock(mutex_);
    const std::string text = join(lines_, "; ");
    lines_.clear();
    return text;
  }

private:
  static constexpr std::size_t most_lines = 3, most_line_bytes = 400;
  std::mutex mutex_;
  std::string line_;
  std::deque<std::string> lines_;
};

/// Never destroyed: threads of DPDK log until the process ends.
Log& eal_log() {
  static Log* log = new Log;
  return *log;
}

std::FILE* open_log_stream() {
  cookie_io_functions_t functions{};
  functions.write = [](void*, const char* text, std::size_t n) {
    eal_log().write({text, n});
    return static_cast<ssize_t>(n);
  };
  std::FILE* stream = ::fopencookie(nullptr, "w", functions);
  if (stream != nullptr)
    std::setvbuf(stream, nullptr, _IOLBF, 0);
  return stream;
}

/// A wrong argument makes DPDK print 99 lines of help, and what stops it goes to stderr beside the
/// log; neither is for users.
class SilencedOutput {
public:
  SilencedOutput() {
    std::fflush(stdout);
    std::fflush(stderr);
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (int i = 0; i < 2; ++i) {
      saved_[static_cast<std::size_t>(i)] = ::fcntl(i + 1, F_DUPFD_CLOEXEC, 3);
      if (nowhere >= 0)
        ::dup2(nowhere, i + 1);
    }
    if (nowhere >= 0)
      ::close(nowhere);
  }
  ~SilencedOutput() {
    std::fflush(stdout);
    std::fflush(stderr);
    for (int i = 0; i < 2; ++i)
      if (const int saved = saved_[static_cast<std::size_t>(i)]; saved >= 0) {
        ::dup2(saved, i + 1);
        ::close(saved);
      }
  }
  SilencedOutput(const SilencedOutput&) = delete;
  SilencedOutput& operator=(const SilencedOutput&) = delete;

private:
  std::array<int, 2> saved_{-1, -1};
};

/// EAL ties its main thread to a core; that thread ends at once and never polls.
int first_allowed_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(static_cast<std::size_t>(cpu), &allowed))
        return cpu;
  return 0;
}

bool names_cores(const std::string& argument) {
  return argument.starts_with("-l") || argument.starts_with("-c") ||
         argument.starts_with("--lcores");
}

std::vector<std::string> make_arguments(const EalSettings& s) {
  std::vector<std::string> a{"airan", "--no-telemetry", "--no-shconf", "--log-level=4"};
  if (std::ranges::none_of(s.arguments, names_cores)) {
    a.emplace_back("-l");
    a.push_back(std::to_string(first_allowed_cpu()));
  }
  if (!s.arguments.empty()) {
    a.insert(a.end(), s.arguments.begin(), s.arguments.end());
  } else if (s.bus_device.empty()) {
    // Pages are taken when they are used: more than is needed costs nothing.
    constexpr std::size_t least_mb = 512, bytes_per_mb = 1 << 20;
    a.insert(a.end(), {"--no-huge", "--no-pci", "-m",
                       std::to_string(std::max(least_mb, s.memory_bytes / bytes_per_mb + 64))});
  } else {
    // Hugepages without a mounted file system, and none left behind.
    a.insert(a.end(), {"-a", s.bus_device, "--in-memory"});
  }
  return a;
}

struct Eal {
  std::mutex mutex;
  std::optional<EalSettings> started; ///< what it was started with
  std::optional<Error> failed;        ///< why it could not be; there is no second try
};

Eal& process_eal() {
  static Eal eal;
  return eal;
}

Result<void> check_arguments(const std::vector<std::string>& arguments) {
  for (const std::string& a : arguments)
    if (a.empty() || a == "-h" || a == "--help" || a == "-v" || a == "--version")
      return configuration_error(
          fmt::format("source.eal: \"{}\" is no argument to start DPDK with", a));
  return {};
}

/// EAL cannot be started twice: what the second user asks for must have been there from the start.
Result<void> check_agreement(const EalSettings& first, const EalSettings& now) {
  if (first.arguments != now.arguments)
    return configuration_error(fmt::format(
        "source.eal: DPDK starts once in a process, with [{}]; give every source the same list, "
        "not [{}]",
        join(first.arguments, ", "), join(now.arguments, ", ")));
  if (now.arguments.empty() && first.bus_device.empty() && !now.bus_device.empty())
    return configuration_error(
        fmt::format("DPDK was started for virtual devices only and cannot reach {} any more: name "
                    "what both need in source.eal",
                    now.bus_device));
  return {};
}

} // namespace

std::string take_log() {
  return eal_log().take();
}

Result<void> start_eal(const EalSettings& settings) {
  if (auto sound = check_arguments(settings.arguments); !sound)
    return sound;
  Eal& eal = process_eal();
  const std::lock_guard lock(eal.mutex);
  if (eal.failed)
    return tl::unexpected(*eal.failed);
  if (eal.started)
    return check_agreement(*eal.started, settings);

  static std::vector<std::string> texts; // DPDK keeps pointers to them
  texts = make_arguments(settings);
  static std::vector<char*> pointers;
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  if (std::FILE* stream = open_log_stream(); stream != nullptr)
    log_to(stream);
  int error = 0;
  {
    const SilencedOutput silence;
    std::thread([&] { error = init(static_cast<int>(texts.size()), pointers.data()); }).join();
  }
  if (error == 0) {
    eal.started = settings;
    return {};
  }
  const std::string log = take_log();
  const bool is_ours = settings.arguments.empty();
  const char* hint = !is_ours                      ? "; see source.eal"
                     : settings.bus_device.empty() ? ""
                                                   : "; a network card needs hugepages (sysctl "
                                                     "vm.nr_hugepages=512) and the rights for them";
  eal.failed = Error{is_ours ? ErrorKind::file : ErrorKind::configuration,
                     fmt::format("DPDK cannot be started ({}{}): {}", error_text(error), hint,
                                 log.empty() ? "it does not say why" : log)};
  return tl::unexpected(*eal.failed);
}

} // namespace airan::io::dpdk

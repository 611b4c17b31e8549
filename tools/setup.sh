# SPDX-License-Identifier: Apache-2.0
# Sourced by run.sh, test.sh and the checks: installs what is missing on Debian 12, configures and builds.

airan_packages=(
  # toolchain
  g++ cmake ninja-build pkg-config ccache git
  # libraries (docs/dependencies.md says what each is for)
  libfftw3-dev libkissfft-dev libhwy-dev libboost1.81-dev libboost-json1.81-dev libyaml-cpp-dev
  libcli11-dev libfmt-dev libspdlog-dev libexpected-dev libhdf5-dev libssl-dev libjs-chart.js
  libgtest-dev libgmock-dev libbenchmark-dev libpcap-dev libdpdk-dev
  # drivers of DPDK, loaded when it starts
  librte-bus-vdev23 librte-mempool-ring23 librte-net-pcap23 librte-net-af-packet23 librte-net-ring23
)
airan_check_packages=(clang-format python3 iproute2 procps tshark)
airan_fuzz_packages=(clang libclang-rt-14-dev)

# airan_install PACKAGE...: installs what is missing; with AIRAN_NO_INSTALL=1 lists it and stops.
airan_install() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "${AIRAN_NO_INSTALL:-0}" = 1 ]; then
    echo "missing Debian packages: ${missing[*]}" >&2
    echo "install them with: apt-get install ${missing[*]}" >&2
    exit 3
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "not root and no sudo; install as root: ${missing[*]}" >&2; exit 3; }
    as_root=(sudo)
  fi
  echo "installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# airan_build PRESET [TARGET...]: configures when needed and builds; quiet unless something fails.
airan_build() {
  local preset=$1 log
  shift
  log=build/$preset.log
  mkdir -p build
  echo "building (preset $preset); the log is $log"
  if ! cmake --preset "$preset" >"$log" 2>&1 ||
    ! cmake --build --preset "$preset" ${1:+--target "$@"} >>"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "the build failed; the whole log is $log" >&2
    exit 4
  fi
}

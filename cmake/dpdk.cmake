# SPDX-License-Identifier: Apache-2.0
# DPDK: AIRAN_HAS_DPDK, the headers (airan_dpdk_headers) and the few libraries that are needed (AIRAN_DPDK_LIBRARIES).
# Drivers (net_pcap, net_af_packet, ...) are plugins that DPDK loads when it starts.
set(AIRAN_HAS_DPDK OFF)
if(NOT AIRAN_DPDK)
  message(STATUS "DPDK is switched off (AIRAN_DPDK)")
  return()
endif()
if(AIRAN_DPDK STREQUAL "AUTO")
  pkg_check_modules(DPDK QUIET libdpdk>=22.11)
else()
  pkg_check_modules(DPDK REQUIRED libdpdk>=22.11)
endif()
if(NOT DPDK_FOUND)
  message(STATUS "DPDK (libdpdk-dev) is not found: the source dpdk will be missing")
  return()
endif()

# Not the imported target of pkg-config: its -march would replace the one that the project is built with. DPDK's inline
# functions need SSE4.2, which is added to whatever that is.
add_library(airan_dpdk_headers INTERFACE)
target_include_directories(airan_dpdk_headers SYSTEM INTERFACE ${DPDK_INCLUDE_DIRS})
target_compile_options(airan_dpdk_headers INTERFACE -include rte_config.h)
# rte_pktmbuf_pool_create_extbuf and rte_dev_dma_map are not part of its stable interface in 22.11.
target_compile_definitions(airan_dpdk_headers INTERFACE ALLOW_EXPERIMENTAL_API)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64|AMD64")
  target_compile_options(airan_dpdk_headers INTERFACE -msse4.2)
endif()

set(AIRAN_DPDK_LIBRARIES)
foreach(name rte_ethdev rte_mbuf rte_mempool rte_eal)
  find_library(AIRAN_${name} NAMES ${name} HINTS ${DPDK_LIBRARY_DIRS} REQUIRED)
  list(APPEND AIRAN_DPDK_LIBRARIES ${AIRAN_${name}})
endforeach()
set(AIRAN_HAS_DPDK ON)
message(STATUS "DPDK ${DPDK_VERSION} found")

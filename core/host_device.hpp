// SPDX-License-Identifier: Apache-2.0
// The one CUDA-aware macro of shared headers: marks per-element mathematics for host and device.
#pragma once

#if defined(__CUDACC__)
#define AIRAN_HD __host__ __device__
#else
#define AIRAN_HD
#endif

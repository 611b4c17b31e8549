// SPDX-License-Identifier: Apache-2.0
// Complex numbers with plain arithmetic (no NaN rescue in the product), usable on host and device.
#pragma once

#include "core/host_device.hpp"

#include <cmath>
#include <cstdint>

namespace airan {

/// Same layout as std::complex<T>, float2 and FFTW's complex: two consecutive scalars.
template <class T>
struct Complex {
  T re{};
  T im{};

  AIRAN_HD constexpr Complex& operator+=(const Complex& o) {
    re += o.re;
    im += o.im;
    return *this;
  }
  AIRAN_HD constexpr Complex& operator-=(const Complex& o) {
    re -= o.re;
    im -= o.im;
    return *this;
  }
  AIRAN_HD constexpr Complex& operator*=(T s) {
    re *= s;
    im *= s;
    return *this;
  }
  AIRAN_HD constexpr Complex& operator*=(const Complex& o) { return *this = *this * o; }

  AIRAN_HD friend constexpr Complex operator+(Complex a, const Complex& b) { return a += b; }
  AIRAN_HD friend constexpr Complex operator-(Complex a, const Complex& b) { return a -= b; }
  AIRAN_HD friend constexpr Complex operator-(const Complex& a) { return {-a.re, -a.im}; }
  AIRAN_HD friend constexpr Complex operator*(const Complex& a, const Complex& b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
  AIRAN_HD friend constexpr Complex operator*(Complex a, T s) { return a *= s; }
  AIRAN_HD friend constexpr Complex operator*(T s, Complex a) { return a *= s; }
  AIRAN_HD friend constexpr bool operator==(const Complex& a, const Complex& b) {
    return a.re == b.re && a.im == b.im;
  }
};

using cf32 = Complex<float>;
using cf64 = Complex<double>;
static_assert(sizeof(cf32) == 8 && sizeof(cf64) == 16);

template <class T>
AIRAN_HD constexpr Complex<T> conj(const Complex<T>& a) {
  return {a.re, -a.im};
}
/// |a|^2
template <class T>
AIRAN_HD constexpr T norm(const Complex<T>& a) {
  return a.re * a.re + a.im * a.im;
}
template <class T>
T abs(const Complex<T>& a) {
  return std::hypot(a.re, a.im);
}
/// Angle in radians, (-pi, pi].
template <class T>
T arg(const Complex<T>& a) {
  return std::atan2(a.im, a.re);
}
/// exp(j phase), phase in radians.
template <class T>
Complex<T> unit_phasor(T phase) {
  return {std::cos(phase), std::sin(phase)};
}

} // namespace airan

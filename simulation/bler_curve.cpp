// SPDX-License-Identifier: Apache-2.0
// Points in parallel batches of blocks, and the fit around the target.
#include "simulation/bler_curve.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

namespace airan::simulation {
namespace {

/// Blocks per decision to go on: fixed, so that the stop does not depend on the number of threads.
constexpr std::int64_t blocks_per_batch = 50;

/// Blocks [first, first + n) at one SNR over all links, one thread per link.
void run_batch(std::vector<std::unique_ptr<Link>>& links,
               std::int64_t first,
               std::int64_t n,
               BlerPoint& point) {
  std::atomic<std::int64_t> next{first};
  std::atomic<std::int64_t> n_errors{0};
  std::vector<double> iterations(static_cast<std::size_t>(n));
  const auto work = [&](Link& link) {
    for (std::int64_t b = next++; b < first + n; b = next++) {
      const LinkOutcome outcome = link.run_block(point.snr_db, static_cast<std::uint64_t>(b));
      n_errors += outcome.crc_ok ? 0 : 1;
      iterations[static_cast<std::size_t>(b - first)] = outcome.mean_iterations;
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < links.size(); ++i)
    threads.emplace_back([&, i] { work(*links[i]); });
  work(*links[0]);
  threads.clear();
  point.n_blocks += n;
  point.n_errors += n_errors;
  for (const double i : iterations)
    point.sum_iterations += i;
}

double logit(double p) {
  return std::log(p / (1.0 - p));
}

} // namespace

std::optional<Crossing> find_crossing(const std::vector<BlerPoint>& points, double target_bler) {
  // The points nearest to the target on both sides must exist.
  const auto is_above = [&](const BlerPoint& p) { return p.bler() >= target_bler; };
  const bool is_bracketed = std::any_of(points.begin(), points.end(), is_above) &&
                            !std::all_of(points.begin(), points.end(), is_above);
  if (!is_bracketed)
    return std::nullopt;
  // Weighted least squares of the empirical logit (with 1/2 added to both counts, which makes it
  // nearly unbiased); its variance is 1 / (n p (1 - p)). Points far from the target say little
  // about it and bend the line: only those within a factor of 8 in odds take part, at least the
  // nearest two.
  std::vector<const BlerPoint*> near;
  for (const BlerPoint& p : points) {
    const double q =
        (static_cast<double>(p.n_errors) + 0.5) / (static_cast<double>(p.n_blocks) + 1.0);
    if (std::abs(logit(q) - logit(target_bler)) < std::log(8.0))
      near.push_back(&p);
  }
  const auto last_above = std::find_if(points.rbegin(), points.rend(), is_above);
  const BlerPoint* const above = &*last_above;
  const BlerPoint* const below = last_above == points.rbegin() ? nullptr : &*std::prev(last_above);
  for (const BlerPoint* p : {above, below})
    if (p != nullptr && std::find(near.begin(), near.end(), p) == near.end())
      near.push_back(p);
  double s = 0;
  double sx = 0;
  double sy = 0;
  double sxx = 0;
  double sxy = 0;
  for (const BlerPoint* p : near) {
    const auto n = static_cast<double>(p->n_blocks);
    const double q = (static_cast<double>(p->n_errors) + 0.5) / (n + 1.0);
    const double w = n * q * (1.0 - q);
    const double y = logit(q);
    s += w;
    sx += w * p->snr_db;
    sy += w * y;
    sxx += w * p->snr_db * p->snr_db;
    sxy += w * p->snr_db * y;
  }
  const double mean_x = sx / s;
  const double mean_y = sy / s;
  const double spread = sxx - sx * mean_x;
  if (spread <= 0)
    return std::nullopt;
  const double slope = (sxy - sx * mean_y) / spread;
  if (slope >= 0)
    return std::nullopt;
  Crossing c;
  c.snr_db = mean_x + (logit(target_bler) - mean_y) / slope;
  const double distance = c.snr_db - mean_x;
  const double deviation = std::sqrt(1.0 / s + distance * distance / spread) / std::abs(slope);
  c.interval = {c.snr_db - 1.96 * deviation, c.snr_db + 1.96 * deviation};
  return c;
}

Result<BlerCurve>
run_curve(const LinkSettings& link, const CurveSettings& settings, const CurveProgress& progress) {
  std::vector<std::unique_ptr<Link>> links;
  for (std::int32_t i = 0; i < settings.n_threads; ++i) {
    Result<std::unique_ptr<Link>> made = Link::make(link);
    if (!made)
      return tl::unexpected(made.error());
    links.push_back(*std::move(made));
  }
  const auto begin = std::chrono::steady_clock::now();
  BlerCurve curve;
  const auto n_points =
      static_cast<std::int64_t>(std::floor(
          (settings.snr_stop_db - settings.snr_start_db) / settings.snr_step_db + 1e-9)) +
      1;
  bool goes_on = true;
  for (std::int64_t i = 0; i < n_points && goes_on; ++i) {
    BlerPoint point;
    point.snr_db = settings.snr_start_db + static_cast<double>(i) * settings.snr_step_db;
    while (goes_on && point.n_blocks < settings.max_blocks &&
           (point.n_blocks < settings.min_blocks || point.n_errors < settings.max_errors)) {
      run_batch(links, point.n_blocks,
                std::min(blocks_per_batch, settings.max_blocks - point.n_blocks), point);
      goes_on = !progress || progress(point);
    }
    curve.points.push_back(point);
    if (point.bler() < settings.stop_bler)
      break;
  }
  curve.crossing = find_crossing(curve.points, settings.target_bler);
  curve.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return curve;
}

} // namespace airan::simulation

# SPDX-License-Identifier: Apache-2.0
"""Whether counts fit shares: Pearson's chi-square test."""
import collections
import math


def upper_gamma(a, x):
    """The regularised upper incomplete gamma function Q(a, x), by its series or its continued fraction."""
    if x <= 0:
        return 1.0
    scale = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for n in range(1, 10_000):
            term *= x / (a + n)
            total += term
            if term < total * 1e-15:
                break
        return max(0.0, 1 - total * scale)
    b, c = x + 1 - a, 1e300
    d = h = 1 / b
    for n in range(1, 10_000):
        an = -n * (n - a)
        b += 2
        d = 1 / (an * d + b or 1e-300)
        c = b + an / c or 1e-300
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return min(1.0, scale * h)


def p_value(counts, shares):
    """How likely counts as far from the shares as these, or further, are. What has no share must not be counted."""
    total = sum(counts.values())
    if any(who not in shares for who in counts):
        return 0.0
    # Rare ones are counted together: the test wants five of each.
    expected, seen = collections.Counter(), collections.Counter()
    for who, share in shares.items():
        key = who if total * share >= 5 else "rare"
        expected[key] += float(total * share)
        seen[key] += counts.get(who, 0)
    if len(expected) < 2:
        return 1.0
    square = sum((seen[key] - expected[key]) ** 2 / expected[key] for key in expected)
    return upper_gamma((len(expected) - 1) / 2, square / 2)

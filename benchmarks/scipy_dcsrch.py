"""Line searches of dcsrch of MINPACK-2, as scipy 1.10.1 has it.

    python3 benchmarks/scipy_dcsrch.py testdata/dcsrch.json

writes the lengths that dcsrch tries on the functions of search_wolfe_test.go, which are written here
a second time. Functions 1 to 6 are those of J. J. Moré and D. J. Thuente, Line search algorithms with
guaranteed sufficient decrease, 1994, section 5. The first pair of constants of each function is that of
their tables. The tolerance of the interval is 1e-10. converged is false if dcsrch ends with a warning.
"""

import json
import math
import sys
import warnings

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from scipy.optimize import minpack2


def rational(t):
    return -t / (t * t + 2), (t * t - 2) / (t * t + 2) ** 2


def quintic(t):
    u = t + 0.004
    return u**5 - 2 * u**4, 5 * u**4 - 8 * u**3


def wave(t):
    if t <= 0.99:
        value, slope = 1 - t, -1
    elif t >= 1.01:
        value, slope = t - 1, 1
    else:
        value, slope = (t - 1) ** 2 / 0.02 + 0.005, (t - 1) / 0.01
    k = 39 * math.pi / 2
    return value + 0.99 / k * math.sin(k * t), slope + 0.99 * math.cos(k * t)


def roots(b1, b2):
    def weight(b):
        return math.sqrt(1 + b * b) - b

    def function(t):
        u, v = math.sqrt((1 - t) ** 2 + b2 * b2), math.sqrt(t * t + b1 * b1)
        return weight(b1) * u + weight(b2) * v, weight(b1) * (t - 1) / u + weight(b2) * t / v

    return function


def concave(t):
    return -t - t * t, -1 - 2 * t


def kink(t):
    return abs(t - 1 / 3), 1.0 if t >= 1 / 3 else -1.0


def flat(t):
    u = t - 1
    return u**4 - 0.1 * t, 4 * u**3 - 0.1


def ripples(phase):
    def function(t):
        return (t - 1) ** 2 / 2 + 0.3 * math.sin(7 * t + phase), t - 1 + 2.1 * math.cos(7 * t + phase)

    return function


def cubic(t):
    return t**3 - 4 * t, 3 * t * t - 4


def parabola(t):
    return (t - 1) ** 2, 2 * (t - 1)


def bend(t):
    return (-t, -1.0) if t < 1 else (-1 - (t - 1) / 4, -0.25)


STARTS = [1e-3, 1e-1, 1e1, 1e3]
TIES = [0.5, 1.0, 1.5, 2.0, 4.0, 64.0]  # values and slopes there are exact, and equal to those of a condition or of another length

FUNCTIONS = [  # with the constants of the tables, and the largest length
    (rational, 1e-3, 0.1, 1e20),
    (quintic, 0.1, 0.1, 1e20),
    (wave, 0.1, 0.1, 1e20),
    (roots(1e-3, 1e-3), 1e-3, 1e-3, 1e20),
    (roots(1e-2, 1e-3), 1e-3, 1e-3, 1e20),
    (roots(1e-3, 1e-2), 1e-3, 1e-3, 1e20),
    (concave, 1e-3, 0.9, 500.0),
    (kink, 1e-4, 0.1, 1e20),
    (flat, 1e-3, 0.1, 1e20),
] + [(ripples(phase), 0.3, 0.01, 1e20) for phase in (1.2, 1.7, 2.2, 2.7, 3.2, 3.7, 4.2, 4.7)]
FUNCTIONS += [(function, 0.25, 0.5, 64.0) for function in (cubic, parabola, bend)]


def search(function, start, decrease, curvature, longest):
    state, numbers = np.zeros(2, np.int32), np.zeros(13)
    t, task, lengths = start, b"START", []
    value, slope = function(0.0)
    while True:
        t, value, slope, task = minpack2.dcsrch(
            t, value, slope, decrease, curvature, 1e-10, task, 0.0, longest, state, numbers)
        if task[:2] != b"FG":
            return lengths, b"CONVERGENCE" in task
        lengths.append(t)
        value, slope = function(t)


rows = []
for number, (function, c1, c2, longest) in enumerate(FUNCTIONS, 1):
    for start in STARTS if number <= 17 else TIES:
        for decrease, curvature in [(c1, c2), (1e-4, 0.9), (0.4, 0.45)]:
            if start > longest:
                continue
            lengths, converged = search(function, start, decrease, curvature, longest)
            rows.append(json.dumps({
                "function": number, "decrease": decrease, "curvature": curvature, "longest": longest,
                "lengths": lengths, "converged": converged}))
with open(sys.argv[1], "w") as file:
    file.write("[\n" + ",\n".join(rows) + "\n]\n")

"""The figures of scipy on the data files of testdata, for the Go tests.

    python3 benchmarks/scipy_curve_fit.py > testdata/curve_fit.json    # from the root of the checkout

It needs scipy 1.10 (Debian's python3-scipy). A run of curve_fit ends up to 1e-8 from the minimum, where
the sum of squares does not change any more. So each figure is the median of 101 runs from starts that
differ by up to 0.1 %. Parameters at an active bound are held there in these runs, since curve_fit
counts such a parameter as free in the standard errors.
"""

import csv
import json
import warnings

import numpy as np
import scipy
from scipy.optimize import OptimizeWarning, curve_fit

inf = np.inf
runs_of_a_fit = 101


def read(name):
    with open(f"testdata/{name}.csv") as file:
        return list(csv.DictReader(file))


def kinetics(x, v, dv, k):
    """The rate of an enzyme at x = (concentration, treated)."""
    concentration, treated = x
    return (v + dv * treated) * concentration / (k + concentration)


def kinetics_jacobian(x, v, dv, k):
    concentration, treated = x
    share = concentration / (k + concentration)
    return np.stack([share, treated * share, -(v + dv * treated) * share / (k + concentration)], 1)


def growth(x, a, b, c):
    return a * np.exp(b * x) + c


def growth_jacobian(x, a, b, c):
    e = np.exp(b * x)
    return np.stack([e, a * x * e, np.ones_like(x)], 1)


def decay(x, a, b):
    """The model of NIST's Misra1a."""
    return a * (1 - np.exp(-b * x))


def decay_jacobian(x, a, b):
    e = np.exp(-b * x)
    return np.stack([1 - e, a * x * e], 1)


def hold(model, jacobian, p, held):
    """The model and its Jacobian as functions of the parameters that are not held at p."""

    def full(free):
        q = np.array(p)
        q[~held] = free
        return q

    return (lambda x, *free: model(x, *full(free)), lambda x, *free: jacobian(x, *full(free))[:, ~held])


def fit(model, jacobian, x, y, start, lower=None, upper=None, **options):
    n, rng = len(start), np.random.default_rng(1)
    bounds = (np.array(lower or [-inf] * n), np.array(upper or [inf] * n))
    tight = dict(method="trf", ftol=None, gtol=None, xtol=1e-15, x_scale="jac", max_nfev=100000, **options)
    p, _ = curve_fit(model, x, y, start, jac=jacobian, bounds=bounds, **tight)
    low, high = abs(p - bounds[0]) < 1e-7, abs(p - bounds[1]) < 1e-7 * abs(p)
    p = np.where(low, bounds[0], np.where(high, bounds[1], p))
    held = low | high
    model, jacobian = hold(model, jacobian, p, held)
    runs = []
    for _ in range(runs_of_a_fit):
        free, covariance = curve_fit(model, x, y, p[~held] * rng.uniform(0.999, 1.001, n - held.sum()), jac=jacobian, **tight)
        runs.append([*free, *np.sqrt(np.diag(covariance))])
    spread = np.median(abs(np.array(runs) / np.median(runs, 0) - 1), 0).max()
    if spread > 5e-8:
        raise SystemExit(f"{options}: the runs differ by {spread:.1e}")
    errors = np.zeros(n)
    p[~held], errors[~held] = np.split(np.median(runs, 0), 2)
    return {"params": p.tolist(), "errors": errors.tolist(), "at_bound": held.tolist()}


def curve_fits():
    rows = read("puromycin")
    x = np.array([[float(r["concentration"]), float(r["state"] == "treated")] for r in rows]).T
    y = np.array([float(r["rate"]) for r in rows])
    sigma = 4 + 0.03 * y
    fits = {}

    def puromycin(name, **options):
        fits["puromycin " + name] = fit(kinetics, kinetics_jacobian, x, y, [150, 30, 0.1], **options)

    puromycin("plain")
    puromycin("weighted", sigma=sigma)
    puromycin("absolute", sigma=sigma, absolute_sigma=True)
    puromycin("bounded", sigma=sigma, upper=[155, inf, inf])
    puromycin("bounded absolute", sigma=sigma, absolute_sigma=True, lower=[0, 0, 0.065], upper=[inf, 35, 1])
    for loss in ["huber", "soft_l1", "cauchy", "arctan"]:
        puromycin(loss, sigma=sigma, loss=loss, f_scale=0.8)
        puromycin(loss + " absolute", sigma=sigma, absolute_sigma=True, loss=loss, f_scale=0.8)
        if loss != "arctan":  # which has another minimum within the bounds
            puromycin(loss + " bounded", sigma=sigma, upper=[155, inf, inf], loss=loss, f_scale=0.8)

    rows = read("phones")
    years = np.array([float(r["year"]) - 1950 for r in rows])
    calls = np.array([float(r["calls"]) for r in rows])
    for loss in ["cauchy", "arctan"]:
        fits["phones " + loss] = fit(growth, growth_jacobian, years, calls, [5, 0.08, 0.5],
                                     lower=[0, 0, 0], loss=loss, f_scale=1)

    table = np.loadtxt("internal/data/nist/Misra1a.dat", skiprows=60)
    fits["Misra1a bounded"] = fit(decay, decay_jacobian, table[:, 1], table[:, 0], [220, 6e-4],
                                  upper=[230, 1])
    return fits


warnings.simplefilter("error", OptimizeWarning)
print(json.dumps({"scipy": scipy.__version__, "fits": curve_fits()}, indent=1))

"""Writes testdata/robust.json: what scipy computes for fits with losses and with bounds.

    python3 benchmarks/scipy_robust.py > testdata/robust.json

A fit has the data of a file of NIST, with every fifth observation shifted as an outlier, and a
model. Derivatives are complex steps. least_squares runs with method trf and the smallest tolerances.

- The parameters of fits with a loss of scipy are those of least_squares, then of Newton's method on
  the gradient, because trf stops where the cost does not change any more. The standard errors are
  those of curve_fit there, 2·cost/(m-n) times the inverse of jac'jac for the jac of least_squares.
  The columns of jac are scaled to length 1 first. curve_fit does not do that, and its standard errors
  have six digits on Kirby2.
- scipy has no Tukey. Its parameters are those of iteratively reweighted Gauss-Newton steps, run
  until they do not change. jac has the rows of the Jacobian times the root of max(loss'', 0).
- trf stays inside of the bounds. The parameters that its active_mask names are set to their bounds,
  and least_squares fits the other ones again, without bounds. The standard errors are of that fit.
"""

import json
import os

import numpy as np
import scipy
from scipy.optimize import least_squares

here = os.path.dirname(os.path.abspath(__file__))


def rational(b, x, n):
    p = sum(b[k] * x**k for k in range(n))
    return p / (1 + sum(b[n + k] * x ** (k + 1) for k in range(len(b) - n)))


MODELS = {
    "Misra1a": lambda x, b: b[0] * (1 - np.exp(-b[1] * x)),
    "BoxBOD": lambda x, b: b[0] * (1 - np.exp(-b[1] * x)),
    "Chwirut2": lambda x, b: np.exp(-b[0] * x) / (b[1] + b[2] * x),
    "DanWood": lambda x, b: b[0] * x ** b[1],
    "MGH17": lambda x, b: b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4]),
    "Kirby2": lambda x, b: rational(b, x, 3),
    "Thurber": lambda x, b: rational(b, x, 4),
    "Gauss1": lambda x, b: b[0] * np.exp(-b[1] * x)
    + b[2] * np.exp(-(((x - b[3]) / b[4]) ** 2))
    + b[5] * np.exp(-(((x - b[6]) / b[7]) ** 2)),
}

# lower and upper by parameter, where there are bounds; some are active at the minimum.
BOUNDS = {
    "Misra1a": ({0: 250}, {}),
    "BoxBOD": ({}, {1: 0.5}),
    "Chwirut2": ({1: 0.0065}, {}),
    "DanWood": ({0: 0.7}, {1: 3.8}),
    "MGH17": ({3: 0.0135}, {4: 0.02}),
    "Kirby2": ({}, {0: 1.5}),
    "Thurber": ({6: 0.06}, {4: 0.9}),
    "Gauss1": ({4: 25}, {7: 17}),
}

LOSSES = {"Huber": "huber", "SoftL1": "soft_l1", "Cauchy": "cauchy", "Arctan": "arctan"}


def read(name):
    lines = open(os.path.join(here, "..", "internal", "data", "nist", name + ".dat")).read().splitlines()
    rows = [l.split() for l in lines[40:60] if l.split()[:1] and l.split()[0].startswith("b") and "=" in l]
    certified = np.array([float(r[4]) for r in rows])
    start = np.array([float(r[3]) for r in rows])
    data = np.array([[float(v) for v in l.split()] for l in lines[60:] if l.split()])
    return start, certified, data[:, 1], data[:, 0]


def jacobian(model, x, b):
    h = 1e-200
    return np.array([model(x, b + 1j * h * np.eye(len(b))[k]).imag / h for k in range(len(b))]).T


def rho(kind, z):
    """rho', and rho' + 2z·rho''."""
    if kind == "Huber":
        inside = z <= 1
        return np.where(inside, 1, 1 / np.sqrt(np.maximum(z, 1))), np.where(inside, 1.0, 0.0)
    if kind == "SoftL1":
        return (1 + z) ** -0.5, (1 + z) ** -1.5
    if kind == "Cauchy":
        return 1 / (1 + z), (1 - z) / (1 + z) ** 2
    if kind == "Arctan":
        return 1 / (1 + z**2), (1 - 3 * z**2) / (1 + z**2) ** 2
    u = np.maximum(1 - z, 0)
    return u**2, np.where(z < 1, u * (1 - 5 * z), 0)


def polish(model, x, y, b, kind, scale):
    """Newton's method on the gradient, with its derivatives by central differences."""

    def gradient(b):
        r = model(x, b) - y
        return jacobian(model, x, b).T @ (rho(kind, (r / scale) ** 2)[0] * r)

    unit, h = np.diag(np.abs(b)), 1e-5
    for _ in range(20):
        hessian = np.array([(gradient(b + h * e) - gradient(b - h * e)) / (2 * h) for e in unit]).T
        b = b - unit @ np.linalg.solve(hessian, gradient(b))
    return b


def standard_errors(jac, cost):
    norms = np.linalg.norm(jac, axis=0)
    inverse = np.linalg.inv((jac / norms).T @ (jac / norms))
    return np.sqrt(np.diag(inverse) * 2 * cost / (jac.shape[0] - jac.shape[1])) / norms


def fit(model, x, y, start, **options):
    options = {"x_scale": "jac", "xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": 5000} | options
    return least_squares(lambda b: model(x, b) - y, start, jac=lambda b: jacobian(model, x, b), method="trf", **options)


def reweighted(model, x, y, b, scale):
    """Gauss-Newton steps with the weights of Tukey; returns jac and the cost too."""
    for _ in range(5000):
        r, jac = model(x, b) - y, jacobian(model, x, b)
        w = np.sqrt(rho("Tukey", (r / scale) ** 2)[0])
        norms = np.linalg.norm(w[:, None] * jac, axis=0)
        b = b - np.linalg.lstsq(w[:, None] * jac / norms, w * r, rcond=None)[0] / norms
    z = ((model(x, b) - y) / scale) ** 2
    curvature = np.maximum(rho("Tukey", z)[1], 0)
    cost = scale**2 * np.sum(1 - (1 - np.minimum(z, 1)) ** 3) / 6
    return b, np.sqrt(curvature)[:, None] * jacobian(model, x, b), cost


def robust(model, kind, scale, x, y, start):
    if kind == "Tukey":
        b, jac, cost = reweighted(model, x, y, start, scale)
    else:
        options = {"loss": LOSSES[kind], "f_scale": scale}
        b = polish(model, x, y, fit(model, x, y, start, **options).x, kind, scale)
        end = fit(model, x, y, b, **options | {"max_nfev": 1})
        jac, cost = end.jac, end.cost
    return {"params": list(b), "errors": list(standard_errors(jac, cost)), "cost": float(2 * cost)}


def bounded(name, x, y, start):
    model, n = MODELS[name], len(start)
    lower, upper = np.full(n, -np.inf), np.full(n, np.inf)
    for bound, given in zip((lower, upper), BOUNDS[name]):
        for j, v in given.items():
            bound[j] = v
    start = np.clip(start, lower, upper)
    result = fit(model, x, y, start, bounds=(lower, upper))
    free = result.active_mask == 0
    b = np.where(result.active_mask < 0, lower, np.where(free, result.x, upper))

    def part(x, values):
        full = b.astype(values.dtype)
        full[free] = values
        return model(x, full)

    b[free] = fit(part, x, y, b[free]).x
    for _ in range(20):  # Gauss-Newton steps to the last digits
        jac = jacobian(part, x, b[free])
        norms = np.linalg.norm(jac, axis=0)
        b[free] -= np.linalg.lstsq(jac / norms, part(x, b[free]) - y, rcond=None)[0] / norms
    squares, errors = float(np.sum((model(x, b) - y) ** 2)), np.zeros(n)
    errors[free] = standard_errors(jacobian(part, x, b[free]), squares / 2)
    finite = lambda bound: [float(v) if np.isfinite(v) else None for v in bound]
    return {"name": name, "lower": finite(lower), "upper": finite(upper), "start": list(start), "held": [bool(h) for h in ~free],
            "params": list(b), "errors": list(errors), "trf": list(result.x), "evaluations": result.nfev, "sumSquares": squares}


def main():
    fits, boxes, outliers = [], [], {}
    for name in MODELS:
        start, certified, x, y = read(name)
        deviation = np.sqrt(np.sum((MODELS[name](x, certified) - y) ** 2) / (len(y) - len(certified)))
        boxes.append(bounded(name, x, y, start))
        shifted = y.copy()
        for i in range(3, len(y), 5):
            shifted[i] += (i % 4 + 3) * 6 * deviation
        outliers[name] = list(shifted)
        for kind in list(LOSSES) + ["Tukey"]:
            scale = float("%.3g" % (deviation * {"Arctan": 4, "Tukey": 6}.get(kind, 2)))
            fits.append({"name": name, "loss": kind, "scale": scale, "start": list(certified)}
                        | robust(MODELS[name], kind, scale, x, shifted, certified))
    print(json.dumps({"scipy": scipy.__version__, "numpy": np.__version__, "outliers": outliers, "losses": fits, "bounds": boxes}, indent=1))


main()

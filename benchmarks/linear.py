"""Coefficients of scikit-learn and glmnet for testdata/linear.json.

    python3 benchmarks/linear.py > testdata/linear.json

It needs scikit-learn, and Rscript with the package glmnet. The data are the files of internal/data, each
column with mean 0 and mean square 1. Every solver runs to a tolerance far below 1e-8.
"""
import gzip, json, os, subprocess, sys, tempfile
import numpy as np
import sklearn
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, PoissonRegressor

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "internal", "data")


def standardized(a):
    a = a - a.mean(axis=0)
    return a / np.sqrt((a**2).mean(axis=0))


def diabetes():
    read = lambda name: np.loadtxt(gzip.open(os.path.join(DATA, name)))
    return standardized(read("diabetes_data_raw.csv.gz")), read("diabetes_target.csv.gz")


def cancer():
    table = np.loadtxt(os.path.join(DATA, "breast_cancer.csv"), delimiter=",", skiprows=1)
    return standardized(table[:, :30]), table[:, 30]


GLMNET = """
suppressMessages(library(glmnet))
a <- as.matrix(read.csv("%(dir)s/a.csv", header = FALSE))
y <- scan("%(dir)s/y.csv", quiet = TRUE)
w <- scan("%(dir)s/w.csv", quiet = TRUE)
glmnet.control(mnlam = 1, fdev = 0, devmax = 1)
grid <- exp(seq(log(%(top)s), log(%(lambda)s), length.out = 30))
fit <- glmnet(a, y, family = "%(family)s", weights = w, alpha = %(alpha)s, lambda = grid, standardize = FALSE,
    intercept = TRUE, thresh = 1e-24, maxit = 1e8)
cat(sprintf("%%.17g", c(fit$beta[, 30], fit$a0[30])), as.character(packageVersion("glmnet")))
"""


def glmnet(a, y, w, family, lam, alpha):
    """The coefficients and the intercept, and the version."""
    with tempfile.TemporaryDirectory() as folder:
        for name, v in (("a", a), ("y", y), ("w", w)):
            np.savetxt(os.path.join(folder, name + ".csv"), v, fmt="%.17g", delimiter=",")
        code = GLMNET % dict(dir=folder, family=family, top=repr(100 * lam), alpha=repr(alpha), **{"lambda": repr(lam)})
        out = subprocess.run(["Rscript", "-e", code], check=True, capture_output=True, text=True).stdout.split()
    return [float(v) for v in out[:-1]], out[-1]


def main():
    rows, version = [], ""

    def add(data, loss, l1, l2, weighted, source, x):
        rows.append(dict(data=data, loss=loss, l1=l1, l2=l2, weighted=weighted, source=source, x=[float(v) for v in x]))

    for data, (a, y) in dict(diabetes=diabetes(), cancer=cancer()).items():
        n = len(y)
        for weighted in (False, True):
            w = 0.5 + (np.arange(n) % 3) if weighted else np.ones(n)
            if data == "diabetes":
                for l1, l2 in ((2.0, 0.0), (1.0, 0.5)):
                    fit = ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), tol=1e-15, max_iter=10**7).fit(a, y, sample_weight=w)
                    add(data, "squared", l1, l2, weighted, "scikit-learn", [*fit.coef_, fit.intercept_])
                    # glmnet divides y by its standard deviation, but not the l2 part of its penalty.
                    scaled = l2 * np.sqrt(np.average((y - np.average(y, weights=w)) ** 2, weights=w))
                    x, version = glmnet(a, y, w, "gaussian", l1 + scaled, l1 / (l1 + scaled))
                    add(data, "squared", l1, l2, weighted, "glmnet", x)
                fit = PoissonRegressor(alpha=0.1, solver="newton-cholesky", tol=1e-14).fit(a, y, sample_weight=w)
                add(data, "Poisson", 0.0, 0.1, weighted, "scikit-learn", [*fit.coef_, fit.intercept_])
                continue
            for l1, l2 in ((0.01, 0.0), (0.005, 0.01), (0.0, 0.02)):
                c, ratio = 1 / ((l1 + l2) * w.sum()), l1 / (l1 + l2)
                options = dict(solver="newton-cholesky", penalty="l2") if l1 == 0 else dict(solver="saga", penalty="elasticnet", l1_ratio=ratio)
                fit = LogisticRegression(C=c, tol=1e-14, max_iter=200000, random_state=0, **options).fit(a, y, sample_weight=w)
                add(data, "logistic", l1, l2, weighted, "scikit-learn", [*fit.coef_[0], fit.intercept_[0]])
                x, version = glmnet(a, y, w, "binomial", l1 + l2, ratio)
                add(data, "logistic", l1, l2, weighted, "glmnet", x)
    head = json.dumps({"scikit-learn": sklearn.__version__, "glmnet": version})
    print('{"versions": %s, "fits": [\n%s\n]}' % (head, ",\n".join(json.dumps(r) for r in rows)))


main()

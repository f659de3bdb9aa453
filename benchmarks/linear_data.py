"""Writes the data that the command benchmarks/linear reads."""
import numpy as np
import scipy.sparse as sparse


def write(name, a, y):
    """Writes the rows a, dense or CSR, and the labels y."""
    with open(name, "wb") as f:
        if sparse.issparse(a):
            np.array([*a.shape, a.nnz], "<i8").tofile(f)
            y.astype("<f8").tofile(f)
            np.concatenate([a.indptr, a.indices]).astype("<i8").tofile(f)
            a.data.astype("<f8").tofile(f)
        else:
            np.array([*a.shape, 0], "<i8").tofile(f)
            y.astype("<f8").tofile(f)
            a.astype("<f8").tofile(f)

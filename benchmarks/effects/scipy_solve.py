"""Solves the problems that EntitySolverRun wrote with scipy's fmin_l_bfgs_b, one after the other, with GDMix's
settings.

usage: scipy_solve.py FOLDER [ENTITIES [OURS]]

FOLDER/problems.bin  int32 entities, rows, features; then for each entity, float64: X [rows, features], y, w, offset
FOLDER/ours.bin      float64 [entities, features + 1]: our coefficients, intercept first

OURS                 our entities a second of processor time

Prints one line of JSON. One core: BLAS gets one thread.
"""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import scipy
from scipy.optimize import fmin_l_bfgs_b


def solve(x, y, w, offset, precision, factr, pgtol):
    """Minimizes the sum of w (log(1 + e^z) - y z) and the ridge; returns coefficients."""

    def objective(theta):
        z = x @ theta + offset
        small = np.exp(-np.abs(z))
        value = np.dot(w, np.maximum(z, 0) - z * y + np.log1p(small))
        p = np.where(z >= 0, 1, small) / (1 + small)
        pull = precision * theta
        return value + 0.5 * np.dot(pull, theta), x.T @ (w * (p - y)) + pull

    start = np.zeros(x.shape[1])
    return fmin_l_bfgs_b(objective, start, m=10, factr=factr, maxiter=1000, pgtol=pgtol)[0]


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "problems.bin"), "rb") as file:
        entities, rows, features = np.fromfile(file, np.int32, 3)
        data = np.fromfile(file, np.float64).reshape(entities, rows * (features + 3))
    ours = np.fromfile(os.path.join(folder, "ours.bin"), np.float64).reshape(entities, features + 1)
    if len(sys.argv) > 2:
        entities = min(entities, int(sys.argv[2]))
    cells = rows * features
    problems = []
    for row in data[:entities]:
        x = np.column_stack([np.ones(rows), row[:cells].reshape(rows, features)])
        problems.append((x, row[cells : cells + rows], row[cells + rows : cells + 2 * rows], row[cells + 2 * rows :]))
    precision = np.ones(features + 1)
    precision[0] = 0
    gdmix = (precision, 1e-12 / np.finfo(float).eps, 1e-5)
    for problem in problems[:20]:
        solve(*problem, *gdmix)
    start = time.perf_counter()
    cpu_start = time.process_time()
    for problem in problems:
        solve(*problem, *gdmix)
    seconds = time.perf_counter() - start
    cpu_seconds = time.process_time() - cpu_start
    # GDMix stops about 1e-6 before the minimum: whether ours is the minimum is asked of a longer run
    apart = max(np.abs(solve(*p, precision, 1, 1e-9) - mine).max() for p, mine in zip(problems, ours))
    result = {
        "scipy": scipy.__version__,
        "numpy": np.__version__,
        "entities": int(entities),
        "perSecond": round(entities / seconds, 1),
        "perCpuSecond": round(entities / cpu_seconds, 1),
        "largestDifference": float(apart),
    }
    if len(sys.argv) > 3:
        result["oursIsTimesAsFast"] = round(float(sys.argv[3]) * cpu_seconds / entities, 1)
    print(json.dumps(result))


main()

"""The same model and step in PyTorch, on the same card: eager, as a CUDA graph, and compiled. One JSON object a line, each
as soon as it is known; eager runs come first, and nothing is begun after the given time.

    python3 torch_dlrm.py FILE SECONDS
"""
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as functional

ROWS = [1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10, 5652,
        2173, 4, 7046547, 18, 15, 286181, 105, 142572]
HOTNESS = [3, 2, 1, 2, 6, 1, 1, 1, 1, 7, 3, 8, 1, 6, 9, 5, 1, 1, 1, 12, 100, 27, 10, 3, 1, 1]
DENSE, RATE, ROUNDS, WARM_UP, ROUND_SECONDS = 13, 0.01, 7, 10, 0.15
SHAPES, BATCHES = ("kaggle", "mlperf", "mlperf-multihot"), (2048, 16384, 65536)
device = "cuda"


def mlp(widths, last_relu):
    layers = []
    for k, (a, b) in enumerate(zip(widths, widths[1:])):
        layers.append(nn.Linear(a, b, device=device))
        if last_relu or k + 2 < len(widths):
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class Dlrm(nn.Module):
    def __init__(self, rows, dim, bottom, top, sparse):
        super().__init__()
        self.tables = nn.ModuleList(nn.EmbeddingBag(r, dim, mode="sum", sparse=sparse, device=device) for r in rows)
        features = len(rows) + 1
        self.bottom = mlp([DENSE] + bottom + [dim], True)
        self.top = mlp([dim + features * (features - 1) // 2] + top + [1], False)
        self.register_buffer("pairs", torch.tril_indices(features, features, -1, device=device))

    def forward(self, dense, ids, starts):
        x = self.bottom(dense)
        t = torch.stack([x] + [table(i, s) for table, i, s in zip(self.tables, ids, starts)], 1)
        products = torch.bmm(t, t.transpose(1, 2))[:, self.pairs[0], self.pairs[1]]
        return self.top(torch.cat([x, products], 1)).squeeze(1)


def measure(step):
    for _ in range(WARM_UP):
        step()
    torch.cuda.synchronize()
    start = time.perf_counter()
    step()
    torch.cuda.synchronize()
    count = max(5, min(200, int(ROUND_SECONDS / max(time.perf_counter() - start, 1e-5))))
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(count):
            loss = step()
        torch.cuda.synchronize()
        rounds.append((time.perf_counter() - start) / count * 1e6)
    rounds.sort()
    return rounds, loss


def run(shape, precision, mode, batch):
    large = shape != "kaggle"
    rows = [min(r, 2_000_000) for r in ROWS] if large else ROWS
    hot = HOTNESS if shape == "mlperf-multihot" else [1] * len(rows)
    widths = (128, [512, 256], [1024, 1024, 512, 256]) if large else (16, [512, 256, 64], [512, 256])
    torch.backends.cuda.matmul.allow_tf32 = precision == "TF32"
    # sparse gradients have no fixed shapes, which a graph needs
    model = Dlrm(rows, *widths, sparse=mode != "graph")
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    dense = torch.rand(batch, DENSE, device=device)
    labels = (torch.rand(batch, device=device) < 0.25).float()
    ids = [(torch.exp(torch.rand(batch * h, device=device) * torch.log(torch.tensor(r + 1.0, device=device))).long() - 1)
           .clamp_(0, r - 1) for r, h in zip(rows, hot)]
    starts = [torch.arange(batch, device=device) * h for h in hot]
    forward = torch.compile(model) if mode == "compile" else model

    def step():
        optimizer.zero_grad(set_to_none=mode != "graph")
        with torch.autocast(device, torch.bfloat16, enabled=precision == "BF16"):
            logits = forward(dense, ids, starts)
        loss = functional.binary_cross_entropy_with_logits(logits.float(), labels)
        loss.backward()
        optimizer.step()
        return loss

    if mode == "graph":
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            captured = step()

        def replay():
            graph.replay()
            return captured

        rounds, loss = measure(replay)
    else:
        rounds, loss = measure(step)
    return {"framework": "torch " + torch.__version__, "mode": mode, "shape": shape, "precision": precision,
            "batch": batch, "step_us": round(rounds[ROUNDS // 2], 1), "fastest_us": round(rounds[0], 1),
            "slowest_us": round(rounds[-1], 1), "samples_per_s": round(batch / rounds[ROUNDS // 2] * 1e6),
            "loss": round(loss.item(), 4)}


def main():
    path, seconds = sys.argv[1], float(sys.argv[2])
    begun = time.perf_counter()
    with open(path, "a", buffering=1) as out:
        for mode in ("eager", "graph", "compile"):
            for shape in SHAPES:
                if mode == "graph" and shape != "kaggle":
                    continue  # a graph needs dense gradients of whole tables: more memory and time than the step
                for precision in ("TF32", "BF16", "FP32"):
                    for batch in BATCHES:
                        what = {"mode": mode, "shape": shape, "precision": precision, "batch": batch}
                        if time.perf_counter() - begun > seconds:
                            line = {**what, "skipped": "%.0f s are over" % seconds}
                        else:
                            try:
                                line = run(shape, precision, mode, batch)
                            except Exception as e:  # one that fails must not stop the others
                                line = {**what, "failed": str(e).splitlines()[:1]}
                        print(json.dumps(line), flush=True)
                        out.write(json.dumps(line) + "\n")
                        torch.cuda.empty_cache()


main()

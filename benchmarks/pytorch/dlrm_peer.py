"""The Kaggle model as a plain PyTorch user writes it: eager, sparse EmbeddingBag, SGD, BCE.

Started by benchmarks/run-peers; reads its batches, measures by its rule (io.dlrm4j.bench.peers.StepWindows) and prints
one line of JSON for each measurement. Needs torch 1.13 or newer and numpy.

--form plain   pairs picked by indexing, gradients zeroed: what the published DLRM does
--form tuned   pairs by index_select, gradients dropped instead of zeroed
--ranks 2      hybrid parallel over gloo: tables split, MLPs in DistributedDataParallel, all_to_all_single
--verify DIR   starts from DIR/weights.bin and prints the first losses
"""

import argparse
import json
import math
import os
import resource
import sys
import time

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

DENSE, TABLES, DIM = 13, 26, 16
BOTTOM = [DENSE, 512, 256, 64, DIM]
TOP = [DIM + (TABLES + 1) * TABLES // 2, 512, 256, 1]
LEARNING_RATE = 0.1
VERIFY_STEPS = 8
WINDOW_SECONDS = 0.4
FEWEST_WINDOWS = 3


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--ids", default="zipf")
    parser.add_argument("--batches", default="128")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=float, default=0)
    parser.add_argument("--warm", type=float, default=1)
    parser.add_argument("--measure", type=float, default=2)
    parser.add_argument("--form", choices=["plain", "tuned"], default="plain")
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--verify", default="")
    return parser.parse_args()


class Ranks:
    """This process among the others; alone it does nothing."""

    def __init__(self, rank, size):
        self.rank, self.size = rank, size
        share = [TABLES // size + (1 if r < TABLES % size else 0) for r in range(size)]
        self.share = share
        self.tables = range(sum(share[:rank]), sum(share[: rank + 1]))

    def on_first(self, number):
        """The number that the first rank gave."""
        if self.size == 1:
            return number
        tensor = torch.tensor([float(number)], dtype=torch.float64)
        dist.broadcast(tensor, 0)
        return tensor.item()

    def total(self, number):
        if self.size == 1:
            return number
        tensor = torch.tensor([float(number)], dtype=torch.float64)
        dist.all_reduce(tensor)
        return tensor.item()


class Exchange(torch.autograd.Function):
    """All-to-all of pooled vectors: [batch, own tables * dim] to [own samples, tables * dim]; back for gradients."""

    @staticmethod
    def forward(ctx, pooled, ranks):
        ctx.ranks, ctx.batch = ranks, pooled.shape[0]
        local = pooled.shape[0] // ranks.size
        ctx.receive = [local * n * DIM for n in ranks.share]
        ctx.send = [local * len(ranks.tables) * DIM] * ranks.size
        received = pooled.new_empty(sum(ctx.receive))
        dist.all_to_all_single(received, pooled.reshape(-1), ctx.receive, ctx.send)
        parts = received.split(ctx.receive)
        return torch.cat([part.view(local, n * DIM) for part, n in zip(parts, ranks.share)], dim=1)

    @staticmethod
    def backward(ctx, gradient):
        parts = [part.reshape(-1) for part in gradient.split([n * DIM for n in ctx.ranks.share], dim=1)]
        received = gradient.new_empty(sum(ctx.send))
        dist.all_to_all_single(received, torch.cat(parts), ctx.send, ctx.receive)
        return received.view(ctx.batch, -1), None


class Mlps(nn.Module):
    """What every rank has: both MLPs and the interaction between them."""

    def __init__(self, form):
        super().__init__()
        self.bottom, self.top = mlp(BOTTOM, True), mlp(TOP, False)
        self.form = form
        i, j = torch.tril_indices(TABLES + 1, TABLES + 1, offset=-1)
        self.i, self.j, self.places = i, j, i * (TABLES + 1) + j

    def forward(self, dense, *pooled):
        x = self.bottom(dense)
        vectors = torch.cat([x, *pooled], dim=1).view(-1, TABLES + 1, DIM)
        products = torch.bmm(vectors, vectors.transpose(1, 2))
        if self.form == "plain":
            pairs = products[:, self.i, self.j]
        else:
            pairs = products.flatten(1).index_select(1, self.places)
        return torch.sigmoid(self.top(torch.cat([x, pairs], dim=1)))


def mlp(widths, relu_at_end):
    layers = []
    for k, (n, m) in enumerate(zip(widths, widths[1:])):
        linear = nn.Linear(n, m)
        nn.init.normal_(linear.weight, std=math.sqrt(2 / (n + m)))
        nn.init.normal_(linear.bias, std=math.sqrt(1 / m))
        layers.append(linear)
        if relu_at_end or k < len(widths) - 2:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class Model:
    def __init__(self, rows, ranks, form):
        self.ranks, self.form = ranks, form
        self.bags = []
        for t in ranks.tables:
            weight = torch.empty(rows[t], DIM).uniform_(-math.sqrt(1 / rows[t]), math.sqrt(1 / rows[t]))
            self.bags.append(nn.EmbeddingBag(rows[t], DIM, mode="sum", sparse=True, _weight=weight))
        self.mlps = Mlps(form)
        self.network = nn.parallel.DistributedDataParallel(self.mlps) if ranks.size > 1 else self.mlps
        parameters = [bag.weight for bag in self.bags] + list(self.mlps.parameters())
        self.optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE)
        self.loss = nn.BCELoss()

    def read_weights(self, file):
        """All tables in order, then each layer's weight and bias."""
        values, at = torch.from_numpy(np.fromfile(file, dtype=np.float32)), 0
        with torch.no_grad():
            for parameter in [bag.weight for bag in self.bags] + list(self.mlps.parameters()):
                parameter.copy_(values[at : at + parameter.numel()].view_as(parameter))
                at += parameter.numel()

    def step(self, batch):
        dense, ids, offsets, labels = batch
        pooled = [bag(column, offsets) for bag, column in zip(self.bags, ids)]
        if self.ranks.size > 1:
            pooled = [Exchange.apply(torch.cat(pooled, dim=1), self.ranks)]
        loss = self.loss(self.network(dense, *pooled), labels)
        value = loss.item()
        self.optimizer.zero_grad(set_to_none=self.form == "tuned")
        loss.backward()
        self.optimizer.step()
        return value


def read(folder, kind, samples, ranks):
    """All batches of a file, prepared: this rank's samples, and the ids of its tables for all samples."""
    content = np.fromfile(os.path.join(folder, f"{kind}-{samples}.bin"), dtype=np.float32)
    content = content.reshape(-1, (DENSE + TABLES + 1) * samples)
    local = samples // ranks.size
    own = slice(ranks.rank * local, (ranks.rank + 1) * local)
    batches = []
    for one in content:
        dense = torch.from_numpy(one[: DENSE * samples].reshape(samples, DENSE)[own].copy())
        ids = one[DENSE * samples : (DENSE + TABLES) * samples].view(np.int32).reshape(TABLES, samples)
        columns = [torch.from_numpy(ids[t].astype(np.int64)) for t in ranks.tables]
        labels = torch.from_numpy(one[(DENSE + TABLES) * samples :][own].copy()).view(-1, 1)
        batches.append((dense, columns, torch.arange(samples), labels))
    return batches


class Loop:
    """The rule of StepWindows: steps that do not count, then windows of equally many steps."""

    def __init__(self, batches, step, ranks):
        self.batches, self.step, self.ranks = batches, step, ranks
        self.place, self.first, self.loss = 0, None, math.nan

    def run(self, steps):
        """Seconds of all steps."""
        start = time.perf_counter()
        for _ in range(steps):
            self.loss = self.step(self.batches[self.place])
            self.first = self.loss if self.first is None else self.first
            self.place = (self.place + 1) % len(self.batches)
        return time.perf_counter() - start

    def warm(self, seconds):
        """Seconds of a step at the end."""
        spent, chunk = 0.0, 1
        while True:
            took = self.run(chunk)
            spent += took
            pace = took / chunk
            chunk = int(self.ranks.on_first(min(max(1, int(WINDOW_SECONDS / 2 / pace)), 2 * chunk)))
            if self.ranks.on_first(spent < seconds) == 0:
                return pace

    def measure(self, warm, seconds):
        pace = self.warm(warm)
        steps = int(self.ranks.on_first(max(1, round(WINDOW_SECONDS / pace))))
        windows = int(self.ranks.on_first(max(FEWEST_WINDOWS, round(seconds / (steps * pace)))))
        millis = [self.run(steps) * 1e3 / steps for _ in range(windows)]
        if not math.isfinite(self.loss):
            raise SystemExit(f"loss={self.loss} after the last step, want a number")
        return {"steps": steps, "millis": millis, "first_loss": self.first, "last_loss": self.loss}


def work(rank, args):
    torch.set_num_threads(args.threads)
    ranks = Ranks(rank, args.ranks)
    if args.ranks > 1:
        dist.init_process_group("gloo", rank=rank, world_size=args.ranks)
    if rank == 0:
        print(f"torch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr)
    with open(os.path.join(args.data, "tables.txt"), encoding="ascii") as file:
        rows = [int(n) for n in file.read().split(",")]
    model = Model(rows, ranks, args.form)
    sizes = [int(n) for n in args.batches.split(",")]
    kinds = args.ids.split(",")
    if args.verify:
        model.read_weights(os.path.join(args.verify, "weights.bin"))
        for batch in read(args.data, kinds[0], max(sizes), ranks)[:VERIFY_STEPS]:
            print(model.step(batch))
        return
    for samples in sizes:
        Loop(read(args.data, kinds[0], samples, ranks), model.step, ranks).warm(args.start)
    for kind in kinds:
        for samples in sizes:
            loop = Loop(read(args.data, kind, samples, ranks), model.step, ranks)
            result = {"ids": kind, "batch": samples, **loop.measure(args.warm, args.measure)}
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            result["peak_mib"] = ranks.total(peak)
            if rank == 0:
                print(json.dumps(result), flush=True)


def main():
    args = options()
    if args.ranks == 1:
        work(0, args)
        return
    if args.verify:
        raise SystemExit("--verify: one rank alone, because the loss of a rank is that of its samples")
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29511")
    mp.spawn(work, args=(args,), nprocs=args.ranks)


if __name__ == "__main__":
    main()

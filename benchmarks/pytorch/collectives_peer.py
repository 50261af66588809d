"""What io.dlrm4j.bench.peers.CollectiveRunner does, with gloo through torch.distributed.

The all-reduce of both MLPs' gradients and the all-to-all of pooled vectors between --ranks processes, checked once,
warmed up, timed one by one on rank 0.
"""

import argparse
import json
import os
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

GRADIENTS, SAMPLES, DIM, TABLES, CHUNK = 475_985, 2_048, 16, 26, 20


def run(seconds, operation):
    millis, start = [], time.perf_counter()
    while True:
        more = torch.tensor([1.0 if time.perf_counter() - start < seconds else 0.0])
        dist.broadcast(more, 0)
        if more.item() == 0:
            return millis
        for _ in range(CHUNK):
            begin = time.perf_counter()
            operation()
            millis.append((time.perf_counter() - begin) * 1e3)


def measure(name, operation, rank, args):
    run(args.warm, operation)
    millis = sorted(run(args.measure, operation))
    if rank == 0:
        print(json.dumps({"operation": name, "best": millis[0], "median": millis[len(millis) // 2]}), flush=True)


def exchange(name, samples, rank, args):
    share = [TABLES // args.ranks + (1 if r < TABLES % args.ranks else 0) for r in range(args.ranks)]
    send = [samples * DIM * share[rank]] * args.ranks
    receive = [samples * DIM * n for n in share]
    out, into = torch.full((sum(send),), float(rank + 1)), torch.empty(sum(receive))

    def operation():
        dist.all_to_all_single(into, out, receive, send)

    operation()
    if into[-1].item() != args.ranks:
        raise SystemExit(f"{name}: wrong result")
    measure(name, operation, rank, args)


def work(rank, args):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=args.ranks)
    gradients = torch.ones(GRADIENTS)
    dist.all_reduce(gradients)
    if gradients[-1].item() != args.ranks:
        raise SystemExit("all-reduce: wrong result")
    gradients.zero_()
    measure("all-reduce", lambda: dist.all_reduce(gradients), rank, args)
    exchange("all-to-all rank", SAMPLES, rank, args)
    exchange("all-to-all global", SAMPLES // args.ranks, rank, args)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--data", help="not needed; every side is given it")
    parser.add_argument("--warm", type=float, default=0.5)
    parser.add_argument("--measure", type=float, default=0.5)
    args = parser.parse_args()
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29512")
    mp.spawn(work, args=(args,), nprocs=args.ranks)


if __name__ == "__main__":
    main()

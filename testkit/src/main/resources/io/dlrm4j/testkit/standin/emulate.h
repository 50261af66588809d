// Runs CUDA kernels on the host, for tests on machines without a card.
//
// A block's threads are fibers that take turns, in another random order after each barrier; blocks run one after
// another, so that shared memory is simply static; it starts as NaN. Enough of the language for dlrm.cu, no more.
#pragma once
#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#define __device__
#define __restrict__ __restrict
#define KERNEL(threads) extern "C" void
#define DYNAMIC_SHARED(name) float4* name = reinterpret_cast<float4*>(emulated::shared.data())

struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct dim3 { unsigned x = 1, y = 1, z = 1; };
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline unsigned __float_as_uint(float f) { unsigned u; memcpy(&u, &f, 4); return u; }
inline float __uint_as_float(unsigned u) { float f; memcpy(&f, &u, 4); return f; }

static dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulated {
enum Wait { NOT, WARP_BARRIER, BLOCK_BARRIER };
struct Fiber { ucontext_t context; std::vector<char> stack; bool done; Wait wait; uint64_t slot; };
struct alignas(16) Line { char bytes[16]; };

static std::vector<Line> shared;
static ucontext_t scheduler;
static std::vector<Fiber> fibers;
static unsigned current;
static const std::function<void()>* body;
static std::mt19937 order(1);

static void enter() {
    (*body)();
    fibers[current].done = true;
    swapcontext(&fibers[current].context, &scheduler);
}

static void pause(Wait wait) {
    fibers[current].wait = wait;
    swapcontext(&fibers[current].context, &scheduler);
}

// Lets go every warp whose live threads all wait at a warp barrier, and the block when all wait at its barrier.
static bool release() {
    unsigned n = fibers.size(), live = 0, atBlock = 0;
    bool any = false;
    for (unsigned w = 0; w < n; w += 32) {
        unsigned alive = 0, waiting = 0, end = std::min(w + 32, n);
        for (unsigned i = w; i < end; i++) {
            if (fibers[i].done) continue;
            alive++;
            waiting += fibers[i].wait == WARP_BARRIER;
            atBlock += fibers[i].wait == BLOCK_BARRIER;
        }
        live += alive;
        if (alive == 0 || waiting < alive) continue;
        for (unsigned i = w; i < end; i++) fibers[i].wait = NOT;
        any = true;
    }
    if (live && atBlock == live) {
        for (auto& f : fibers) f.wait = NOT;
        any = true;
    }
    return any;
}

static void run_block(dim3 block, size_t sharedBytes) {
    shared.assign((sharedBytes + 15) / 16, Line{});
    if (!shared.empty()) memset(shared.data(), 0xff, shared.size() * 16);
    for (auto& f : fibers) {
        f.done = false;
        f.wait = NOT;
        getcontext(&f.context);
        f.context.uc_stack.ss_sp = f.stack.data();
        f.context.uc_stack.ss_size = f.stack.size();
        f.context.uc_link = nullptr;
        makecontext(&f.context, enter, 0);
    }
    std::vector<unsigned> turn(fibers.size());
    std::iota(turn.begin(), turn.end(), 0u);
    for (bool more = true; more;) {
        std::shuffle(turn.begin(), turn.end(), order);
        for (unsigned i : turn) {
            if (fibers[i].done || fibers[i].wait) continue;
            current = i;
            threadIdx = {i % block.x, i / block.x % block.y, i / (block.x * block.y)};
            swapcontext(&scheduler, &fibers[i].context);
        }
        more = std::any_of(fibers.begin(), fibers.end(), [](const Fiber& f) { return !f.done; });
        if (more && !release()) {
            fprintf(stderr, "emulated kernel: threads of a warp or block wait at different barriers\n");
            abort();
        }
    }
}

static void launch(dim3 grid, dim3 block, size_t sharedBytes, const std::function<void()>& kernel) {
    gridDim = grid;
    blockDim = block;
    body = &kernel;
    fibers.resize(block.x * block.y * block.z);
    for (auto& f : fibers)
        if (f.stack.empty()) f.stack.resize(64 << 10);
    for (blockIdx.z = 0; blockIdx.z < grid.z; blockIdx.z++)
        for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
            for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++) run_block(block, sharedBytes);
}
}  // namespace emulated

inline void __syncwarp() { emulated::pause(emulated::WARP_BARRIER); }
inline void __syncthreads() { emulated::pause(emulated::BLOCK_BARRIER); }

template <class T> T __shfl_xor_sync(unsigned, T v, int mask) {
    unsigned me = emulated::current, from = (me & ~31u) | ((me ^ mask) & 31u);
    memcpy(&emulated::fibers[me].slot, &v, sizeof v);
    __syncwarp();
    T out;
    memcpy(&out, &emulated::fibers[from].slot, sizeof out);
    __syncwarp();
    return out;
}

template <class T> T atomicAdd(T* p, T v) { T old = *p; *p += v; return old; }
template <class T> T atomicCAS(T* p, T expected, T v) { T old = *p; if (old == expected) *p = v; return old; }

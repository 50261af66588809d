// The kernels of a DLRM's training step; everything of it that is no matrix product.
//
// Compiled at run time for the card that is present, with the model's shape as macros, so that inner loops have
// constant bounds:
//   DIM       width of an embedding row, 1 to 256
//   FEATURES  vectors that meet in the interaction: the bottom MLP's output, then one a table
//   ITSELF    1: a vector also meets itself
//   HIDDEN    padded width of the input of the top MLP's last layer, a multiple of 8
//   BF16      1: activations and their gradients are bfloat16; parameters, their gradients and sums stay float
//   BF16_ROWS 1: rows of tables are bfloat16, without a float copy; a row that moves is rounded up or down at random, so
//             that many steps, each smaller than a bfloat16 can tell, add up to what they are in float on average
//
// No header is included, so that no toolkit is needed where the program runs. Tests compile the same text for the host
// (emulate.h of the testkit): hence KERNEL, DYNAMIC_SHARED and the places under __CUDA_ARCH__.
//
// Device layouts. "Pitch" is a row's length in elements; what lies between width and pitch is zero, always:
//   rows of a table    [rows][VECS * 4] Weight; their gradients and state are float
//   features           [samples][FEATURES][VECS * 4] Act, feature 0 is the bottom MLP's output
//   interacted         [samples][WIDTH] Act: feature 0, then the lower triangle of products row by row, then zeros
//   exchanged vectors  float, DIM wide, without padding, as they travel between ranks: wherever their owners' blocks lie

#ifndef KERNEL
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)
#define DYNAMIC_SHARED(name) extern __shared__ float4 name[]
#endif

typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

constexpr int WARP = 32;
constexpr u32 ALL_LANES = 0xffffffffu;
constexpr int VECS = (DIM + 3) / 4;  // 16-byte pieces of a row
constexpr int PADDED = VECS * 4;
constexpr int ROWS = (FEATURES + 3) / 4 * 4;  // features, padded to whole 4 x 4 tiles of products
constexpr int TILES = (ROWS / 4) * (ROWS / 4 + 1) / 2;  // tiles on and below the diagonal
constexpr int SPAN = ROWS / 4;  // a tile's rows are so far apart that neighbouring lanes read different banks
constexpr int PITCH = PADDED + 4;  // of a row in shared memory, off the period of the banks
constexpr int PAIRS = FEATURES * (ITSELF ? FEATURES + 1 : FEATURES - 1) / 2;
constexpr int WIDTH = (DIM + PAIRS + 7) / 8 * 8;

// Lanes that share a row: a power of two, so that shuffles stay inside. Each takes every GROUP-th piece.
constexpr int group_size() {
    int size = 1;
    while (size < VECS && size < WARP) size *= 2;
    return size;
}
constexpr int GROUP = group_size();

// ---------------------------------------------------------------- four values at a time

typedef unsigned short Half;  // the bits of a bfloat16

__device__ inline u32 pack(float low, float high) {  // round to nearest even
#ifdef __CUDA_ARCH__
    u32 out;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));
    return out;
#else
    u32 a = __float_as_uint(low), b = __float_as_uint(high);
    a += 0x7fffu + (a >> 16 & 1u);
    b += 0x7fffu + (b >> 16 & 1u);
    return a >> 16 | (b & 0xffff0000u);
#endif
}

__device__ inline float to_float(Half v) { return __uint_as_float((u32) v << 16); }

__device__ inline float to_float(float v) { return v; }

__device__ inline float4 load4(const Half* p) {
    uint2 v = *reinterpret_cast<const uint2*>(p);
    return make_float4(__uint_as_float(v.x << 16), __uint_as_float(v.x & 0xffff0000u),
                       __uint_as_float(v.y << 16), __uint_as_float(v.y & 0xffff0000u));
}

__device__ inline float4 load4(const float* p) { return *reinterpret_cast<const float4*>(p); }

__device__ inline void store4(Half* p, float4 v) {
    *reinterpret_cast<uint2*>(p) = make_uint2(pack(v.x, v.y), pack(v.z, v.w));
}

__device__ inline void store4(float* p, float4 v) { *reinterpret_cast<float4*>(p) = v; }

#if BF16
typedef Half Act;

__device__ inline Act to_act(float v) { return (Act) pack(v, 0.f); }
#else
typedef float Act;

__device__ inline Act to_act(float v) { return v; }
#endif

#if BF16_ROWS
typedef Half Weight;
#else
typedef float Weight;
#endif

__device__ inline float4 zero4() { return make_float4(0.f, 0.f, 0.f, 0.f); }

__device__ inline void add4(float4& sum, float4 v) { sum.x += v.x; sum.y += v.y; sum.z += v.z; sum.w += v.w; }

__device__ inline void fma4(float4& sum, float s, float4 v) {
    sum.x = fmaf(s, v.x, sum.x); sum.y = fmaf(s, v.y, sum.y); sum.z = fmaf(s, v.z, sum.z); sum.w = fmaf(s, v.w, sum.w);
}

__device__ inline float4 scale4(float s, float4 v) { return make_float4(s * v.x, s * v.y, s * v.z, s * v.w); }

__device__ inline float dot4(float4 a, float4 b) { return fmaf(a.x, b.x, fmaf(a.y, b.y, fmaf(a.z, b.z, a.w * b.w))); }

__device__ inline float4 where_positive(float4 y, float4 v) {  // the backward pass of a ReLU whose output is y
    return make_float4(y.x > 0.f ? v.x : 0.f, y.y > 0.f ? v.y : 0.f, y.z > 0.f ? v.z : 0.f, y.w > 0.f ? v.w : 0.f);
}

__device__ inline void red4(float4* p, float4 v) {  // *p += v, atomically for each component
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm volatile("red.global.add.v4.f32 [%0], {%1, %2, %3, %4};"
                 :: "l"(p), "f"(v.x), "f"(v.y), "f"(v.z), "f"(v.w) : "memory");
#else
    float* q = reinterpret_cast<float*>(p);
    atomicAdd(q, v.x); atomicAdd(q + 1, v.y); atomicAdd(q + 2, v.z); atomicAdd(q + 3, v.w);
#endif
}

__device__ inline float sum_over(float v, int lanes) {
    for (int d = lanes / 2; d > 0; d >>= 1) v += __shfl_xor_sync(ALL_LANES, v, d);
    return v;
}

// ---------------------------------------------------------------- vectors, here and as they travel

// Vectors of PADDED values; `at` in values, `c` counts pieces of four.
template <class T> struct PaddedVectors {
    T* base;
    __device__ float4 load(i64 at, int c) const { return load4(base + at + 4 * c); }
    __device__ void store(i64 at, int c, float4 v) const { store4(base + at + 4 * c, v); }
};

// Vectors of DIM floats. A last piece that is not full is read and written value by value, for the next vector follows.
template <class T> struct PlainVectors {
    T* base;
    __device__ float4 load(i64 at, int c) const {
        const float* p = base + at + 4 * c;
        if (DIM % 4 == 0) return load4(p);
        return make_float4(p[0], 4 * c + 1 < DIM ? p[1] : 0.f, 4 * c + 2 < DIM ? p[2] : 0.f, 4 * c + 3 < DIM ? p[3] : 0.f);
    }
    __device__ void store(i64 at, int c, float4 v) const {
        float* p = base + at + 4 * c;
        if (DIM % 4 == 0) {
            store4(p, v);
            return;
        }
        p[0] = v.x;
        if (4 * c + 1 < DIM) p[1] = v.y;
        if (4 * c + 2 < DIM) p[2] = v.z;
        if (4 * c + 3 < DIM) p[3] = v.w;
    }
};

// The vectors of one table among exchanged ones: that of sample s begins at offset + s * stride.
struct Place { i64 offset, stride; };

// The features of each sample, side by side.
template <class T> struct PackedFeatures {
    static constexpr int AT_ONCE = (ROWS * VECS + WARP - 1) / WARP;  // loads in flight: all
    T* base;
    __device__ float4 load(i64 sample, int f, int c) const { return load4(base + (sample * FEATURES + f) * PADDED + 4 * c); }
    __device__ void store(i64 sample, int f, int c, float4 v) const {
        store4(base + (sample * FEATURES + f) * PADDED + 4 * c, v);
    }
};

// Feature 0 as above; those of the tables where they arrive from other ranks, and their gradients where they leave.
template <class T, class V> struct ExchangedFeatures {
    static constexpr int AT_ONCE = 4;  // each takes registers for its place
    PackedFeatures<T> own;
    PlainVectors<V> vectors;
    const Place* places;  // one a table
    __device__ float4 load(i64 sample, int f, int c) const {
        return f == 0 ? own.load(sample, 0, c) : vectors.load(places[f - 1].offset + sample * places[f - 1].stride, c);
    }
    __device__ void store(i64 sample, int f, int c, float4 v) const {
        if (f == 0) own.store(sample, 0, c, v);
        else vectors.store(places[f - 1].offset + sample * places[f - 1].stride, c, v);
    }
};

// ---------------------------------------------------------------- embedding tables

// One table and what a batch looks up in it. One-hot: starts is null and sample s has ids[s]; else it has
// ids[starts[s] .. starts[s + 1]). Kernels over tables take table blockIdx.y, so that ids are read side by side.
struct Table {
    Weight* rows;
    float* state;      // of the update rule: none, one a row, or as wide as the rows
    int* slotOfRow;    // FREE, or the row's slot in this step; null for SGD of float rows
    const int* ids;
    const int* starts;
    int rowCount, idRoom;
    u64 key;           // of the random numbers by which its rows are rounded
};

// The rows that a step touches, each once, in slots counted from 0.
struct Slots { int* count; int* table; int* row; float4* sums; };

constexpr int FREE = -1, TAKEN = -2;

struct Bag { int from, to; };

__device__ inline Bag bag_of(const Table& table, int sample) {
    if (table.starts == nullptr) return {sample, sample + 1};
    return {table.starts[sample], table.starts[sample + 1]};
}

// What is wrong with a step: {0}, or {kind, table, sample, value}. From the moment something is, nothing more is written
// to rows and parameters. NOT_FINITE: a row looked up or a new parameter is infinite or not a number; a ReLU, which turns
// NaN into zero, would hide that from the loss.
constexpr int BAD_ID = 1, BAD_STARTS = 2, NOT_FINITE = 3;

__device__ inline void report(int* fault, int kind, int table, int sample, int value) {
    if (atomicCAS(fault, 0, kind) == 0) { fault[1] = table; fault[2] = sample; fault[3] = value; }
}

__device__ inline bool finite4(float4 v) { return fabsf(v.x) + fabsf(v.y) + fabsf(v.z) + fabsf(v.w) <= 3.4e38f; }

KERNEL(256) check_ids(const Table* __restrict__ tables, int samples, int* fault) {
    const Table table = tables[blockIdx.y];
    for (int s = blockIdx.x * blockDim.x + threadIdx.x; s < samples; s += gridDim.x * blockDim.x) {
        Bag bag = bag_of(table, s);
        if (bag.from < 0 || bag.to < bag.from || bag.to > table.idRoom) {
            report(fault, BAD_STARTS, blockIdx.y, s, bag.to);
            continue;
        }
        for (int i = bag.from; i < bag.to; i++)
            if ((u32) table.ids[i] >= (u32) table.rowCount) report(fault, BAD_ID, blockIdx.y, s, table.ids[i]);
    }
}

// Pools the rows of each bag into the vector at sample * sampleStride + table * tableStride; four rows in flight.
template <class Vectors>
__device__ inline void pool(const Table* __restrict__ tables, int samples, Vectors out, i64 sampleStride, i64 tableStride,
                            int* fault) {
    constexpr int DEPTH = 4;
    if (fault[0]) return;
    const Table table = tables[blockIdx.y];
    const int lane = threadIdx.x % GROUP, groups = gridDim.x * (blockDim.x / GROUP);
    const int first = blockIdx.x * (blockDim.x / GROUP) + threadIdx.x / GROUP;
    const i64 from = blockIdx.y * tableStride;
    for (int v = lane; v < VECS; v += GROUP) {
        const Weight* rows = table.rows + 4 * v;
        if (table.starts == nullptr) {
            for (int s = first; s < samples; s += groups * DEPTH) {
                float4 row[DEPTH];
#pragma unroll
                for (int k = 0; k < DEPTH; k++)
                    if (s + k * groups < samples) row[k] = load4(rows + (i64) table.ids[s + k * groups] * PADDED);
#pragma unroll
                for (int k = 0; k < DEPTH; k++)
                    if (s + k * groups < samples) {
                        out.store(from + (s + k * groups) * sampleStride, v, row[k]);
                        if (!finite4(row[k])) report(fault, NOT_FINITE, blockIdx.y, s + k * groups, 0);
                    }
            }
            continue;
        }
        for (int s = first; s < samples; s += groups) {
            float4 sum = zero4();
            int i = table.starts[s], end = table.starts[s + 1];
            for (; i + DEPTH <= end; i += DEPTH) {
                float4 row[DEPTH];
#pragma unroll
                for (int k = 0; k < DEPTH; k++) row[k] = load4(rows + (i64) table.ids[i + k] * PADDED);
#pragma unroll
                for (int k = 0; k < DEPTH; k++) add4(sum, row[k]);
            }
            for (; i < end; i++) add4(sum, load4(rows + (i64) table.ids[i] * PADDED));
            out.store(from + s * sampleStride, v, sum);
            if (!finite4(sum)) report(fault, NOT_FINITE, blockIdx.y, s, 0);
        }
    }
}

KERNEL(256) embedding_forward(const Table* __restrict__ tables, int samples, Act* __restrict__ out, i64 sampleStride,
                              i64 tableStride, int* fault) {
    pool(tables, samples, PaddedVectors<Act>{out}, sampleStride, tableStride, fault);
}

KERNEL(256) embedding_forward_exchanged(const Table* __restrict__ tables, int samples, float* __restrict__ out,
                                        i64 sampleStride, i64 tableStride, int* fault) {
    pool(tables, samples, PlainVectors<float>{out}, sampleStride, tableStride, fault);
}

// SGD is linear: adding -rate * gradient for every lookup is exact, however often a row occurs. For float rows; bfloat16
// ones are rounded once a step, not once a lookup, and moved by rows_sgd.
template <class Vectors>
__device__ inline void move_rows(const Table* __restrict__ tables, int samples, Vectors grad, i64 sampleStride,
                                 i64 tableStride, const float* __restrict__ rate, const int* fault) {
    if (fault[0]) return;
    const Table table = tables[blockIdx.y];
    const int lane = threadIdx.x % GROUP, groups = gridDim.x * (blockDim.x / GROUP);
    const float step = -*rate;
    for (int s = blockIdx.x * (blockDim.x / GROUP) + threadIdx.x / GROUP; s < samples; s += groups) {
        const Bag bag = bag_of(table, s);
        for (int v = lane; v < VECS; v += GROUP) {
            float4 g = scale4(step, grad.load(s * sampleStride + blockIdx.y * tableStride, v));
            for (int i = bag.from; i < bag.to; i++)
                red4(reinterpret_cast<float4*>(table.rows) + (i64) table.ids[i] * VECS + v, g);
        }
    }
}

KERNEL(256) embedding_sgd(const Table* __restrict__ tables, int samples, const Act* __restrict__ grad, i64 sampleStride,
                          i64 tableStride, const float* __restrict__ rate, const int* fault) {
    move_rows(tables, samples, PaddedVectors<const Act>{grad}, sampleStride, tableStride, rate, fault);
}

KERNEL(256) embedding_sgd_exchanged(const Table* __restrict__ tables, int samples, const float* __restrict__ grad,
                                    i64 sampleStride, i64 tableStride, const float* __restrict__ rate,
                                    const int* fault) {
    move_rows(tables, samples, PlainVectors<const float>{grad}, sampleStride, tableStride, rate, fault);
}

// The Adagrads, and rows that are rounded, need a row's whole gradient before it moves. Three linear passes, no sort: touched rows claim slots,
// gradients are added up in slots, and each slot moves its row once, and is released.
KERNEL(256) slots_claim(const Table* __restrict__ tables, int samples, Slots slots, const int* fault) {
    if (fault[0]) return;
    const Table table = tables[blockIdx.y];
    for (int s = blockIdx.x * blockDim.x + threadIdx.x; s < samples; s += gridDim.x * blockDim.x) {
        const Bag bag = bag_of(table, s);
        for (int i = bag.from; i < bag.to; i++) {
            int row = table.ids[i];
            if (table.slotOfRow[row] == FREE && atomicCAS(table.slotOfRow + row, FREE, TAKEN) == FREE) {
                int slot = atomicAdd(slots.count, 1);
                slots.table[slot] = blockIdx.y;
                slots.row[slot] = row;
                table.slotOfRow[row] = slot;
            }
        }
    }
}

template <class Vectors>
__device__ inline void add_to_slots(const Table* __restrict__ tables, int samples, Vectors grad, i64 sampleStride,
                                    i64 tableStride, Slots slots, const int* fault) {
    if (fault[0]) return;
    const Table table = tables[blockIdx.y];
    const int lane = threadIdx.x % GROUP, groups = gridDim.x * (blockDim.x / GROUP);
    for (int s = blockIdx.x * (blockDim.x / GROUP) + threadIdx.x / GROUP; s < samples; s += groups) {
        const Bag bag = bag_of(table, s);
        for (int v = lane; v < VECS; v += GROUP) {
            float4 g = grad.load(s * sampleStride + blockIdx.y * tableStride, v);
            for (int i = bag.from; i < bag.to; i++)
                red4(slots.sums + (i64) table.slotOfRow[table.ids[i]] * VECS + v, g);
        }
    }
}

KERNEL(256) slots_add(const Table* __restrict__ tables, int samples, const Act* __restrict__ grad, i64 sampleStride,
                      i64 tableStride, Slots slots, const int* fault) {
    add_to_slots(tables, samples, PaddedVectors<const Act>{grad}, sampleStride, tableStride, slots, fault);
}

KERNEL(256) slots_add_exchanged(const Table* __restrict__ tables, int samples, const float* __restrict__ grad,
                                i64 sampleStride, i64 tableStride, Slots slots, const int* fault) {
    add_to_slots(tables, samples, PlainVectors<const float>{grad}, sampleStride, tableStride, slots, fault);
}

struct Random4 { u32 x, y, z, w; };

// Random bits as a function of what they are for, the same on every card and in every order of work: Philox 4x32 with ten
// rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011).
__device__ inline Random4 philox(Random4 counter, u32 key0, u32 key1) {
#pragma unroll
    for (int round = 0; round < 10; round++) {
        const u64 a = (u64) 0xd2511f53u * counter.x, b = (u64) 0xcd9e8d57u * counter.z;
        counter = {(u32) (b >> 32) ^ counter.y ^ key0, (u32) b, (u32) (a >> 32) ^ counter.w ^ key1, (u32) a};
        key0 += 0x9e3779b9u;
        key1 += 0xbb67ae85u;
    }
    return counter;
}

// One of the two bfloat16 around v, each with the probability that makes it v on average; sixteen random bits decide. What
// is not finite stays so.
__device__ inline u32 round_randomly(float v, u32 bits) {
    const u32 u = __float_as_uint(v);
    if ((u & 0x7f800000u) == 0x7f800000u) return u >> 16 | (u & 0xffffu ? 0x40u : 0u);
    return (u + (bits & 0xffffu)) >> 16;
}

__device__ inline void store_randomly(Half* p, float4 v, Random4 bits) {
    *reinterpret_cast<uint2*>(p) =
        make_uint2(round_randomly(v.x, bits.x) | round_randomly(v.y, bits.x >> 16) << 16,
                   round_randomly(v.z, bits.y) | round_randomly(v.w, bits.y >> 16) << 16);
}

// Writes a piece of a row after it moved in that step of the job.
__device__ inline void store_row(const Table& table, int row, int piece, float4 v, u64 step) {
    Weight* p = table.rows + ((i64) row * VECS + piece) * 4;
#if BF16_ROWS
    const Random4 counter = {(u32) row, (u32) piece, (u32) step, (u32) (step >> 32)};
    store_randomly(p, v, philox(counter, (u32) table.key, (u32) (table.key >> 32)));
#else
    store4(p, v);
#endif
}

KERNEL(256) rows_sgd(const Table* __restrict__ tables, Slots slots, const float* __restrict__ rate,
                     const u64* __restrict__ step, const int* fault) {
    if (fault[0]) return;
    const int lane = threadIdx.x % GROUP, groups = gridDim.x * (blockDim.x / GROUP), count = *slots.count;
    for (int slot = blockIdx.x * (blockDim.x / GROUP) + threadIdx.x / GROUP; slot < count; slot += groups) {
        const Table table = tables[slots.table[slot]];
        const int row = slots.row[slot];
        for (int v = lane; v < VECS; v += GROUP) {
            float4 w = load4(table.rows + ((i64) row * VECS + v) * 4);
            fma4(w, -*rate, slots.sums[(i64) slot * VECS + v]);
            store_row(table, row, v, w, *step);
            slots.sums[(i64) slot * VECS + v] = zero4();
        }
        if (lane == 0) table.slotOfRow[row] = FREE;
    }
}

// One accumulator a row: state += mean of g squared, w -= rate g / (sqrt(state) + eps).
KERNEL(256) rows_row_wise_adagrad(const Table* __restrict__ tables, Slots slots, const float* __restrict__ rate,
                                  const u64* __restrict__ step, float eps, const int* fault) {
    if (fault[0]) return;
    const int lane = threadIdx.x % GROUP, groups = gridDim.x * (blockDim.x / GROUP);
    const int count = *slots.count, rounds = (count + groups - 1) / groups;  // every lane stays for the shuffles
    for (int round = 0; round < rounds; round++) {
        const int slot = round * groups + blockIdx.x * (blockDim.x / GROUP) + threadIdx.x / GROUP;
        const bool live = slot < count;
        float4* sums = slots.sums + (i64) slot * VECS;
        const Table* table = live ? tables + slots.table[slot] : nullptr;
        const int row = live ? slots.row[slot] : 0;
        const float before = live ? table->state[row] : 0.f;  // by all lanes before the shuffles; lane 0 writes after
        float squares = 0.f;
        for (int v = lane; live && v < VECS; v += GROUP) squares += dot4(sums[v], sums[v]);
        squares = sum_over(squares, GROUP);
        if (!live) continue;
        const float state = before + squares / DIM;
        const float factor = -*rate / (sqrtf(state) + eps);
        const Weight* weights = table->rows + (i64) row * PADDED;
        for (int v = lane; v < VECS; v += GROUP) {
            float4 w = load4(weights + 4 * v);
            fma4(w, factor, sums[v]);
            store_row(*table, row, v, w, *step);
            sums[v] = zero4();
        }
        if (lane == 0) { table->state[row] = state; table->slotOfRow[row] = FREE; }
    }
}

__device__ inline float adagrad(float w, float g, float& state, float rate, float eps) {
    state = fmaf(g, g, state);
    return w - rate * g / (sqrtf(state) + eps);
}

__device__ inline float4 adagrad4(float4 w, float4 g, float4& state, float rate, float eps) {
    return make_float4(adagrad(w.x, g.x, state.x, rate, eps), adagrad(w.y, g.y, state.y, rate, eps),
                       adagrad(w.z, g.z, state.z, rate, eps), adagrad(w.w, g.w, state.w, rate, eps));
}

// One accumulator a weight: state += g squared, w -= rate g / (sqrt(state) + eps).
KERNEL(256) rows_adagrad(const Table* __restrict__ tables, Slots slots, const float* __restrict__ rate,
                         const u64* __restrict__ step, float eps, const int* fault) {
    if (fault[0]) return;
    const int lane = threadIdx.x % GROUP, groups = gridDim.x * (blockDim.x / GROUP), count = *slots.count;
    for (int slot = blockIdx.x * (blockDim.x / GROUP) + threadIdx.x / GROUP; slot < count; slot += groups) {
        const Table* table = tables + slots.table[slot];
        const int row = slots.row[slot];
        const i64 at = (i64) row * VECS;
        for (int v = lane; v < VECS; v += GROUP) {
            float4 g = slots.sums[(i64) slot * VECS + v];
            float4 state = reinterpret_cast<float4*>(table->state)[at + v];
            float4 w = adagrad4(load4(table->rows + (at + v) * 4), g, state, *rate, eps);
            store_row(*table, row, v, w, *step);
            reinterpret_cast<float4*>(table->state)[at + v] = state;
            slots.sums[(i64) slot * VECS + v] = zero4();
        }
        if (lane == 0) table->slotOfRow[row] = FREE;
    }
}

// ---------------------------------------------------------------- interaction

__device__ inline int pair(int i, int j) {  // where the product of features i and j stands after feature 0
    int high = i > j ? i : j, low = i > j ? j : i;
    return DIM + high * (ITSELF ? high + 1 : high - 1) / 2 + low;
}

// Copies the features of a sample to shared memory as float, PITCH apart, and zeroes the padding rows.
template <class Features> __device__ inline void stage(float* t, Features in, int sample, int lane) {
#pragma unroll Features::AT_ONCE
    for (int i = lane; i < ROWS * VECS; i += WARP) {
        int f = i / VECS, c = i % VECS;
        *reinterpret_cast<float4*>(t + f * PITCH + 4 * c) = f < FEATURES ? in.load(sample, f, c) : zero4();
    }
}

// One warp a sample, one 4 x 4 tile of products a lane. Dynamic shared memory a warp: ROWS * PITCH + WIDTH floats.
template <class Features>
__device__ inline void cross(Features features, Act* __restrict__ out, int samples, float4* shared) {
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP, warps = blockDim.x / WARP;
    float* t = reinterpret_cast<float*>(shared) + warp * (ROWS * PITCH + WIDTH);
    float* r = t + ROWS * PITCH;
    for (int b = blockIdx.x * warps + warp; b < samples; b += gridDim.x * warps) {
        stage(t, features, b, lane);
        __syncwarp();
        for (int tile = lane; tile < TILES; tile += WARP) {
            int ti = 0;
            while ((ti + 1) * (ti + 2) / 2 <= tile) ti++;
            int tj = tile - ti * (ti + 1) / 2;
            float dots[4][4] = {};
#pragma unroll 2
            for (int k = 0; k < PADDED; k += 4) {
                float4 a[4], c[4];
#pragma unroll
                for (int x = 0; x < 4; x++) {
                    a[x] = *reinterpret_cast<const float4*>(t + (ti + x * SPAN) * PITCH + k);
                    c[x] = *reinterpret_cast<const float4*>(t + (tj + x * SPAN) * PITCH + k);
                }
#pragma unroll
                for (int x = 0; x < 4; x++)
#pragma unroll
                    for (int y = 0; y < 4; y++) dots[x][y] += dot4(a[x], c[y]);
            }
#pragma unroll
            for (int x = 0; x < 4; x++)
#pragma unroll
                for (int y = 0; y < 4; y++) {
                    int i = ti + x * SPAN, j = tj + y * SPAN;
                    bool twice = ti == tj && x < y;  // a tile on the diagonal holds each of its pairs twice
                    if (i < FEATURES && j < FEATURES && (i != j || ITSELF) && !twice) r[pair(i, j)] = dots[x][y];
                }
        }
        for (int i = lane; i < DIM; i += WARP) r[i] = t[i];
        if (lane < WIDTH - DIM - PAIRS) r[DIM + PAIRS + lane] = 0.f;
        __syncwarp();
        for (int i = lane; i < WIDTH / 4; i += WARP)
            store4(out + (i64) b * WIDTH + 4 * i, *reinterpret_cast<const float4*>(r + 4 * i));
        __syncwarp();
    }
}

KERNEL(128) interaction_forward(const Act* __restrict__ features, Act* __restrict__ out, int samples) {
    DYNAMIC_SHARED(shared);
    cross(PackedFeatures<const Act>{features}, out, samples, shared);
}

KERNEL(128) interaction_forward_exchanged(const Act* __restrict__ features, const float* __restrict__ vectors,
                                          const Place* __restrict__ places, Act* __restrict__ out, int samples) {
    DYNAMIC_SHARED(shared);
    cross(ExchangedFeatures<const Act, const float>{{features}, {vectors}, places}, out, samples, shared);
}

// The direct part of feature 0's gradient; where DIM is no multiple of four, products follow in the last piece.
__device__ inline float4 direct4(const float* r, int c) {
    float4 v = *reinterpret_cast<const float4*>(r + 4 * c);
    if (DIM % 4 == 0 || c < VECS - 1) return v;
    return make_float4(v.x, DIM % 4 > 1 ? v.y : 0.f, DIM % 4 > 2 ? v.z : 0.f, 0.f);
}

// The gradient of every feature: S * T with the symmetric matrix S of the products' gradients. Feature 0 also takes the
// direct part and the mask of its ReLU; its bias gradient is summed on the way. Dynamic shared memory a warp:
// ROWS * PITCH + WIDTH + ROWS * (ROWS + 4) floats.
template <class Features, class Gradients>
__device__ inline void cross_backward(Features features, const Act* __restrict__ grad, Gradients gradFeatures,
                                      float* biasGrad, int samples, float4* shared) {
    constexpr int SPITCH = ROWS + 4, ROUNDS = (SPAN * VECS + WARP - 1) / WARP, OWN = (VECS + WARP - 1) / WARP;
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP, warps = blockDim.x / WARP;
    float* t = reinterpret_cast<float*>(shared) + warp * (ROWS * PITCH + WIDTH + ROWS * SPITCH);
    float* r = t + ROWS * PITCH;
    float* s = r + WIDTH;
    float4 bias[OWN];
#pragma unroll
    for (int i = 0; i < OWN; i++) bias[i] = zero4();
    for (int b = blockIdx.x * warps + warp; b < samples; b += gridDim.x * warps) {
        stage(t, features, b, lane);
#pragma unroll
        for (int i = lane; i < WIDTH / 4; i += WARP)
            *reinterpret_cast<float4*>(r + 4 * i) = load4(grad + (i64) b * WIDTH + 4 * i);
        __syncwarp();
        for (int e = lane; e < ROWS * ROWS; e += WARP) {
            int i = e / ROWS, j = e % ROWS;
            float g = 0.f;
            if (i < FEATURES && j < FEATURES && (i != j || ITSELF)) g = i == j ? 2 * r[pair(i, i)] : r[pair(i, j)];
            s[i * SPITCH + j] = g;
        }
        __syncwarp();
#pragma unroll
        for (int round = 0; round < ROUNDS; round++) {
            int unit = round * WARP + lane, four = unit / VECS, c = unit % VECS;
            if (four >= SPAN) continue;
            float4 sum[4] = {zero4(), zero4(), zero4(), zero4()};
#pragma unroll 9
            for (int j = 0; j < FEATURES; j++) {
                float4 w = *reinterpret_cast<const float4*>(s + j * SPITCH + 4 * four);
                float4 v = *reinterpret_cast<const float4*>(t + j * PITCH + 4 * c);
                fma4(sum[0], w.x, v); fma4(sum[1], w.y, v); fma4(sum[2], w.z, v); fma4(sum[3], w.w, v);
            }
            if (four == 0) {
                add4(sum[0], direct4(r, c));
                sum[0] = where_positive(*reinterpret_cast<const float4*>(t + 4 * c), sum[0]);
                add4(bias[OWN > 1 ? round : 0], sum[0]);  // here c is round * WARP + lane
            }
#pragma unroll
            for (int x = 0; x < 4; x++)
                if (4 * four + x < FEATURES) gradFeatures.store(b, 4 * four + x, c, sum[x]);
        }
        __syncwarp();
    }
#pragma unroll
    for (int i = 0; i < OWN; i++)
        if (i * WARP + lane < VECS) red4(reinterpret_cast<float4*>(biasGrad) + i * WARP + lane, bias[i]);
}

KERNEL(128) interaction_backward(const Act* __restrict__ features, const Act* __restrict__ grad,
                                 Act* __restrict__ gradFeatures, float* biasGrad, int samples) {
    DYNAMIC_SHARED(shared);
    cross_backward(PackedFeatures<const Act>{features}, grad, PackedFeatures<Act>{gradFeatures}, biasGrad, samples,
                   shared);
}

KERNEL(128) interaction_backward_exchanged(const Act* __restrict__ features, const float* __restrict__ vectors,
                                           const Place* __restrict__ places, const Act* __restrict__ grad,
                                           Act* __restrict__ gradFeatures, float* __restrict__ gradVectors,
                                           float* biasGrad, int samples) {
    DYNAMIC_SHARED(shared);
    cross_backward(ExchangedFeatures<const Act, const float>{{features}, {vectors}, places}, grad,
                   ExchangedFeatures<Act, float>{{gradFeatures}, {gradVectors}, places}, biasGrad, samples, shared);
}

// The other interaction: all features side by side. out[b] = features[b] without their padding, then zeros.
template <class Features>
__device__ inline void join(Features features, Act* __restrict__ out, int outPitch, int samples) {
    const int all = gridDim.x * blockDim.x;
    const i64 count = (i64) samples * FEATURES * VECS;
    for (i64 i = (i64) blockIdx.x * blockDim.x + threadIdx.x; i < count; i += all) {
        const i64 b = i / (FEATURES * VECS);
        const int f = i / VECS % FEATURES, c = i % VECS;
        const float4 v = features.load(b, f, c);
        const float values[4] = {v.x, v.y, v.z, v.w};
        Act* to = out + b * outPitch + f * DIM + 4 * c;
#pragma unroll
        for (int k = 0; k < 4; k++)
            if (4 * c + k < DIM) to[k] = to_act(values[k]);
        if (f == FEATURES - 1 && c == VECS - 1)
            for (int k = FEATURES * DIM; k < outPitch; k++) out[b * outPitch + k] = to_act(0.f);
    }
}

template <class Gradients>
__device__ inline void split(const Act* __restrict__ grad, int gradPitch, Gradients gradFeatures, int samples) {
    const int all = gridDim.x * blockDim.x;
    const i64 count = (i64) samples * FEATURES * VECS;
    for (i64 i = (i64) blockIdx.x * blockDim.x + threadIdx.x; i < count; i += all) {
        const i64 b = i / (FEATURES * VECS);
        const int f = i / VECS % FEATURES, c = i % VECS;
        const Act* from = grad + b * gradPitch + f * DIM + 4 * c;
        float values[4];
#pragma unroll
        for (int k = 0; k < 4; k++) values[k] = 4 * c + k < DIM ? to_float(from[k]) : 0.f;
        gradFeatures.store(b, f, c, make_float4(values[0], values[1], values[2], values[3]));
    }
}

KERNEL(256) concat_forward(const Act* __restrict__ features, Act* __restrict__ out, int outPitch, int samples) {
    join(PackedFeatures<const Act>{features}, out, outPitch, samples);
}

KERNEL(256) concat_forward_exchanged(const Act* __restrict__ features, const float* __restrict__ vectors,
                                     const Place* __restrict__ places, Act* __restrict__ out, int outPitch,
                                     int samples) {
    join(ExchangedFeatures<const Act, const float>{{features}, {vectors}, places}, out, outPitch, samples);
}

KERNEL(256) concat_backward(const Act* __restrict__ grad, int gradPitch, Act* __restrict__ gradFeatures, int samples) {
    split(grad, gradPitch, PackedFeatures<Act>{gradFeatures}, samples);
}

KERNEL(256) concat_backward_exchanged(const Act* __restrict__ grad, int gradPitch, const Place* __restrict__ places,
                                      Act* __restrict__ gradFeatures, float* __restrict__ gradVectors, int samples) {
    split(grad, gradPitch, ExchangedFeatures<Act, float>{{gradFeatures}, {gradVectors}, places}, samples);
}

// ---------------------------------------------------------------- the last layer and the loss

constexpr int PER_LANE = (HIDDEN / 4 + WARP - 1) / WARP;

__device__ inline float logit(const float4* x, const float4* weight, float bias) {
    float z = 0.f;
#pragma unroll
    for (int i = 0; i < PER_LANE; i++) z += dot4(x[i], weight[i]);
    return sum_over(z, WARP) + bias;
}

// Reads a row of HIDDEN values, a warp together.
template <class T> __device__ inline void load_row(float4* to, const T* __restrict__ from, int lane) {
#pragma unroll
    for (int i = 0; i < PER_LANE; i++) {
        int v = i * WARP + lane;
        to[i] = v < HIDDEN / 4 ? load4(from + 4 * v) : zero4();
    }
}

KERNEL(256) head_forward(const Act* __restrict__ h, const float* __restrict__ w, const float* __restrict__ b,
                         float* __restrict__ logits, int samples) {
    const int lane = threadIdx.x % WARP;
    float4 weight[PER_LANE], x[PER_LANE];
    load_row(weight, w, lane);
    for (int n = (blockIdx.x * blockDim.x + threadIdx.x) / WARP; n < samples; n += gridDim.x * blockDim.x / WARP) {
        load_row(x, h + (i64) n * HIDDEN, lane);
        float z = logit(x, weight, *b);
        if (lane == 0) logits[n] = z;
    }
}

constexpr int BCE = 0;
constexpr float LARGEST_LOG = 100.f;  // the reference implementation's bound on each logarithm of the loss

struct Loss { float value, slope; };

__device__ inline Loss loss_of(int kind, float z, float y) {
    const float decay = expf(-fabsf(z)), tail = log1pf(decay);  // nothing overflows
    const float p = (z >= 0.f ? 1.f : decay) / (1.f + decay);
    if (kind != BCE) return {(p - y) * (p - y), 2.f * (p - y) * p * (1.f - p)};
    const float ofOne = fminf(fmaxf(-z, 0.f) + tail, LARGEST_LOG), ofZero = fminf(fmaxf(z, 0.f) + tail, LARGEST_LOG);
    return {y * ofOne + (1.f - y) * ofZero, p - y};
}

// Logit, loss, and the whole backward pass of the last layer, in one pass over its input h. hiddenBiasGrad is null
// where h is no ReLU's output; otherwise gradH takes the ReLU's mask and hiddenBiasGrad the sum of gradH. A loss that
// is not a number stays so: it is summed in double, unmasked. Dynamic shared memory: 2 * HIDDEN floats.
KERNEL(256) head(const Act* __restrict__ h, const float* __restrict__ w, const float* __restrict__ b,
                 const float* __restrict__ labels, Act* __restrict__ gradH, float* __restrict__ logits, float* wGrad,
                 float* bGrad, float* hiddenBiasGrad, double* loss, const float* __restrict__ scale, int kind,
                 int samples) {
    DYNAMIC_SHARED(shared);
    float* sums = reinterpret_cast<float*>(shared);
    const int lane = threadIdx.x % WARP;
    const bool masked = hiddenBiasGrad != nullptr;
    float4 weight[PER_LANE], x[PER_LANE], wSum[PER_LANE], hSum[PER_LANE];
    load_row(weight, w, lane);
#pragma unroll
    for (int i = 0; i < PER_LANE; i++) wSum[i] = hSum[i] = zero4();
    float bSum = 0.f;
    double lossSum = 0;
    for (int n = (blockIdx.x * blockDim.x + threadIdx.x) / WARP; n < samples; n += gridDim.x * blockDim.x / WARP) {
        load_row(x, h + (i64) n * HIDDEN, lane);
        const float z = logit(x, weight, *b);
        const Loss l = loss_of(kind, z, labels[n]);
        const float dz = l.slope * *scale;
        lossSum += l.value;
        bSum += dz;
#pragma unroll
        for (int i = 0; i < PER_LANE; i++) {
            int v = i * WARP + lane;
            float4 g = scale4(dz, weight[i]);
            if (masked) g = where_positive(x[i], g);
            if (v < HIDDEN / 4) store4(gradH + (i64) n * HIDDEN + 4 * v, g);
            fma4(wSum[i], dz, x[i]);
            add4(hSum[i], g);
        }
        if (lane == 0) logits[n] = z;
    }
    for (int i = threadIdx.x; i < 2 * HIDDEN; i += blockDim.x) sums[i] = 0.f;
    __syncthreads();
#pragma unroll
    for (int i = 0; i < PER_LANE; i++) {
        int v = i * WARP + lane;
        if (v < HIDDEN / 4) {
            float* own = sums + 4 * v;
            float* hidden = sums + HIDDEN + 4 * v;
            atomicAdd(own, wSum[i].x); atomicAdd(own + 1, wSum[i].y);
            atomicAdd(own + 2, wSum[i].z); atomicAdd(own + 3, wSum[i].w);
            atomicAdd(hidden, hSum[i].x); atomicAdd(hidden + 1, hSum[i].y);
            atomicAdd(hidden + 2, hSum[i].z); atomicAdd(hidden + 3, hSum[i].w);
        }
    }
    if (lane == 0) { atomicAdd(bGrad, bSum); atomicAdd(loss, lossSum); }
    __syncthreads();
    for (int i = threadIdx.x; i < HIDDEN; i += blockDim.x) {
        atomicAdd(wGrad + i, sums[i]);
        if (masked) atomicAdd(hiddenBiasGrad + i, sums[HIDDEN + i]);
    }
}

// ---------------------------------------------------------------- MLPs

// Where no matrix product with this epilogue is offered: grad takes the mask of y's ReLU, biasGrad its column sums.
// Lanes x of a block lie across a row's vectors, lanes y across samples. Pitches in elements.
KERNEL(256) relu_backward(const Act* __restrict__ y, i64 yPitch, Act* __restrict__ grad, i64 gradPitch, float* biasGrad,
                          int vecs, int samples) {
    for (int c = threadIdx.x; c < vecs; c += blockDim.x) {
        float4 sum = zero4();
        for (int n = blockIdx.x * blockDim.y + threadIdx.y; n < samples; n += gridDim.x * blockDim.y) {
            float4 g = where_positive(load4(y + n * yPitch + 4 * c), load4(grad + n * gradPitch + 4 * c));
            store4(grad + n * gradPitch + 4 * c, g);
            add4(sum, g);
        }
        red4(reinterpret_cast<float4*>(biasGrad) + c, sum);
    }
}

// The update rules over one flat buffer of all parameters; copy, if not null, is the image that matrix products read.
KERNEL(256) dense_sgd(float4* __restrict__ w, const float4* __restrict__ g, Act* __restrict__ copy,
                      const float* __restrict__ rate, int vecs, int* fault) {
    if (fault[0]) return;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < vecs; i += gridDim.x * blockDim.x) {
        float4 v = w[i];
        fma4(v, -*rate, g[i]);
        w[i] = v;
        if (copy != nullptr) store4(copy + 4 * (i64) i, v);
        if (!finite4(v)) report(fault, NOT_FINITE, -1, i, 0);
    }
}

KERNEL(256) dense_adagrad(float4* __restrict__ w, const float4* __restrict__ g, float4* __restrict__ state,
                          Act* __restrict__ copy, const float* __restrict__ rate, float eps, int vecs,
                          int* fault) {
    if (fault[0]) return;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < vecs; i += gridDim.x * blockDim.x) {
        float4 s = state[i], v = adagrad4(w[i], g[i], s, *rate, eps);
        w[i] = v;
        state[i] = s;
        if (copy != nullptr) store4(copy + 4 * (i64) i, v);
        if (!finite4(v)) report(fault, NOT_FINITE, -1, i, 0);
    }
}

// ---------------------------------------------------------------- from the host's layouts

// out[row * outPitch ..] = in[row * inPitch .. + width], then zeros up to filled.
KERNEL(256) import_rows(const float* __restrict__ in, i64 inPitch, Act* __restrict__ out, i64 outPitch, int width,
                        int filled, int count) {
    const i64 all = (i64) gridDim.x * blockDim.x;
    for (i64 i = (i64) blockIdx.x * blockDim.x + threadIdx.x; i < (i64) count * filled; i += all) {
        i64 row = i / filled;
        int column = i % filled;
        out[row * outPitch + column] = to_act(column < width ? in[row * inPitch + column] : 0.f);
    }
}

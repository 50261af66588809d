// A stand-in for cuBLASLt: matrix products and epilogues as its manual defines them, in double precision.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "queue.h"

using namespace standin;

enum { INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum { FLOAT = 0, BF16 = 14, TF32_COMPUTE = 77 };
enum { RELU = 2, BIAS = 4, DRELU = 8, BIAS_GRADIENT = 16, MASK = 128 };

struct Description {
    int compute, transposeA = 0, transposeB = 0, epilogue = 1;
    void* vector = nullptr;
    unsigned char* mask = nullptr;
    int64_t maskPitch = 0;
};
struct Layout { int type; uint64_t rows, columns; int64_t pitch; };

struct Algorithm { uint64_t words[8]; };
struct Proposal { Algorithm algorithm; size_t workspace; int status; float waves; int reserved[4]; };
static_assert(sizeof(Proposal) == 96);

static long handles;

static float from_bf16(uint16_t v) {
    uint32_t bits = (uint32_t) v << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static uint16_t to_bf16(float f) {
    uint32_t bits;
    memcpy(&bits, &f, 4);
    bits += 0x7fffu + (bits >> 16 & 1u);
    return bits >> 16;
}

static double element(const void* p, const Layout& m, uint64_t row, uint64_t column) {
    uint64_t at = column * m.pitch + row;
    return m.type == FLOAT ? static_cast<const float*>(p)[at] : from_bf16(static_cast<const uint16_t*>(p)[at]);
}

static double as_tf32(double v) {
    float f = v;
    uint32_t bits;
    memcpy(&bits, &f, 4);
    bits = (bits + 0x1000u) & ~0x1fffu;
    memcpy(&f, &bits, 4);
    return f;
}

// The inner dimension, or 0 where something does not fit.
static uint64_t inner(const Description& e, const Layout& a, const Layout& b, const Layout& d) {
    uint64_t m = e.transposeA ? a.columns : a.rows, k = e.transposeA ? a.rows : a.columns;
    uint64_t kb = e.transposeB ? b.columns : b.rows, n = e.transposeB ? b.rows : b.columns;
    if (m != d.rows || n != d.columns || k != kb) return 0;
    if ((e.epilogue & MASK) && (!e.mask || e.maskPitch % 128 || e.maskPitch < (int64_t) m)) return 0;
    if ((e.epilogue & (BIAS | BIAS_GRADIENT)) && !e.vector) return 0;
    return k;
}

static void multiply(const Description& e, const void* a, const Layout& la, const void* b, const Layout& lb, void* d,
                     const Layout& ld, uint64_t k) {
    std::vector<double> sums(ld.rows, 0);
    for (uint64_t j = 0; j < ld.columns; j++)
        for (uint64_t i = 0; i < ld.rows; i++) {
            double v = 0;
            for (uint64_t x = 0; x < k; x++) {
                double left = e.transposeA ? element(a, la, x, i) : element(a, la, i, x);
                double right = e.transposeB ? element(b, lb, j, x) : element(b, lb, x, j);
                v += e.compute == TF32_COMPUTE ? as_tf32(left) * as_tf32(right) : left * right;
            }
            unsigned char* mask = (e.epilogue & MASK) ? e.mask + (j * e.maskPitch + i) / 8 : nullptr;
            unsigned bit = 1u << (j * e.maskPitch + i) % 8;
            if (e.epilogue & BIAS) v += element(e.vector, {ld.type, ld.rows, 1, (int64_t) ld.rows}, i, 0);
            if (e.epilogue & RELU) {
                bool on = v > 0;  // so NaN becomes zero, as with the real one
                v = on ? v : 0;
                if (mask) *mask = (*mask & ~bit) | (on ? bit : 0);
            }
            if ((e.epilogue & DRELU) && !setting("no_mask", 0)) v = *mask & bit ? v : 0;
            sums[i] += v;
            uint64_t at = j * ld.pitch + i;
            if (ld.type == FLOAT) static_cast<float*>(d)[at] = v;
            else static_cast<uint16_t*>(d)[at] = to_bf16(v);
        }
    if (e.epilogue & BIAS_GRADIENT)
        for (uint64_t i = 0; i < ld.rows; i++) static_cast<float*>(e.vector)[i] = sums[i];
}

API cublasLtCreate(void** h) { *h = (void*) ++handles; return 0; }
API cublasLtDestroy(void*) { handles--; return 0; }
extern "C" __attribute__((visibility("default"))) size_t cublasLtGetVersion() { return 130000; }
API cublasLtMatmulDescCreate(Description** d, int compute, int) { *d = new Description{compute}; return 0; }
API cublasLtMatmulDescDestroy(Description* d) { ONE_CALL; run_all(); delete d; return 0; }
API cublasLtMatmulDescSetAttribute(Description* d, int which, const void* value, size_t bytes) {
    struct { void* to; size_t bytes; } field;
    switch (which) {
        case 3: field = {&d->transposeA, 4}; break;
        case 4: field = {&d->transposeB, 4}; break;
        case 7: field = {&d->epilogue, 4}; break;
        case 8: field = {&d->vector, 8}; break;
        case 11: field = {&d->mask, 8}; break;
        case 12: field = {&d->maskPitch, 8}; break;
        default: return INVALID_VALUE;
    }
    if (bytes != field.bytes) return INVALID_VALUE;
    memcpy(field.to, value, bytes);
    return 0;
}
API cublasLtMatrixLayoutCreate(Layout** m, int type, uint64_t rows, uint64_t columns, int64_t pitch) {
    *m = new Layout{type, rows, columns, pitch};
    return pitch >= (int64_t) rows && (type == FLOAT || type == BF16) ? 0 : INVALID_VALUE;
}
API cublasLtMatrixLayoutDestroy(Layout* m) { delete m; return 0; }
API cublasLtMatmulPreferenceCreate(void** p) { *p = (void*) 1; return 0; }
API cublasLtMatmulPreferenceDestroy(void*) { return 0; }
API cublasLtMatmulPreferenceSetAttribute(void*, int which, const void*, size_t bytes) {
    return which == 1 && bytes == 8 ? 0 : INVALID_VALUE;
}
API cublasLtMatmulAlgoGetHeuristic(void*, Description* e, Layout* a, Layout* b, Layout*, Layout* d, void*, int most,
                                   Proposal* out, int* found) {
    bool offered = !(e->epilogue & MASK) || (d->type == FLOAT && !setting("no_fusion", 0));
    *found = offered ? std::min((long) most, setting("algorithms", 1)) : 0;
    for (int i = 0; i < *found; i++) out[i] = {{{(uint64_t) i + 1}}, 0, 0, 1, {}};
    if (!offered) return NOT_SUPPORTED;
    return inner(*e, *a, *b, *d) ? 0 : INVALID_VALUE;
}
API cublasLtMatmul(void*, Description* e, const float* alpha, const void* a, Layout* la, const void* b, Layout* lb,
                   const float* beta, const void*, Layout*, void* d, Layout* ld, const Algorithm* algorithm,
                   void* workspace, size_t, void* stream) {
    ONE_CALL;
    uint64_t k = inner(*e, *la, *lb, *ld);
    long number = algorithm->words[0];
    if (!k || *alpha != 1 || *beta != 0 || !workspace || number < 1) return INVALID_VALUE;
    if (number == setting("broken_algorithm", 0)) return EXECUTION_FAILED;
    counts["products"]++;
    counts["algorithm"] = number;
    double takes = number == setting("fastest_algorithm", 1) ? 5 : 10;
    Description description = *e;
    Layout left = *la, right = *lb, result = *ld;
    return enqueue(stream, [=] {
        static_cast<float*>(workspace)[0] = 1;  // algorithms write there
        microseconds += takes;
        multiply(description, a, left, b, right, d, result, k);
    });
}

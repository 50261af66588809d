// A stand-in for libcuda: the functions of the driver API that the engine calls, on the host. Device memory starts as
// NaN and has guards around it. What a real driver answers with an error is an error here too: no context, an address
// outside of an allocation, allocation during a capture, a capture that is not joined.
//
// Settings for tests, standin_set(name, value):
//   seed           of the order in which work runs
//   devices        number of cards; in processes that nobody sets anything in, STANDIN_DEVICES of their environment
//   capability     10 * major + minor, 90 unless set
//   drop_wait      the wait for an event, counted from 1, that is left out
//   no_fusion      1: cuBLASLt offers no epilogue with a mask
//   no_mask        1: cuBLASLt forgets to apply masks
//   no_locking     1: memory of others cannot be page-locked
//   algorithms     how many algorithms cuBLASLt proposes, numbered from 1; fastest_algorithm takes half the time of the
//                  others, broken_algorithm does not run
//
// standin_count(name): bytes allocated, handles open, waits for events, products enqueued, algorithm of the last one.
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "queue.h"

using namespace standin;

static const size_t GUARD = 256;
static const int GUARD_BYTE = 0xa5;
static bool initialised;
static thread_local bool current;
static std::map<char*, size_t> device, pinned, registered;
static std::set<void*> events, timed;
static std::map<void*, double> reachedAt;
static long waits, contexts, modules, graphs;

enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101,
       INVALID_CONTEXT = 201, INVALID_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600, ILLEGAL_ADDRESS = 700, ALREADY_REGISTERED = 712, NOT_SUPPORTED = 801,
       CAPTURE_UNSUPPORTED = 900, CAPTURE_INVALIDATED = 901, CAPTURE_UNJOINED = 904, CAPTURE_ISOLATION = 905 };

#define NEED_CONTEXT \
    ONE_CALL; \
    if (!initialised) return NOT_INITIALIZED; \
    if (!current) return INVALID_CONTEXT
#define NOT_IN_CAPTURE \
    NEED_CONTEXT; \
    if (capturing) return CAPTURE_UNSUPPORTED

extern "C" __attribute__((visibility("default"))) void standin_set(const char* name, long value) {
    settings[name] = value;
    if (!strcmp(name, "seed")) {
        randomness.seed(value);
        lagging = value % 4;
    }
    if (!strcmp(name, "drop_wait")) waits = 0;
}

extern "C" __attribute__((visibility("default"))) long standin_count(const char* name) {
    if (!strcmp(name, "waits")) return waits;
    if (!strcmp(name, "products") || !strcmp(name, "algorithm")) return counts[name];
    long bytes = 0;
    for (auto& piece : device) bytes += piece.second;
    for (auto& piece : pinned) bytes += piece.second;
    if (!strcmp(name, "bytes")) return bytes;
    return streams.size() + events.size() + registered.size() + contexts + modules + graphs + counts["worlds"];  // "handles"
}

static bool inside(const std::map<char*, size_t>& pieces, const void* from, size_t bytes) {
    const char* p = static_cast<const char*>(from);
    auto next = pieces.upper_bound(const_cast<char*>(p));
    if (next == pieces.begin()) return false;
    --next;
    return p + bytes <= next->first + next->second;
}

static int allocate(std::map<char*, size_t>& pieces, void** out, size_t bytes) {
    if (bytes == 0) return INVALID_VALUE;
    size_t whole = (bytes + 2 * GUARD + 255) / 256 * 256;
    char* p = static_cast<char*>(aligned_alloc(256, whole));
    if (!p) return OUT_OF_MEMORY;
    memset(p, GUARD_BYTE, whole);
    memset(p + GUARD, 0xff, bytes);
    pieces[p + GUARD] = bytes;
    *out = p + GUARD;
    return OK;
}

static int release(std::map<char*, size_t>& pieces, void* address) {
    run_all();
    auto found = pieces.find(static_cast<char*>(address));
    if (found == pieces.end()) return INVALID_VALUE;
    char *p = found->first, *end = p + found->second;
    for (size_t i = 0; i < GUARD; i++)
        if ((unsigned char) p[-1 - (long) i] != GUARD_BYTE || (unsigned char) end[i] != GUARD_BYTE) {
            fprintf(stderr, "stand-in: bytes beside an allocation of %zu were written\n", found->second);
            return ILLEGAL_ADDRESS;
        }
    free(p - GUARD);
    pieces.erase(found);
    return OK;
}

static long cards() {
    const char* here = getenv("STANDIN_DEVICES");
    return setting("devices", here ? atol(here) : 1);
}

API cuInit(int) {
    if (cards() == 0) return NO_DEVICE;
    initialised = true;
    return OK;
}
API cuDriverGetVersion(int* v) { *v = 13000; return OK; }
API cuDeviceGetCount(int* n) { *n = cards(); return OK; }
API cuDeviceGet(int* d, int i) { *d = i; return i >= 0 && i < cards() ? OK : INVALID_DEVICE; }
API cuDeviceGetName(char* s, int n, int) { snprintf(s, n, "stand-in"); return OK; }
API cuDeviceGetUuid_v2(unsigned char* bytes, int d) {
    memset(bytes, 0, 16);
    bytes[0] = d;
    return OK;
}
API cuDeviceGetAttribute(int* v, int which, int) {
    long capability = setting("capability", 90);
    switch (which) {
        case 16: *v = 1; return OK;
        case 75: *v = capability / 10; return OK;
        case 76: *v = capability % 10; return OK;
        case 97: *v = 99 << 10; return OK;
    }
    return INVALID_VALUE;
}
API cuDevicePrimaryCtxRetain(void** c, int) { ONE_CALL; contexts++; *c = (void*) 1; return OK; }
API cuDevicePrimaryCtxRelease_v2(int) { ONE_CALL; contexts--; current = false; return OK; }
API cuCtxSetCurrent(void*) {
    if (!initialised) return NOT_INITIALIZED;
    current = true;
    return OK;
}
API cuMemGetInfo_v2(size_t* free, size_t* all) { NEED_CONTEXT; *free = *all = size_t(1) << 30; return OK; }
API cuMemAlloc_v2(void** p, size_t n) { NOT_IN_CAPTURE; return allocate(device, p, n); }
API cuMemFree_v2(void* p) { NOT_IN_CAPTURE; return release(device, p); }
API cuMemHostAlloc(void** p, size_t n, int) { NOT_IN_CAPTURE; return allocate(pinned, p, n); }
API cuMemFreeHost(void* p) { NOT_IN_CAPTURE; return release(pinned, p); }

API cuMemHostRegister_v2(void* p, size_t n, int) {
    NOT_IN_CAPTURE;
    if (setting("no_locking", 0)) return NOT_SUPPORTED;
    auto next = registered.upper_bound(static_cast<char*>(p));
    bool after = next != registered.end() && next->first < static_cast<char*>(p) + n;
    bool before = next != registered.begin() && std::prev(next)->first + std::prev(next)->second > p;
    if (after || before) return ALREADY_REGISTERED;
    registered[static_cast<char*>(p)] = n;
    return OK;
}
API cuMemHostUnregister(void* p) {
    NOT_IN_CAPTURE;
    run_all();
    return registered.erase(static_cast<char*>(p)) ? OK : INVALID_VALUE;
}

static bool locked(const void* host, size_t bytes) { return inside(pinned, host, bytes) || inside(registered, host, bytes); }

API cuMemcpyHtoDAsync_v2(void* d, const void* h, size_t n, void* s) {
    NEED_CONTEXT;
    if (!inside(device, d, n)) return INVALID_VALUE;
    if (locked(h, n)) return enqueue(s, [=] { memcpy(d, h, n); });
    std::vector<char> copy((const char*) h, (const char*) h + n);  // the driver takes pageable memory at once
    return enqueue(s, [=] { memcpy(d, copy.data(), n); });
}
API cuMemcpyDtoHAsync_v2(void* h, const void* d, size_t n, void* s) {
    NEED_CONTEXT;
    if (!inside(device, d, n)) return INVALID_VALUE;
    enqueue(s, [=] { memcpy(h, d, n); });
    if (!locked(h, n)) run_until(queue.follow[s]);
    return OK;
}
API cuMemcpyDtoDAsync_v2(void* to, const void* from, size_t n, void* s) {
    NEED_CONTEXT;
    if (!inside(device, to, n) || !inside(device, from, n)) return INVALID_VALUE;
    return enqueue(s, [=] { memcpy(to, from, n); });
}
API cuMemsetD32Async(unsigned* d, unsigned v, size_t n, void* s) {
    NEED_CONTEXT;
    if (!inside(device, d, 4 * n)) return INVALID_VALUE;
    return enqueue(s, [=] { for (size_t i = 0; i < n; i++) d[i] = v; });
}

static int create(std::set<void*>& handles, void** out) {
    static long next = 1;
    *out = (void*) next++;
    handles.insert(*out);
    return OK;
}
API cuStreamCreate(void** s, int) { NEED_CONTEXT; return create(streams, s); }
API cuStreamDestroy_v2(void* s) { NEED_CONTEXT; run_all(); return streams.erase(s) ? OK : INVALID_HANDLE; }
API cuStreamSynchronize(void* s) { NOT_IN_CAPTURE; run_until(queue.follow[s]); return OK; }
API cuStreamWaitEvent(void* s, void* e, int) {
    NEED_CONTEXT;
    if (!streams.count(s) || !events.count(e)) return INVALID_HANDLE;
    if (++waits == setting("drop_wait", 0)) return OK;
    if (capturing) {
        if (capturing->order.events.count(e)) capturing->order.wait(s, e);
        else if (capturing->order.follow.count(s)) return CAPTURE_ISOLATION;
        else queue.wait(s, e);
        return OK;
    }
    queue.wait(s, e);
    return OK;
}
API cuEventCreate(void** e, int flags) {
    NEED_CONTEXT;
    create(events, e);
    if (!(flags & 2)) timed.insert(*e);
    return OK;
}
API cuEventDestroy_v2(void* e) {
    NEED_CONTEXT;
    queue.events.erase(e);
    timed.erase(e);
    return events.erase(e) ? OK : INVALID_HANDLE;
}
API cuEventRecord(void* e, void* s) {
    NEED_CONTEXT;
    if (!streams.count(s) || !events.count(e)) return INVALID_HANDLE;
    if (capturing && capturing->order.follow.count(s)) capturing->order.record(e, s);
    else {
        if (timed.count(e)) enqueue(s, [=] { reachedAt[e] = microseconds; });
        queue.record(e, s);
    }
    return OK;
}
API cuEventQuery(void* e) {
    NEED_CONTEXT;
    for (int n = randomness() % 4; n > 0; n--) run_one();
    return all_done(queue.events[e]) ? OK : NOT_READY;
}
API cuEventElapsedTime(float* ms, void* from, void* to) {
    NEED_CONTEXT;
    if (!timed.count(from) || !timed.count(to)) return INVALID_HANDLE;
    if (!all_done(queue.events[from]) || !all_done(queue.events[to])) return NOT_READY;
    *ms = (reachedAt[to] - reachedAt[from]) / 1000;
    return OK;
}

// ---- kernels: a module is a library that compiler.cpp made

struct Module { void* library; };
struct Function {
    std::string name;
    void* (*bind)(const char*, void**);
    void (*run)(void*, const unsigned*, size_t);
    int shared;
};

API cuModuleLoadData(void** m, const char* image) {
    NOT_IN_CAPTURE;
    if (memcmp(image, "STANDIN1", 8)) return INVALID_VALUE;
    size_t bytes;
    memcpy(&bytes, image + 8, 8);
    int file = memfd_create("module", 0);  // stays open: dlopen takes a path it has seen before for the same library
    if (file < 0 || write(file, image + 16, bytes) != (ssize_t) bytes) return INVALID_VALUE;
    std::string path = "/proc/self/fd/" + std::to_string(file);
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "stand-in: %s\n", dlerror());
        return INVALID_VALUE;
    }
    modules++;
    *m = new Module{library};
    return OK;
}
API cuModuleUnload(Module* m) {
    NOT_IN_CAPTURE;
    run_all();  // the library stays open: its fibers' stacks are still referred to
    modules--;
    delete m;
    return OK;
}
API cuModuleGetFunction(void** f, Module* m, const char* name) {
    NEED_CONTEXT;
    auto has = (int (*)(const char*)) dlsym(m->library, "standin_has");
    if (!has(name)) return NOT_FOUND;
    *f = new Function{name, (void* (*)(const char*, void**)) dlsym(m->library, "standin_bind"),
                      (void (*)(void*, const unsigned*, size_t)) dlsym(m->library, "standin_run"), 48 << 10};
    return OK;
}
API cuFuncSetAttribute(Function* f, int which, int value) {
    if (which != 8 || value > 99 << 10) return INVALID_VALUE;
    f->shared = value;
    return OK;
}
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* n, Function* f, int threads, size_t shared) {
    *n = 2;
    return threads <= 1024 && shared <= (size_t) f->shared ? OK : INVALID_VALUE;
}
API cuLaunchKernel(Function* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void* s, void** parameters, void**) {
    NEED_CONTEXT;
    if (!gx || !gy || !gz || bx * by * bz == 0 || bx * by * bz > 1024 || (int) shared > f->shared) return INVALID_VALUE;
    void* work = f->bind(f->name.c_str(), parameters);
    auto run = f->run;
    return enqueue(s, [=] {
        unsigned sizes[] = {gx, gy, gz, bx, by, bz};
        run(work, sizes, shared);
    });
}

// ---- graphs

API cuStreamBeginCapture_v2(void* s, int) {
    NOT_IN_CAPTURE;
    capturing = new Graph{{}, s};
    capturing->order.follow[s] = {};
    return OK;
}
API cuStreamEndCapture(void* s, Graph** g) {
    ONE_CALL;
    if (!capturing || capturing->origin != s) return CAPTURE_INVALIDATED;
    Graph* captured = capturing;
    capturing = nullptr;
    if (!captured->joined()) {
        delete captured;
        return CAPTURE_UNJOINED;
    }
    graphs++;
    *g = captured;
    return OK;
}
API cuGraphInstantiateWithFlags(Graph** executable, Graph* g, unsigned long long) {
    ONE_CALL;
    graphs++;
    *executable = new Graph(*g);
    return OK;
}
API cuGraphDestroy(Graph* g) { ONE_CALL; graphs--; delete g; return OK; }
API cuGraphExecDestroy(Graph* g) { ONE_CALL; run_all(); graphs--; delete g; return OK; }
API cuGraphLaunch(Graph* g, void* s) { NOT_IN_CAPTURE; g->launch(s); return OK; }

API cuGetErrorName(int e, const char** s) {
    ONE_CALL;
    static std::map<int, std::string> names;
    names[e] = "CUDA_ERROR_" + std::to_string(e);
    *s = names[e].c_str();
    return OK;
}
API cuGetErrorString(int, const char** s) { *s = "said by the stand-in"; return OK; }

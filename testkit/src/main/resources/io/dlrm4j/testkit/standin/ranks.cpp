// A stand-in for NCCL between ranks that are threads of one process or processes of one machine: each operation is a piece
// of work that is tried again and again until all ranks have come to it. What ranks send lies in a file that all of them
// map. Operations of a world must come in the same order on every rank, as with the real one; two that do not match are an
// error.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>

#include "queue.h"

using namespace standin;

enum { OK = 0, SYSTEM_ERROR = 2, INVALID_ARGUMENT = 4, INVALID_USAGE = 5 };
enum { INT = 2, FLOAT = 7, DOUBLE = 8, SUM = 0, MAX = 2 };
static const int MOST_RANKS = 8;
static const size_t ROOM = 16 << 20;  // of what one rank sends at once; a file has room only where it is written

struct Id { char bytes[128]; };

// What one rank sends in its present operation: parts for each rank, one after another. `mode` is alike on all ranks.
struct Outbox {
    std::atomic<uint64_t> published, taken[MOST_RANKS], joined;
    uint64_t mode, offsets[MOST_RANKS + 1];
    alignas(64) char data[ROOM];
};

struct World { int rank, size; Outbox* boxes; uint64_t operations; bool aborted; std::string file; };

static size_t bytes_of(int type) { return type == DOUBLE ? 8 : 4; }

API ncclGetVersion(int* v) { *v = 22703; return OK; }
extern "C" __attribute__((visibility("default"))) const char* ncclGetErrorString(int e) {
    return e == INVALID_ARGUMENT ? "invalid argument" : e == INVALID_USAGE ? "invalid usage" : "unhandled system error";
}
API ncclGetUniqueId(Id* id) {
    std::random_device random;
    memset(id->bytes, 0, sizeof id->bytes);
    snprintf(id->bytes, sizeof id->bytes, "/dev/shm/standin-nccl-%08x%08x", random(), random());
    return OK;
}
API ncclCommInitRank(World** out, int size, Id id, int rank) {
    if (rank < 0 || rank >= size || size > MOST_RANKS) return INVALID_ARGUMENT;
    int file = open(id.bytes, O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, sizeof(Outbox) * MOST_RANKS)) return SYSTEM_ERROR;
    void* map = mmap(nullptr, sizeof(Outbox) * MOST_RANKS, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (map == MAP_FAILED) return SYSTEM_ERROR;
    World* w = new World{rank, size, static_cast<Outbox*>(map), 0, false, id.bytes};
    w->boxes[rank].joined = 1;
    for (int r = 0; r < size; r++)
        while (!w->boxes[r].joined) std::this_thread::yield();
    unlink(id.bytes);
    ONE_CALL;
    counts["worlds"]++;
    *out = w;
    return OK;
}
static int leave(World* w) {
    ONE_CALL;
    munmap(w->boxes, sizeof(Outbox) * MOST_RANKS);
    counts["worlds"]--;
    delete w;
    return OK;
}
API ncclCommDestroy(World* w) {
    {
        ONE_CALL;
        run_all();
    }
    return leave(w);
}
API ncclCommAbort(World* w) {
    ONE_CALL;
    w->aborted = true;  // work that is still there ends without having done anything; the world stays for it
    counts["worlds"]--;
    return OK;
}

struct Part { const char* from; char* to; size_t bytes; };

// One operation on one rank, tried until it is done.
struct Operation {
    World* w;
    uint64_t mode, number = 0;
    std::vector<Part> parts;  // by rank
    std::function<void(World*)> finish;

    bool attempt() {
        World& world = *w;
        if (world.aborted) return true;
        Outbox& mine = world.boxes[world.rank];
        if (!number) {
            for (int r = 0; r < world.size; r++)
                if (mine.taken[r] < world.operations) return false;  // somebody still reads what was sent before
            number = ++world.operations;
            mine.mode = mode;
            mine.offsets[0] = 0;
            for (int r = 0; r < world.size; r++) {
                mine.offsets[r + 1] = mine.offsets[r] + parts[r].bytes;
                if (mine.offsets[r + 1] > ROOM) {
                    fprintf(stderr, "stand-in: a rank sends more than %zu bytes at once\n", ROOM);
                    abort();
                }
                if (parts[r].bytes) memcpy(mine.data + mine.offsets[r], parts[r].from, parts[r].bytes);
            }
            mine.published = number;
        }
        for (int r = 0; r < world.size; r++)
            if (world.boxes[r].published < number) return false;
        for (int r = 0; r < world.size; r++)
            if (world.boxes[r].mode != mode) {
                fprintf(stderr, "stand-in: ranks %d and %d are at different operations\n", r, world.rank);
                abort();
            }
        finish(w);
        for (int r = 0; r < world.size; r++) world.boxes[r].taken[world.rank] = number;
        number = 0;  // a graph may run it again
        return true;
    }
};

static int enqueue_operation(void* stream, Operation operation) {
    auto shared = std::make_shared<Operation>(std::move(operation));
    return enqueue_attempts(stream, [shared] { return shared->attempt(); });
}

template <class T> static void reduce(World* w, T* to, size_t count, int how) {
    for (size_t i = 0; i < count; i++) {
        T v = reinterpret_cast<T*>(w->boxes[0].data)[i];
        for (int r = 1; r < w->size; r++) {
            T other = reinterpret_cast<T*>(w->boxes[r].data)[i];
            v = how == SUM ? v + other : other > v ? other : v;
        }
        to[i] = v;
    }
}

API ncclAllReduce(const void* from, void* to, size_t count, int type, int how, World* w, void* stream) {
    ONE_CALL;
    size_t bytes = count * bytes_of(type);
    if ((type != INT && type != FLOAT && type != DOUBLE) || (how != SUM && how != MAX)) return INVALID_ARGUMENT;
    Operation operation{w, 1u + type * 16 + how + (uint64_t) bytes * 1024, 0, std::vector<Part>(w->size), {}};
    operation.parts[0] = {static_cast<const char*>(from), nullptr, bytes};
    operation.finish = [=](World* world) {
        if (type == INT) reduce(world, static_cast<int*>(to), count, how);
        else if (type == FLOAT) reduce(world, static_cast<float*>(to), count, how);
        else reduce(world, static_cast<double*>(to), count, how);
    };
    return enqueue_operation(stream, std::move(operation));
}

// Sends and receives of a group, which is one operation.
static thread_local bool grouped;
static thread_local std::vector<Part> group;
static thread_local World* groupWorld;
static thread_local void* groupStream;

API ncclGroupStart() {
    grouped = true;
    group.assign(MOST_RANKS, Part{nullptr, nullptr, 0});
    groupWorld = nullptr;
    return OK;
}
static thread_local size_t receives[MOST_RANKS];
static Part* part(World* w, int peer, void* stream) {
    if (!grouped || peer < 0 || peer >= w->size || (groupWorld && groupStream != stream)) return nullptr;
    if (!groupWorld) memset(receives, 0, sizeof receives);
    groupWorld = w;
    groupStream = stream;
    return &group[peer];
}
API ncclSend(const void* from, size_t count, int type, int peer, World* w, void* stream) {
    Part* p = part(w, peer, stream);
    if (!p) return INVALID_USAGE;
    p->from = static_cast<const char*>(from);
    p->bytes = count * bytes_of(type);
    return OK;
}
API ncclRecv(void* to, size_t count, int type, int peer, World* w, void* stream) {
    Part* p = part(w, peer, stream);
    if (!p) return INVALID_USAGE;
    p->to = static_cast<char*>(to);
    receives[peer] = count * bytes_of(type);
    return OK;
}
API ncclGroupEnd() {
    ONE_CALL;
    grouped = false;
    if (!groupWorld) return OK;
    Operation operation{groupWorld, 1, 0, group, {}};
    std::vector<size_t> wanted(receives, receives + MOST_RANKS);
    std::vector<Part> parts = group;
    operation.finish = [parts, wanted](World* w) {
        for (int r = 0; r < w->size; r++) {
            Outbox& box = w->boxes[r];
            size_t sent = box.offsets[w->rank + 1] - box.offsets[w->rank];
            if (sent != wanted[r]) {
                fprintf(stderr, "stand-in: rank %d sends %zu bytes to rank %d, which wants %zu\n", r, sent, w->rank, wanted[r]);
                abort();
            }
            if (sent) memcpy(parts[r].to, box.data + box.offsets[w->rank], sent);
        }
    };
    return enqueue_operation(groupStream, std::move(operation));
}

// Work that streams and events put in order. Nothing runs when it is enqueued, but later, when somebody waits, and then
// in a random order that the streams and events allow, one stream lagging behind: a missing wait shows as a wrong result.
#pragma once
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace standin {
using Work = std::function<void()>;
using Attempt = std::function<bool()>;  // work that says whether it is done, and is tried again if not

struct Node;
using Nodes = std::vector<std::shared_ptr<Node>>;
struct Node { Attempt work; Nodes after; void* stream; bool done = false; };

// Streams, and what the next piece of work on each must follow; events, and what they stand for.
struct Order {
    Nodes nodes;
    std::map<void*, Nodes> follow, events;

    void add(void* stream, Attempt work) {
        auto node = std::make_shared<Node>(Node{std::move(work), follow[stream], stream});
        nodes.push_back(node);
        follow[stream] = {node};
    }

    void record(void* event, void* stream) { events[event] = follow[stream]; }

    void wait(void* stream, void* event) {
        Nodes& to = follow[stream];
        to.insert(to.end(), events[event].begin(), events[event].end());
    }
};

// Ranks on threads share the card; one call at a time.
inline std::recursive_mutex calls;

inline std::mt19937 randomness(1);
inline Order queue;
inline std::set<void*> streams;

// The stream whose work runs when nothing else can: which one, or none, follows from the seed.
inline size_t lagging;

inline bool all_done(const Nodes& nodes) {
    for (auto& n : nodes)
        if (!n->done) return false;
    return true;
}

// Runs one of some pieces of work; those that cannot be done yet are passed over. False if none could be.
inline bool run_one_of(Nodes ready) {
    while (!ready.empty()) {
        size_t chosen = randomness() % ready.size();
        auto node = ready[chosen];
        if (!node->work()) {
            ready.erase(ready.begin() + chosen);
            continue;
        }
        node->done = true;
        node->after.clear();
        for (size_t i = 0; i < queue.nodes.size(); i++)
            if (queue.nodes[i] == node) {
                queue.nodes.erase(queue.nodes.begin() + i);
                break;
            }
        return true;
    }
    return false;
}

// Runs one piece of work that may run now, or tries to; false if there is none.
inline bool run_one() {
    Nodes ready, late;
    void* last = lagging < streams.size() ? *std::next(streams.begin(), lagging) : nullptr;
    for (auto& n : queue.nodes)
        if (all_done(n->after)) (n->stream == last ? late : ready).push_back(n);
    return run_one_of(ready) || run_one_of(late) || !ready.empty() || !late.empty();
}

inline void run_until(const Nodes& wanted) {
    while (!all_done(wanted) && run_one()) {}
}

inline void run_all() {
    while (run_one()) {}
}

// What was enqueued on a stream, and on streams forked from it, while it was captured.
struct Graph {
    Order order;
    void* origin;

    // Whether all of it comes before the end of the origin's work.
    bool joined() {
        std::map<Node*, bool> seen;
        Nodes stack = order.follow[origin];
        while (!stack.empty()) {
            auto node = stack.back();
            stack.pop_back();
            if (seen[node.get()]) continue;
            seen[node.get()] = true;
            stack.insert(stack.end(), node->after.begin(), node->after.end());
        }
        for (auto& n : order.nodes)
            if (!seen[n.get()]) return false;
        return true;
    }

    void launch(void* stream) {
        std::map<Node*, std::shared_ptr<Node>> copies;
        Nodes before = queue.follow[stream], all;
        for (auto& n : order.nodes) {
            auto copy = std::make_shared<Node>(Node{n->work, before, n->stream});
            for (auto& a : n->after) copy->after.push_back(copies[a.get()]);
            copies[n.get()] = copy;
            queue.nodes.push_back(copy);
            all.push_back(copy);
        }
        if (!all.empty()) queue.follow[stream] = all;
    }
};

inline thread_local Graph* capturing;

// Enqueues on a stream, or records if it is being captured.
inline int enqueue_attempts(void* stream, Attempt work) {
    Order& order = capturing && capturing->order.follow.count(stream) ? capturing->order : queue;
    order.add(stream, std::move(work));
    return 0;
}

inline int enqueue(void* stream, Work work) {
    return enqueue_attempts(stream, [work = std::move(work)] {
        work();
        return true;
    });
}

// Time, in which nothing passes but what matrix products say they take.
inline double microseconds;

// What has been counted, by name: see driver.cpp.
inline std::map<std::string, long> counts;

// What tests set, by name: see driver.cpp.
inline std::map<std::string, long> settings;

inline long setting(const char* name, long otherwise) {
    auto found = settings.find(name);
    return found == settings.end() ? otherwise : found->second;
}
}  // namespace standin

#define ONE_CALL std::lock_guard<std::recursive_mutex> oneCall(standin::calls)
#define API extern "C" __attribute__((visibility("default"))) int

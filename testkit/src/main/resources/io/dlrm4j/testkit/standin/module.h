// The end of a compiled module: a kernel bound to the arguments of a launch, and run.
using Bound = std::function<void()>;

extern "C" void standin_run(void* work, const unsigned* n, size_t shared) {
    emulated::launch({n[0], n[1], n[2]}, {n[3], n[4], n[5]}, shared, *static_cast<Bound*>(work));
}

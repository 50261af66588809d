// The end of a compiled module: kernels bound to the arguments of a launch, and run.
#include <tuple>

using Bound = std::function<void()>;

template <class... A, size_t... I> Bound with_arguments(void (*kernel)(A...), void** p, std::index_sequence<I...>) {
    std::tuple<std::decay_t<A>...> arguments{*static_cast<std::decay_t<A>*>(p[I])...};
    return [kernel, arguments] { std::apply(kernel, arguments); };
}

template <class... A> Bound with_arguments(void (*kernel)(A...), void** p) {
    return with_arguments(kernel, p, std::index_sequence_for<A...>{});
}

extern "C" void standin_run(void* work, const unsigned* n, size_t shared) {
    emulated::launch({n[0], n[1], n[2]}, {n[3], n[4], n[5]}, shared, *static_cast<Bound*>(work));
}

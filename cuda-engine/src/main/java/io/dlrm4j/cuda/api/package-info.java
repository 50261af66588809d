/// NVIDIA's libraries as Java sees them: the driver, the run-time compiler, the matrix products.
///
/// Read [io.dlrm4j.cuda.api.CudaLibraries] first. Hand-written bindings through the foreign function interface
/// to the stable C functions of libcuda, NVRTC and cuBLASLt (CUDA 12 and 13), found at run time by
/// [io.dlrm4j.cuda.api.LibrarySearch]; no native code of ours, nothing at build time. Handles and device
/// addresses are plain `long`s. A status other than success becomes a [io.dlrm4j.cuda.api.CudaException] that
/// names the function. A card's context is current on the thread that opened it; one thread at a time. Proven
/// on a stand-in for the three libraries by `StandInTest` and the tests of the engine; search and cache by
/// `LibrarySearchTest` and `KernelCacheTest`.
@NullMarked
package io.dlrm4j.cuda.api;

import org.jspecify.annotations.NullMarked;

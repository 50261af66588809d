package io.dlrm4j.cuda.api;

/// The three libraries that the engine needs, opened.
///
/// @param driver devices, memory, streams
/// @param launcher kernels and graphs
/// @param compiler from source to machine code
/// @param products matrix products
public record CudaLibraries(Driver driver, Launcher launcher, Nvrtc compiler, CublasLt products) {
    /// @param search where to look
    /// @throws CudaUnavailableException when one is missing, or there is no card
    public static CudaLibraries open(LibrarySearch search) {
        Driver driver = new Driver(search);
        return new CudaLibraries(driver, new Launcher(driver), new Nvrtc(search), new CublasLt(search));
    }
}

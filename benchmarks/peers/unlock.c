/* Preloaded: MKL asks this whether the processor is Intel's, and on any other takes its AVX2 code even where there is
   AVX-512. A known hack, for the strongest peer; users do not have it. */
int mkl_serv_intel_cpu_true(void) { return 1; }

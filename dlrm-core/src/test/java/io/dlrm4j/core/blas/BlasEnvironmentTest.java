package io.dlrm4j.core.blas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BlasEnvironmentTest {
    @Test
    void replacesACoreTypeWithoutAvx512WhereTheProcessorHasIt() {
        assertThat(BlasEnvironment.wanted(null, null, "Haswell", true))
                .containsOnly(
                        entry("OMP_NUM_THREADS", "1"),
                        entry("OPENBLAS_NUM_THREADS", "1"),
                        entry("OPENBLAS_CORETYPE", "SKYLAKEX"));
    }

    @Test
    void leavesTheCoreTypeAloneWhereItIsUnsetOrGoodOrAllThereIs() {
        assertThat(BlasEnvironment.wanted(null, null, null, true)).doesNotContainKey("OPENBLAS_CORETYPE");
        assertThat(BlasEnvironment.wanted(null, null, "Cooperlake", true)).doesNotContainKey("OPENBLAS_CORETYPE");
        assertThat(BlasEnvironment.wanted(null, null, "Haswell", false)).doesNotContainKey("OPENBLAS_CORETYPE");
    }

    @Test
    void takesWhatTheUserSays() {
        assertThat(BlasEnvironment.wanted("4", "ZEN", "Haswell", true))
                .containsOnly(
                        entry("OMP_NUM_THREADS", "4"),
                        entry("OPENBLAS_NUM_THREADS", "4"),
                        entry("OPENBLAS_CORETYPE", "ZEN"));
    }

    @Test
    void refusesAThreadCountThatIsNone() {
        assertThatThrownBy(() -> BlasEnvironment.wanted("two", null, null, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dlrm.blas.threads=two, want 1 to 9999");
    }

    @Test
    void readsTheProcessorsFlags() {
        String all = "flags\t\t: fpu avx2 avx512f avx512dq avx512cd avx512bw avx512vl";
        assertThat(BlasEnvironment.hasAvx512(List.of("processor\t: 0", all))).isTrue();
        assertThat(BlasEnvironment.hasAvx512(List.of(all.replace(" avx512bw", ""))))
                .isFalse();
        assertThat(BlasEnvironment.hasAvx512(List.of())).isFalse();
    }

    @Test
    void reportsWhatItSet() {
        assertThat(BlasEnvironment.prepare()).contains("OMP_NUM_THREADS=1").contains("OPENBLAS_NUM_THREADS=1");
    }

    @Test
    void tellsWhatAProcessToBeStartedNeeds() {
        assertThat(BlasEnvironment.variables(Map.of("OMP_NUM_THREADS", "8", "HOME", "/")))
                .containsOnly(entry("OMP_NUM_THREADS", "1"), entry("OPENBLAS_NUM_THREADS", "1"));
    }
}

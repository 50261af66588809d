package io.dlrm4j.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.dlrm4j.core.blas.BlasEnvironment;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// Who may import whom, and what only one package may touch.
class ArchitectureTest {
    private static final String CORE = "io.dlrm4j.core..";
    private static final String COMM = "io.dlrm4j.comm..";
    private static final String SHARDS = "io.dlrm4j.shards..";
    private static final String MLP = "io.dlrm4j.mlp..";
    private static final String CRITEO = "io.dlrm4j.criteo..";
    private static final String EFFECTS = "io.dlrm4j.effects..";
    private static final String CUDA = "io.dlrm4j.cuda..";
    private static final String TRAINER = "io.dlrm4j.trainer..";
    private static final String LAUNCH = "io.dlrm4j.launch..";

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(
                    "io.dlrm4j.core",
                    "io.dlrm4j.comm",
                    "io.dlrm4j.shards",
                    "io.dlrm4j.mlp",
                    "io.dlrm4j.criteo",
                    "io.dlrm4j.effects",
                    "io.dlrm4j.cuda",
                    "io.dlrm4j.trainer",
                    "io.dlrm4j.launch");

    @Test
    void coreImportsNoOtherModule() {
        check(never(
                CORE,
                "core knows no ranks, cards, files of data or commands",
                COMM,
                SHARDS,
                MLP,
                CRITEO,
                EFFECTS,
                CUDA,
                TRAINER,
                LAUNCH));
    }

    @Test
    void commImportsOnlyMemoryOfCore() {
        DescribedPredicate<JavaClass> otherThanMemory = DescribedPredicate.describe(
                "a class of core outside core.memory",
                c -> c.getPackageName().startsWith("io.dlrm4j.core")
                        && !c.getPackageName().startsWith("io.dlrm4j.core.memory"));
        check(noClasses()
                .that()
                .resideInAPackage(COMM)
                .should()
                .dependOnClassesThat(otherThanMemory)
                .because("ranks exchange bytes and floats, not models"));
        check(never(
                COMM, "comm is below the modules that use it", SHARDS, MLP, CRITEO, EFFECTS, CUDA, TRAINER, LAUNCH));
    }

    @Test
    void theCudaEngineIsFoundAtRunTime() {
        check(never(
                CUDA,
                "an engine knows no ranks and no files of data",
                COMM,
                SHARDS,
                MLP,
                CRITEO,
                EFFECTS,
                TRAINER,
                LAUNCH));
        check(never(TRAINER, "engines of other modules come through the service loader", CUDA));
    }

    @Test
    void theMiddleModulesNeverMeet() {
        check(never(SHARDS, "the trainer joins the halves", MLP, CRITEO, EFFECTS, CUDA, TRAINER, LAUNCH));
        check(never(MLP, "the trainer joins the halves", SHARDS, CRITEO, EFFECTS, CUDA, TRAINER, LAUNCH));
        check(never(CRITEO, "the loader knows no ranks", COMM, SHARDS, MLP, EFFECTS, CUDA, TRAINER, LAUNCH));
        check(never(
                EFFECTS, "random effects read scores, not models", COMM, SHARDS, MLP, CRITEO, CUDA, TRAINER, LAUNCH));
    }

    @Test
    void theTrainerKnowsNoCommandLine() {
        check(never(
                TRAINER,
                "the trainer is used without the command and without random effects",
                LAUNCH,
                EFFECTS,
                "picocli.."));
    }

    @Test
    void vectorApiStaysInTheKernels() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.dlrm4j.core.kernel..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .because("an incubator module may change, and one seam has a scalar twin for each kernel"));
    }

    @Test
    void socketsStayInComm() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(COMM)
                .and()
                .resideOutsideOfPackage(LAUNCH) // pre-flight probes whether a port is free
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Socket.class, ServerSocket.class, SocketChannel.class, ServerSocketChannel.class)
                .because("only comm talks to other processes"));
    }

    @Test
    void nobodyDeserializesJavaObjects() {
        check(noClasses()
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(ObjectInputStream.class, ObjectOutputStream.class)
                .because("Java deserialization runs code from files and sockets"));
    }

    @Test
    void nobodyReadsTheWallClock() {
        check(noClasses()
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .because("it leaps, and a timeout must not"));
    }

    @Test
    void onlyMainExitsAndReadsTheEnvironment() {
        check(noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.dlrm4j.launch.Main")
                .and()
                .doNotHaveFullyQualifiedName(BlasEnvironment.class.getName()) // whose subject it is
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .because("what a class does must follow from its arguments"));
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.dlrm4j.(*)..").should().beFreeOfCycles().check(MAIN);
        slices().matching("io.dlrm4j.core.(*)..").should().beFreeOfCycles().check(MAIN);
        slices().matching("io.dlrm4j.effects.(*)..").should().beFreeOfCycles().check(MAIN);
    }

    private static ArchRule never(String from, String reason, String... to) {
        return noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(to)
                .because(reason);
    }

    private static void check(ArchRule rule) {
        rule.check(MAIN);
    }
}

package io.dlrm4j.launch;

import io.dlrm4j.effects.flow.FlowOptions;
import io.dlrm4j.effects.flow.NumberTable;
import io.dlrm4j.effects.online.PolicyEvaluation;
import io.dlrm4j.launch.screen.ResultTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `dlrm random-effects evaluate-policy`: what another policy would have earned.
@Command(
        name = "evaluate-policy",
        description = {
            "Estimates from logged decisions what another policy would have earned: IPS, SNIPS, doubly robust.",
            "FILE has a row for each decision: propensity, reward, target (the other policy's probability of what was"
                    + " done), and for the doubly robust estimate expected_logged and expected_target (what a model"
                    + " expects of what was done, and of the other policy). Rows whose column chosen is 0 do not count."
        },
        sortOptions = false)
final class EvaluatePolicyCommand implements Callable<Integer> {
    private static final List<String> REWARDS = List.of("reward", "?expected_logged", "?expected_target");

    private final Shell shell;

    @Parameters(paramLabel = "FILE", description = "Parquet or CSV, such as score --thompson writes.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path log;

    @Option(
            names = "--rewards",
            paramLabel = "FILE",
            description = "The rewards where they lie apart: uid, reward, expected_logged, expected_target.")
    private @Nullable Path rewards;

    @Option(
            names = "--target",
            paramLabel = "FILE",
            description =
                    "The other policy's propensities where they lie apart, as score --thompson writes them: uid, propensity.")
    private @Nullable Path target;

    EvaluatePolicyCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException {
        List<String> own = new ArrayList<>(List.of("propensity"));
        if (target == null) {
            own.add("target");
        }
        if (rewards == null) {
            own.addAll(REWARDS);
        }
        List<NumberTable.Part> parts = new ArrayList<>(List.of(part("FILE", log, own)));
        if (target != null) {
            parts.add(part("--target", target, List.of("propensity")));
        }
        if (rewards != null) {
            parts.add(part("--rewards", rewards, REWARDS));
        }
        PolicyEvaluation evaluation = new PolicyEvaluation();
        Path temporary = Files.createTempDirectory("dlrm-policy-");
        long decisions;
        boolean targetLast = target != null && rewards == null;
        int targetAt = targetLast ? 4 : 1;
        int rewardAt = targetLast ? 1 : 2;
        try {
            decisions = NumberTable.read(
                    parts,
                    "chosen",
                    FlowOptions.in(temporary),
                    row -> evaluation.add(row[0], row[rewardAt], row[targetAt], row[rewardAt + 1], row[rewardAt + 2]));
        } finally {
            Files.deleteIfExists(temporary);
        }
        if (decisions == 0) {
            throw new UsageException(log + " has no decisions");
        }
        shell.out()
                .print(new ResultTable()
                        .row("decisions", String.valueOf(decisions))
                        .row("effective", Results.number("%.1f", evaluation.effectiveDecisions()))
                        .row("IPS", estimate(evaluation.ips()))
                        .row("SNIPS", estimate(evaluation.snips()))
                        .row("doubly robust", estimate(evaluation.doublyRobust()))
                        .print());
        return 0;
    }

    private static NumberTable.Part part(String what, Path path, List<String> columns) {
        EffectsOptions.requireExists(what, path);
        return new NumberTable.Part(path, columns);
    }

    private static String estimate(PolicyEvaluation.Estimate estimate) {
        return String.format(Locale.ROOT, "%.6f ± %.6f", estimate.value(), estimate.standardError());
    }
}

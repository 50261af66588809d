package io.dlrm4j.trainer.plan;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.plan.StepWork.Table;
import java.util.ArrayList;
import java.util.List;

/// Machines and models to plan for.
final class SomeRates {
    private static final double NANO = 1e-9;

    private SomeRates() {}

    /// A machine of some cores: 250 GFLOP/s, rows in 10 to 60 ns, 5 GB/s between processes, 1 GB/s between hosts.
    static Rates cores(int cores) {
        Line dense = new Line(0.08 * NANO, 0.004 * NANO);
        Line cached = new Line(5 * NANO, 0.1 * NANO);
        Line random = new Line(40 * NANO, 0.3 * NANO);
        return new Rates(
                cores,
                dense,
                dense,
                new Rates.Rows(cached, random, cached, random, cached, random),
                new Line(5e-6, 0.2 * NANO),
                new Line(20e-6, 1 * NANO),
                new Line(5e-6, 0.2 * NANO),
                1.5 * NANO,
                0,
                1e10);
    }

    /// Cards as in the calibration of the published runs.
    static Rates cards(double flops, double rowBytes, double inHost, double betweenHosts) {
        Line dense = new Line(0, 1 / flops);
        Line row = new Line(0, 1 / rowBytes);
        Line inside = new Line(3e-6, 1 / inHost);
        return new Rates(
                0,
                dense,
                dense,
                new Rates.Rows(row, row, row, row, row, row),
                inside,
                new Line(8e-6, 1 / betweenHosts),
                inside,
                0,
                0.15e-3,
                rowBytes);
    }

    /// A DLRM with these tables, one-hot.
    static StepWork work(int batch, int dim, OptimizerKind rule, long... rows) {
        List<Table> tables = new ArrayList<>();
        for (int t = 0; t < rows.length; t++) {
            tables.add(new Table("C" + (t + 1), rows[t], 1));
        }
        return new StepWork(150_000, 350_000, 475_985, 13, dim, tables, batch, rule, 4, 4, 2);
    }
}

package io.dlrm4j.effects.format.lambda;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleReader;
import io.dlrm4j.effects.format.TextLines;
import java.io.IOException;
import java.nio.file.Path;

/// Samples as lines of numbers with tabs between them: a time, which is not looked at, the label, and one value for
/// each feature. Samples are numbered in their order, since two may have come at one time.
public final class LambdaSamples implements SampleReader {
    private static final int VALUES = 2;

    private final TextLines in;
    private final FeatureIndex index;
    private final long firstUid;
    private long samples;
    private int fields = -1;

    private LambdaSamples(TextLines in, FeatureIndex index, long firstUid) {
        this.in = in;
        this.index = index;
        this.firstUid = firstUid;
    }

    /// @param index features are added to it
    /// @param firstUid the first sample's number
    public static LambdaSamples open(Path file, FeatureIndex index, long firstUid) throws IOException {
        return new LambdaSamples(TextLines.open(file), index, firstUid);
    }

    @Override
    public boolean next(Sample into) throws IOException {
        for (String line = in.next(); line != null; line = in.next()) {
            if (!line.isBlank()) {
                try {
                    fill(line.strip().split("\t", -1), into);
                } catch (DataException e) {
                    throw new DataException(in.where() + ": " + e.getMessage(), e);
                }
                return true;
            }
        }
        return false;
    }

    private void fill(String[] words, Sample into) {
        fields = fields < 0 ? words.length : fields;
        if (words.length < VALUES || words.length != fields) {
            throw new DataException("%d fields, want %s: time, label and a value for each feature, tabs between them"
                    .formatted(words.length, fields < VALUES ? "2 or more" : String.valueOf(fields)));
        }
        into.begin("", firstUid + samples++, number(words[1]), 1, 0);
        for (int j = VALUES; j < words.length; j++) {
            into.add(index.add(LambdaModel.feature(j - VALUES), ""), number(words[j]));
        }
    }

    static double number(String word) {
        try {
            return Double.parseDouble(word);
        } catch (NumberFormatException e) {
            throw new DataException("\"%s\", want a number".formatted(word), e);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

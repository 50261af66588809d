package io.dlrm4j.effects.format.photon;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleReader;
import io.dlrm4j.effects.format.TextLines;
import java.io.IOException;
import java.nio.file.Path;

/// Samples in LibSVM's text: `label feature:value feature:value …` a line. A feature's number is its name, as in
/// Photon; its term is empty. Labels -1 become 0 for classifications.
public final class LibSvmSamples implements SampleReader {
    private final TextLines in;
    private final FeatureIndex index;
    private final boolean classification;
    private final long firstUid;
    private long samples;

    private LibSvmSamples(TextLines in, FeatureIndex index, boolean classification, long firstUid) {
        this.in = in;
        this.index = index;
        this.classification = classification;
        this.firstUid = firstUid;
    }

    /// @param index features are added to it
    /// @param classification whether labels above 0 are 1, others 0
    /// @param firstUid the first sample's number
    public static LibSvmSamples open(Path file, FeatureIndex index, boolean classification, long firstUid)
            throws IOException {
        return new LibSvmSamples(TextLines.open(file), index, classification, firstUid);
    }

    @Override
    public boolean next(Sample into) throws IOException {
        while (true) {
            String text = in.next();
            if (text == null) {
                return false;
            }
            int comment = text.indexOf('#');
            String content = (comment < 0 ? text : text.substring(0, comment)).strip();
            if (!content.isEmpty()) {
                try {
                    fill(content.split("\\s+"), into);
                } catch (DataException e) {
                    throw new DataException(in.where() + ": " + e.getMessage(), e);
                }
                return true;
            }
        }
    }

    private void fill(String[] fields, Sample into) {
        double label = number(fields[0]);
        into.begin("", firstUid + samples++, classification ? (label > 0 ? 1 : 0) : label, 1, 0);
        for (int i = 1; i < fields.length; i++) {
            int colon = fields[i].indexOf(':');
            if (colon < 1) {
                throw new DataException("\"%s\", want feature:value".formatted(fields[i]));
            }
            into.add(index.add(fields[i].substring(0, colon), ""), number(fields[i].substring(colon + 1)));
        }
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new DataException("\"%s\", want a number".formatted(text), e);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

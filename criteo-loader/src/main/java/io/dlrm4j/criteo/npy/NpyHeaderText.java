package io.dlrm4j.criteo.npy;

import io.dlrm4j.core.data.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the Python dictionary of a `.npy` header: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`,
/// its three keys in any order and nothing else.
final class NpyHeaderText {
    private static final int MAX_DIMENSIONS = 8;

    private final Path file;
    private final String text;
    private int at;
    private @Nullable NpyType type;
    private @Nullable List<Long> shape;
    private boolean orderSeen;

    NpyHeaderText(Path file, String text) {
        this.file = file;
        this.text = text;
    }

    NpyHeader parse(long dataOffset) {
        expect('{');
        while (!accept('}')) {
            entry();
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skipSpace();
        NpyType foundType = type;
        List<Long> foundShape = shape;
        if (at != text.length() || foundType == null || foundShape == null || !orderSeen) {
            throw refusal("want exactly descr, fortran_order and shape");
        }
        return new NpyHeader(foundType, foundShape, dataOffset);
    }

    private void entry() {
        String key = string();
        expect(':');
        switch (key) {
            case "descr" -> type = type();
            case "fortran_order" -> {
                orderSeen = true;
                if (!word().equals("False")) {
                    throw refusal("want C order (fortran_order False)");
                }
            }
            case "shape" -> shape = shape();
            default -> throw refusal("want exactly descr, fortran_order and shape");
        }
    }

    private NpyType type() {
        String descr = string();
        for (NpyType known : NpyType.values()) {
            if (known.descr().equals(descr)) {
                return known;
            }
        }
        throw refusal("element type " + descr + ", want <f4, <i4 or <i8");
    }

    private List<Long> shape() {
        List<Long> sizes = new ArrayList<>();
        expect('(');
        while (!accept(')')) {
            sizes.add(number());
            if (sizes.size() > MAX_DIMENSIONS) {
                throw refusal("want at most " + MAX_DIMENSIONS + " dimensions");
            }
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return sizes;
    }

    private long number() {
        String digits = word();
        if (!digits.matches("[0-9]{1,18}")) {
            throw refusal("want sizes of up to 18 digits in shape");
        }
        return Long.parseLong(digits);
    }

    private String string() {
        skipSpace();
        char quote = at < text.length() ? text.charAt(at) : ' ';
        int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
        if (end < 0) {
            throw refusal("want a quoted name at column " + at);
        }
        String value = text.substring(at + 1, end);
        at = end + 1;
        return value;
    }

    private String word() {
        skipSpace();
        int start = at;
        while (at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    private void expect(char wanted) {
        if (!accept(wanted)) {
            throw refusal("want '" + wanted + "' at column " + at);
        }
    }

    private boolean accept(char wanted) {
        skipSpace();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void skipSpace() {
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\n')) {
            at++;
        }
    }

    private DataException refusal(String want) {
        String shown = text.strip();
        shown = shown.length() > 120 ? shown.substring(0, 120) + "…" : shown;
        return new DataException("%s: .npy header %s: %s".formatted(file, shown, want));
    }
}

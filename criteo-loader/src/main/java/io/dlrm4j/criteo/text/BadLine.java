package io.dlrm4j.criteo.text;

/// Why a line cannot be used.
public enum BadLine {
    /// A NUL byte anywhere.
    NUL_BYTE("nul-byte", "a NUL byte"),
    /// Longer than any line of clicks.
    TOO_LONG("line-too-long", "more than " + RowParser.MAX_LINE_BYTES + " bytes"),
    /// Not 40 fields.
    FIELD_COUNT("field-count", "not 40 tab-separated fields"),
    /// The first field.
    LABEL("label", "label is not 0 or 1"),
    /// One of the 13 integers.
    NOT_AN_INTEGER("not-an-integer", "not an integer"),
    /// One of the 13 integers does not fit 32 bits.
    INTEGER_OVERFLOW("integer-overflow", "an integer beyond 32 bits"),
    /// One of the 26 categories.
    NOT_HEX("not-hex", "a category that is not hexadecimal"),
    /// One of the 26 categories has more than eight digits.
    HEX_TOO_LONG("hex-too-long", "a category of more than 8 hex digits"),
    /// The last, incomplete line of a gzip file that is cut short.
    ENDS_EARLY("gzip-ends-early", "gzip data ends inside this line; the rest of the file is missing");

    private final String key;
    private final String text;

    BadLine(String key, String text) {
        this.key = key;
        this.text = text;
    }

    /// @return short name, as in the manifest
    public String key() {
        return key;
    }

    /// @return what is wrong, in words
    public String text() {
        return text;
    }
}

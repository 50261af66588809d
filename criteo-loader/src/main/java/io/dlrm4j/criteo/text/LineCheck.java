package io.dlrm4j.criteo.text;

import io.dlrm4j.criteo.store.CriteoRow;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What is wrong with a line that could not be parsed; slow and only for those.
///
/// @param reason the first thing found wrong
/// @param column of the field, from 1; 0: the whole line
record LineCheck(BadLine reason, int column) {
    private static final int FIELDS = 1 + CriteoRow.DENSE + CriteoRow.TABLES;

    static LineCheck of(byte[] text, int start, int end) {
        int fields = 1;
        for (int i = start; i < end; i++) {
            if (text[i] == 0) {
                return new LineCheck(BadLine.NUL_BYTE, 0);
            }
            fields += text[i] == '\t' ? 1 : 0;
        }
        if (end - start > RowParser.MAX_LINE_BYTES) {
            return new LineCheck(BadLine.TOO_LONG, 0);
        }
        if (fields != FIELDS) {
            return new LineCheck(BadLine.FIELD_COUNT, 0);
        }
        return badField(text, start, end);
    }

    private static LineCheck badField(byte[] text, int start, int end) {
        int at = start;
        for (int column = 1; column <= FIELDS; column++) {
            int fieldEnd = at;
            while (fieldEnd < end && text[fieldEnd] != '\t') {
                fieldEnd++;
            }
            String field = new String(text, at, fieldEnd - at, StandardCharsets.ISO_8859_1);
            BadLine reason = badField(column, field);
            if (reason != null) {
                return new LineCheck(reason, column);
            }
            at = fieldEnd + 1;
        }
        throw new IllegalStateException("line refused by the parser but not by the check: "
                + new String(text, start, end - start, StandardCharsets.ISO_8859_1));
    }

    private static @Nullable BadLine badField(int column, String field) {
        if (column == 1) {
            return field.equals("0") || field.equals("1") ? null : BadLine.LABEL;
        }
        if (column > 1 + CriteoRow.DENSE) {
            if (!field.matches("[0-9a-fA-F]*")) {
                return BadLine.NOT_HEX;
            }
            return field.length() > 8 ? BadLine.HEX_TOO_LONG : null;
        }
        if (!field.matches("|-?[0-9]+")) {
            return BadLine.NOT_AN_INTEGER;
        }
        try {
            Integer.parseInt(field.isEmpty() ? "0" : field);
            return null;
        } catch (NumberFormatException e) {
            return BadLine.INTEGER_OVERFLOW;
        }
    }
}

package io.dlrm4j.effects.flow;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.FeatureIndex;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes the features of a row out of the columns of a result.
///
/// @param sql what is selected, in the order in which it is taken
/// @param takers one for each feature column
record Features(List<String> sql, List<Taker> takers) {
    /// The packed features of samples that we read ourselves: number and value, 4 and 8 bytes, little-endian.
    static final int PACKED_BYTES = Integer.BYTES + Double.BYTES;

    /// Adds the features of one column to the last row.
    interface Taker {
        /// @param at the first of the column's expressions, from 1
        /// @return the first expression behind them
        int take(ResultSet row, int at, EntityData into) throws SQLException;
    }

    /// No features.
    static final Features NONE = new Features(List.of(), List.of());

    static Features packed() {
        return new Features(List.of("f0"), List.of(Features::unpack));
    }

    /// @param there the columns of the files
    /// @param index gets the features' numbers
    /// @throws DataException when a column is not there or of a type that gives no features
    static Features of(List<FeatureColumn> wanted, List<Database.Column> there, FeatureIndex index) {
        List<String> sql = new ArrayList<>();
        List<Taker> takers = new ArrayList<>();
        for (FeatureColumn column : wanted) {
            String type = type(column.name(), there);
            String name = Database.name(column.name());
            if (type == null && type(column.name() + "_indices", there) != null) {
                sql.add("CAST(%s AS BIGINT[])".formatted(Database.name(column.name() + "_indices")));
                sql.add("CAST(%s AS DOUBLE[])".formatted(Database.name(column.name() + "_values")));
                takers.add(tensor(column.name(), index, column.numbered()));
            } else if (type == null) {
                throw new DataException("no column %s for features, there are %s"
                        .formatted(
                                column.name(),
                                there.stream().map(Database.Column::name).toList()));
            } else if (type.endsWith("[]") && type.startsWith("STRUCT(")) {
                sql.add("[CAST(x.\"name\" AS VARCHAR) for x in %s]".formatted(name));
                sql.add("[CAST(x.\"term\" AS VARCHAR) for x in %s]".formatted(name));
                sql.add("[CAST(x.\"value\" AS DOUBLE) for x in %s]".formatted(name));
                takers.add(bag(column.name(), index));
            } else if (type.startsWith("STRUCT(")) {
                sql.add("CAST(%s.\"indices\" AS BIGINT[])".formatted(name));
                sql.add("CAST(%s.\"values\" AS DOUBLE[])".formatted(name));
                takers.add(tensor(column.name(), index, column.numbered()));
            } else if (type.endsWith("[]") && (type.equals("VARCHAR[]") || column.asCategory())) {
                sql.add("CAST(%s AS VARCHAR[])".formatted(name));
                takers.add(categories(column.name(), index));
            } else if (type.endsWith("]")) {
                sql.add("CAST(%s AS DOUBLE[])".formatted(name));
                takers.add(vector(column.name(), index));
            } else if (type.equals("VARCHAR") || column.asCategory()) {
                sql.add("CAST(%s AS VARCHAR)".formatted(name));
                takers.add(category(column.name(), index));
            } else {
                sql.add("CAST(%s AS DOUBLE)".formatted(name));
                takers.add(number(index.add(column.name(), "")));
            }
        }
        return new Features(sql, takers);
    }

    /// Features as [#of] has them, of columns that every sample needs.
    static Features required(List<FeatureColumn> wanted, List<Database.Column> there, FeatureIndex index) {
        Features plain = of(wanted, there, index);
        List<Taker> takers = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            takers.add(required(wanted.get(i).name(), plain.takers.get(i)));
        }
        return new Features(plain.sql, takers);
    }

    private static Taker required(String column, Taker taker) {
        return (row, at, into) -> {
            int before = into.entries();
            int next = taker.take(row, at, into);
            if (into.entries() == before && row.wasNull()) {
                throw new DataException("uid %d has no %s beside its score; every sample needs one, or leave it out"
                        .formatted(into.uids()[into.rows() - 1], column));
            }
            return next;
        };
    }

    /// @return these and others behind them
    Features and(Features others) {
        List<String> allSql = new ArrayList<>(sql);
        allSql.addAll(others.sql);
        List<Taker> allTakers = new ArrayList<>(takers);
        allTakers.addAll(others.takers);
        return new Features(allSql, allTakers);
    }

    /// @return `, EXPRESSION AS f0, …`: the expressions with names, as the end of what is selected
    String listed() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < sql.size(); i++) {
            text.append(", ").append(sql.get(i)).append(" AS f").append(i);
        }
        return text.toString();
    }

    private static @Nullable String type(String name, List<Database.Column> there) {
        for (Database.Column column : there) {
            if (column.name().equals(name)) {
                return column.type();
            }
        }
        return null;
    }

    private static Taker number(int feature) {
        return (row, at, into) -> {
            double value = row.getDouble(at);
            if (!row.wasNull()) {
                into.addFeature(feature, value);
            }
            return at + 1;
        };
    }

    private static Taker category(String column, FeatureIndex index) {
        return (row, at, into) -> {
            String text = row.getString(at);
            if (text != null) {
                into.addFeature(index.add(column, text), 1);
            }
            return at + 1;
        };
    }

    private static Taker categories(String column, FeatureIndex index) {
        return (row, at, into) -> {
            for (Object text : list(row, at)) {
                if (text != null) {
                    into.addFeature(index.add(column, (String) text), 1);
                }
            }
            return at + 1;
        };
    }

    private static Taker vector(String column, FeatureIndex index) {
        List<Integer> known = new ArrayList<>(); // numbers of the first positions
        return (row, at, into) -> {
            Object[] values = list(row, at);
            for (int i = 0; i < values.length; i++) {
                if (i == known.size()) {
                    known.add(index.add(column, Integer.toString(i)));
                }
                if (values[i] != null) {
                    into.addFeature(known.get(i), (Double) values[i]);
                }
            }
            return at + 1;
        };
    }

    private static Taker bag(String column, FeatureIndex index) {
        return (row, at, into) -> {
            Object[] names = list(row, at);
            Object[] terms = list(row, at + 1);
            Object[] values = list(row, at + 2);
            for (int i = 0; i < names.length; i++) {
                if (names[i] == null || values[i] == null) {
                    throw new DataException("column %s: a feature without name or value".formatted(column));
                }
                int feature = index.add((String) names[i], terms[i] == null ? "" : (String) terms[i]);
                if (feature != FeatureIndex.INTERCEPT) {
                    into.addFeature(feature, (Double) values[i]);
                }
            }
            return at + 3;
        };
    }

    private static Taker tensor(String column, FeatureIndex index, boolean numbered) {
        return (row, at, into) -> {
            Object[] numbers = list(row, at);
            Object[] values = list(row, at + 1);
            if (numbers.length != values.length) {
                throw new DataException(
                        "column %s: %d indices and %d values".formatted(column, numbers.length, values.length));
            }
            for (int i = 0; i < numbers.length; i++) {
                if (numbers[i] == null || values[i] == null) {
                    throw new DataException("column %s: an index or a value is null".formatted(column));
                }
                long number = (Long) numbers[i];
                if (numbered && (number < 0 || number >= index.size())) {
                    throw new DataException(
                            "column %s: feature %d, want 0 to %d".formatted(column, number, index.size() - 1));
                }
                into.addFeature(numbered ? (int) number : index.add(column, Long.toString(number)), (Double) values[i]);
            }
            return at + 2;
        };
    }

    private static int unpack(ResultSet row, int at, EntityData into) throws SQLException {
        ByteBuffer packed = ByteBuffer.wrap(row.getBytes(at)).order(ByteOrder.LITTLE_ENDIAN);
        while (packed.hasRemaining()) {
            int feature = packed.getInt();
            into.addFeature(feature, packed.getDouble());
        }
        return at + 1;
    }

    private static Object[] list(ResultSet row, int at) throws SQLException {
        Array array = row.getArray(at);
        return array == null ? new Object[0] : (Object[]) array.getArray();
    }
}

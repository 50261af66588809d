package io.dlrm4j.effects.flow;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import org.jspecify.annotations.Nullable;

/// One reading of an [EntityFlow]: entities, or parts of them, one after the other.
public final class EntityStream implements EntitySource {
    private static final int ENTITY = 1;
    private static final int UID = 2;
    private static final int LABEL = 3;
    private static final int WEIGHT = 4;
    private static final int OFFSET = 5;
    private static final int FEATURES = 6;

    private final String where;
    private final Connection connection;
    private final Statement statement;
    private final ResultSet rows;
    private final Features features;
    private final ActiveSamples bounds;
    private final ActiveRows active;
    private final boolean numbered;
    private boolean ahead; // the result stands on a row that was not taken
    private long numberAhead;
    private @Nullable String nameAhead;
    private boolean started;
    private String entity = "";
    private long entityNumber;
    private long lastUid;

    private EntityStream(
            String where,
            Connection connection,
            Statement statement,
            ResultSet rows,
            Features features,
            ActiveSamples bounds)
            throws SQLException {
        this.where = where;
        this.connection = connection;
        this.statement = statement;
        this.rows = rows;
        this.features = features;
        this.bounds = bounds;
        active = new ActiveRows(EntityFlow.dealsByUid(bounds) ? 0 : bounds.cap());
        numbered = switch (rows.getMetaData().getColumnType(ENTITY)) {
            case Types.BIGINT, Types.INTEGER, Types.SMALLINT, Types.TINYINT -> true;
            default -> false;
        };
        advance();
    }

    static EntityStream open(Database database, String where, String query, Features features, ActiveSamples bounds)
            throws IOException {
        try {
            Connection connection = database.connection().duplicate();
            try {
                Statement statement = connection.createStatement();
                return new EntityStream(where, connection, statement, statement.executeQuery(query), features, bounds);
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw TableFiles.unreadable(where, e);
        }
    }

    /// Reads the next entity with the samples that are trained on; entities with too few are left out.
    @Override
    public boolean next(EntityData into) throws IOException {
        try {
            while (ahead) {
                begin(into);
                long count = 0;
                do {
                    take(into);
                    count++;
                    active.prune(into);
                } while (advance() && sameEntity());
                if (EntityFlow.dealsByUid(bounds) || count >= bounds.least()) {
                    active.finish(into, count);
                    return true;
                }
            }
            into.begin("");
            return false;
        } catch (SQLException e) {
            throw TableFiles.unreadable(where, e);
        }
    }

    /// Reads up to `most` samples of one entity; more of the same entity come with the next call. For scoring, which
    /// needs no entity in one piece.
    ///
    /// @return false, with `into` left empty, when there are none
    public boolean nextPart(EntityData into, int most) throws IOException {
        try {
            into.begin("");
            if (!ahead) {
                return false;
            }
            if (sameEntity()) {
                into.begin(entity);
            } else {
                begin(into);
            }
            do {
                take(into);
            } while (advance() && sameEntity() && into.rows() < most);
            return true;
        } catch (SQLException e) {
            throw TableFiles.unreadable(where, e);
        }
    }

    private void begin(EntityData into) {
        if (nameAhead == null) {
            throw new DataException("%s: a sample without an entity".formatted(where));
        }
        entity = nameAhead;
        entityNumber = numberAhead;
        started = true;
        lastUid = Long.MIN_VALUE;
        into.begin(entity);
    }

    private boolean sameEntity() {
        return started && (numbered ? numberAhead == entityNumber : entity.equals(nameAhead));
    }

    private boolean advance() throws SQLException {
        ahead = rows.next();
        if (ahead && numbered) {
            numberAhead = rows.getLong(ENTITY);
            if (rows.wasNull()) {
                throw new DataException("%s: a sample without an entity".formatted(where));
            }
            if (!started || numberAhead != entityNumber) {
                nameAhead = Long.toString(numberAhead);
            }
        } else if (ahead) {
            nameAhead = rows.getString(ENTITY);
        }
        return ahead;
    }

    private void take(EntityData into) throws SQLException {
        long uid = rows.getLong(UID);
        if (rows.wasNull()) {
            throw new DataException("%s: entity %s: a sample without a uid".formatted(where, entity));
        }
        if (uid == lastUid) {
            throw new DataException("%s: entity %s: uid %d occurs twice, in the samples or in the scores"
                    .formatted(where, entity, uid));
        }
        lastUid = uid;
        double label = number(LABEL, uid, "label; samples that are scored alone are read without a label column");
        double offset = number(OFFSET, uid, "score; every sample needs one, or leave the sample out");
        try {
            into.addRow(uid, label, rows.getDouble(WEIGHT), offset);
            int at = FEATURES;
            for (Features.Taker taker : features.takers()) {
                at = taker.take(rows, at, into);
            }
        } catch (IllegalArgumentException e) {
            throw new DataException("%s: %s".formatted(where, e.getMessage()), e);
        }
    }

    private double number(int column, long uid, String what) throws SQLException {
        double value = rows.getDouble(column);
        if (rows.wasNull()) {
            throw new DataException("%s: entity %s: uid %d has no %s".formatted(where, entity, uid, what));
        }
        return value;
    }

    @Override
    public void close() throws IOException {
        try (connection;
                statement;
                rows) {
            ahead = false;
        } catch (SQLException e) {
            throw new IOException("%s: %s".formatted(where, e.getMessage()), e);
        }
    }
}

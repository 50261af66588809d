package io.dlrm4j.criteo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.criteo.store.Manifest;
import io.dlrm4j.criteo.store.ManifestFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a manifest may say, in a folder that may come from anywhere.
class ManifestTest {
    @TempDir
    Path temp;

    private Path folder = Path.of("");
    private Path file = Path.of("");
    private String text = "";

    @BeforeEach
    void writeAFolder() throws IOException {
        folder = temp.resolve("data");
        PreparedFolders.write(folder, Manifest.NPY, 6, 4);
        file = folder.resolve("manifest.json");
        text = Files.readString(file);
    }

    private void assertRefused(String from, String to, String message) throws IOException {
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
        assertThatThrownBy(() -> PreparedData.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(message);
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Manifest manifest = PreparedFolders.write(temp.resolve("other"), Manifest.NPY, 6, 4);
        assertThat(ManifestFile.read(folder).manifest()).isEqualTo(manifest);
        assertThat(manifest.rows().training()).isEqualTo(6);
        assertThat(manifest.files()).hasSize(6);
    }

    @Test
    void linksThatLeaveTheFolderAreRefused() throws IOException {
        Path inside = folder.resolve("day_0_dense.npy");
        Path outside = Files.move(inside, temp.resolve("elsewhere.npy"));
        Files.createSymbolicLink(inside, outside);
        assertThatThrownBy(() -> PreparedData.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessage("%s: a link that leads out of the folder, want the file itself", inside);
        Files.move(outside, folder.resolve("linked.npy"));
        Files.delete(inside);
        Files.createSymbolicLink(inside, Path.of("linked.npy"));
        assertThat(PreparedData.open(folder).manifest().rows().training()).isEqualTo(6);
    }

    @Test
    void namesThatLeaveTheFolderAreRefused() throws IOException {
        for (String name : new String[] {"../../etc/passwd", "/etc/passwd", "a/b", "a\\\\b", "..", ""}) {
            assertRefused(
                    "\"day_0_dense.npy\"",
                    "\"" + name + "\"",
                    "file name '" + name.replace("\\\\", "\\") + "', want a plain name inside the folder");
        }
        assertRefused("\"C1\"", "\"../C1\"", "table name '../C1', want letters and digits");
    }

    @Test
    void numbersThatCannotBeAreRefused() throws IOException {
        assertRefused("\"rows\" : 2\n", "\"rows\" : 0\n", "table C1: rows=0, want 1 to 2147483647");
        assertRefused(
                "\"training\" : 6", "\"training\" : 7", "want Rows[perDay=[6, 4], training=6, test=2, validation=2]");
        assertRefused("[ 6, 4 ]", "[ ]", "rows.perDay=[], want at least one day, none below 0");
        assertRefused("[ 6, 4 ]", "[ -6, 4 ]", "rows.perDay=[-6, 4], want at least one day, none below 0");
    }

    @Test
    void otherVersionsAreRefused() throws IOException {
        assertRefused(
                "\"version\" : 1", "\"version\" : 2", "format Format[name=dlrm4j-prepared, version=2, layout=npy]");
        assertRefused("\"layout\" : \"npy\"", "\"layout\" : \"csv\"", "layout=csv");
    }

    @Test
    void textThatIsNoManifestIsRefusedInOneLine() throws IOException {
        assertRefused("\"rules\" : {", "\"rules\" : [", "manifest.json: ");
        assertRefused("\"rules\" :", "\"rulez\" : 1, \"rules\" :", file + ": unknown key rulez");
        assertRefused("\"rules\" :", "\"rules\" : {}, \"rules\" :", file + ": Duplicate field 'rules', line ");
        assertRefused(text, "{}", file + ": format is missing");
        assertRefused(text, "null", file + ": the whole is missing");
        assertRefused(text, "", file + ": the whole is missing");
        assertRefused(text, text + "1", file + ": text after the end, line ");
        assertRefused("\"rows\" : 2\n", "\"rows\" : null\n", file + ": tables[0].rows=null, want a whole number");
        assertRefused("\"rows\" : 2\n", "\"rows\" : 2.5\n", file + ": tables[0].rows=2.5, want a whole number");
        assertRefused("[ 6, 4 ]", "[ 6, \"4\" ]", file + ": rows.perDay has 4, want whole numbers");
        assertRefused("\"version\" : 1", "\"version\" : 99999999999", file + ": format Format[");
        assertRefused("\"truth\" : null", "\"truth\" : {}", file + ": origin.truth.seed=null, want a whole number");
    }

    @Test
    void filesMustBeThereAndListedOnce() throws IOException {
        assertRefused("\"day_1_labels.npy\"", "\"day_9_labels.npy\"", "file day_1_labels.npy is not listed");
        assertRefused("\"day_1_labels.npy\"", "\"day_1_dense.npy\"", "file day_1_dense.npy is listed twice");
        Files.writeString(file, text);
        Files.delete(folder.resolve("day_1_labels.npy"));
        assertThatThrownBy(() -> PreparedData.open(folder))
                .hasMessage(folder.resolve("day_1_labels.npy") + ": no such file, but manifest.json lists it");
        assertThatThrownBy(() -> PreparedData.open(temp))
                .hasMessage(temp + ": no manifest.json here; want a folder written by dlrm prepare or dlrm generate");
    }

    @Test
    void aFileThatDoesNotFitItsTablesIsRefused() throws IOException {
        PreparedFolders.write(temp.resolve("longer"), Manifest.NPY, 7, 4);
        Files.copy(
                temp.resolve("longer/day_0_dense.npy"),
                folder.resolve("day_0_dense.npy"),
                StandardCopyOption.REPLACE_EXISTING);
        long right = Files.size(temp.resolve("longer/day_0_dense.npy"));
        Files.writeString(file, text.replace("\"bytes\" : " + (right - 52), "\"bytes\" : " + right));
        assertThatThrownBy(() -> PreparedData.open(folder).all())
                .hasMessage(folder.resolve("day_0_dense.npy") + ": (7, 13) of <f4, want (6, 13) of <f4");
    }
}

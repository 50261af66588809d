package io.dlrm4j.effects.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;

/// Customers of twelve shops, weighted and with offsets: `training.csv` and `validation.csv`.
final class ShopSamples {
    private ShopSamples() {}

    static void write(Path folder) throws IOException {
        Random random = new Random(4);
        for (String part : new String[] {"training", "validation"}) {
            int first = part.equals("training") ? 0 : 10_000;
            StringBuilder rows = new StringBuilder("uid,shop,a,b,clicked,w,o\n");
            for (int i = 0; i < (first == 0 ? 600 : 200); i++) {
                int shop = Math.min(random.nextInt(12), random.nextInt(12));
                double a = random.nextInt(-8, 9) / 4.0; // exact as 32-bit floats
                double b = random.nextInt(-8, 9) / 4.0;
                double margin = (shop - 5) * 0.4 * a + b + 0.3 * shop - 1;
                int clicked = random.nextDouble() < 1 / (1 + Math.exp(-margin)) ? 1 : 0;
                rows.append(String.format(
                        Locale.ROOT,
                        "%d,s%d,%f,%f,%d,%f,%f%n",
                        first + i,
                        shop,
                        a,
                        b,
                        clicked,
                        0.5 + i % 2,
                        i % 5 / 8.0));
            }
            Files.writeString(folder.resolve(part + ".csv"), rows);
        }
    }
}

package io.dlrm4j.trainer.timing;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.dlrm4j.trainer.report.PrivateFiles;
import io.dlrm4j.trainer.timing.Timeline.Event;
import io.dlrm4j.trainer.timing.Timeline.Track;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Writes the timelines of all ranks as one file in the Trace Event Format that Chrome's `about:tracing` and Perfetto
/// read: a process for each rank, a thread for each track, complete events (`"ph": "X"`) in microseconds.
final class ChromeTrace {
    private static final double NANOS_IN_MICRO = 1e3;

    private ChromeTrace() {}

    /// @param file overwritten; its folder is made
    /// @param ranks the events of each rank
    static void write(Path file, List<List<Event>> ranks) throws IOException {
        long origin = ranks.stream()
                .flatMap(List::stream)
                .mapToLong(Event::start)
                .min()
                .orElse(0);
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            PrivateFiles.folder(folder);
        }
        try (JsonGenerator json =
                new JsonFactory().createGenerator(PrivateFiles.open(file, false), JsonEncoding.UTF8)) {
            json.writeStartObject();
            json.writeStringField("displayTimeUnit", "ms");
            json.writeArrayFieldStart("traceEvents");
            for (int rank = 0; rank < ranks.size(); rank++) {
                name(json, rank, "process_name", 0, "rank " + rank);
                for (Track track : Track.values()) {
                    name(json, rank, "thread_name", track.index, track.title);
                }
                for (Event event : ranks.get(rank)) {
                    write(json, rank, event, origin);
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static void name(JsonGenerator json, int rank, String kind, int track, String name) throws IOException {
        json.writeStartObject();
        json.writeStringField("ph", "M");
        json.writeStringField("name", kind);
        json.writeNumberField("pid", rank);
        json.writeNumberField("tid", track);
        json.writeObjectFieldStart("args");
        json.writeStringField("name", name);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, int rank, Event event, long origin) throws IOException {
        json.writeStartObject();
        json.writeStringField("ph", "X");
        json.writeStringField(
                "name",
                event.phase() == null ? event.track().event : event.phase().label());
        json.writeNumberField("pid", rank);
        json.writeNumberField("tid", event.track().index);
        json.writeNumberField("ts", (event.start() - origin) / NANOS_IN_MICRO);
        json.writeNumberField("dur", (event.end() - event.start()) / NANOS_IN_MICRO);
        json.writeObjectFieldStart("args");
        json.writeNumberField("step", event.step());
        if (event.bytes() > 0) {
            json.writeNumberField("bytes", event.bytes());
        }
        json.writeEndObject();
        json.writeEndObject();
    }
}

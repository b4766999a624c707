package clients;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code countersign dev} for a class of tests: on free ports, with data of its own, stopped at the end. */
final class Countersign {
    private static final int TRIES = 100;

    final String issuer;
    final String api;
    private final Process process;
    private final Path data;

    private Countersign(int base, Process process, Path data) {
        this.issuer = "http://localhost:" + base;
        this.api = "http://localhost:" + (base + 3);
        this.process = process;
        this.data = data;
    }

    /** Starts it, and returns when it is up. */
    static Countersign start() throws IOException {
        String program = System.getenv("COUNTERSIGN_BIN");
        if (program == null) {
            throw new IllegalStateException("COUNTERSIGN_BIN must name the program; `cargo xtask test` sets it");
        }
        int base = freePorts();
        Path data = Files.createTempDirectory("countersign-");
        Path log = data.resolve("log");
        Process process = new ProcessBuilder(program, "dev", "--port", "" + base, "--data", data.resolve("data") + "")
            .redirectError(log.toFile()).start();
        // Whatever ends this program must not leave a server behind.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line == null || !line.contains("Ctrl-C"); line = out.readLine()) {
            if (line == null) {
                throw new IOException("countersign dev ended:\n" + Files.readString(log));
            }
        }
        return new Countersign(base, process, data);
    }

    /** Stops it, and says if it ended in another way than it was told to. */
    void stop() throws IOException, InterruptedException {
        process.destroy();
        boolean ended = process.waitFor(20, TimeUnit.SECONDS);
        String log = Files.readString(data.resolve("log"));
        try (Stream<Path> files = Files.walk(data)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(file -> file.delete());
        }
        if (!ended || process.exitValue() != 0) {
            throw new IOException("countersign dev did not end well:\n" + log);
        }
    }

    /** The first of four free ports in a row. */
    private static int freePorts() {
        Random random = new Random();
        for (int tries = 0; tries < TRIES; tries += 1) {
            int base = 20_000 + random.nextInt(30_000);
            if (isFree(base) && isFree(base + 1) && isFree(base + 2) && isFree(base + 3)) {
                return base;
            }
        }
        throw new IllegalStateException("no four free ports in a row after " + TRIES + " tries");
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
            return probe.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}

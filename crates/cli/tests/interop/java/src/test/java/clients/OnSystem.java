package clients;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests of one class run against one system, which is theirs alone. */
abstract class OnSystem {
    protected static Countersign system;

    @BeforeAll
    static void start() throws Exception {
        system = Countersign.start();
    }

    @AfterAll
    static void stop() throws Exception {
        system.stop();
    }
}

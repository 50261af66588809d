package io.dlrm4j.comm.rendezvous;

import java.io.IOException;

/// A seal that does not match: another token, or bytes changed or repeated on the way.
final class WrongTokenException extends IOException {
    private static final long serialVersionUID = 1;

    WrongTokenException() {
        super("wrong token");
    }
}

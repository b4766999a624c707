//! What an authorization server decides: rules and records, no I/O, no clock, no randomness of its own.

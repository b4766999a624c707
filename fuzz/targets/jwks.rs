//! libFuzzer looks for JWK Sets that break the promise of `countersign_fuzz::jwks`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::jwks(data));

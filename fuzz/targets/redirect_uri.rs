//! libFuzzer looks for redirect URIs that break the promise of `countersign_fuzz::redirect`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::redirect(data));

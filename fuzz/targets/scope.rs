//! libFuzzer looks for scopes that break the promise of `countersign_fuzz::scope`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::scope(data));

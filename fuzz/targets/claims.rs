//! libFuzzer looks for values of `claims` that break the promise of `countersign_fuzz::claims`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::claims(data));

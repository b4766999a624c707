//! libFuzzer looks for authorization requests that break the promise of `countersign_fuzz::authorize`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::authorize(data));

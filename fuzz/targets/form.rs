//! libFuzzer looks for queries and form bodies that break the promise of `countersign_fuzz::form`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::form(data));

//! libFuzzer looks for client registration that break the promise of `countersign_fuzz::registration`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::registration(data));

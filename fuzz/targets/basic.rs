//! libFuzzer looks for `Authorization: Basic` that break the promise of `countersign_fuzz::basic_header`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::basic_header(data));

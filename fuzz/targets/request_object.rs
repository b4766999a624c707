//! libFuzzer looks for request objects that break the promise of `countersign_fuzz::request_object`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::request_object(data));

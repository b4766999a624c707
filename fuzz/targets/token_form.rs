//! libFuzzer looks for token requests that break the promise of `countersign_fuzz::token_form`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::token_form(data));

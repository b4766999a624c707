//! libFuzzer looks for compact JWS that break the promise of `countersign_fuzz::jwt`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::jwt(data));

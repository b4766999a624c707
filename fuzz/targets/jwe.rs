//! libFuzzer looks for encrypted tokens that break the promise of `countersign_fuzz::jwe`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::jwe(data));

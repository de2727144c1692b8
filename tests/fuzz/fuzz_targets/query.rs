#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dataclips::fuzz::query(data));

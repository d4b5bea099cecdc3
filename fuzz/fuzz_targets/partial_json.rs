//! The target of this name, for libFuzzer.
#![no_main]
bedrock_fuzz::entry!("partial_json");

//! The targets: what each reads, and the table of them.

mod emulator;
mod frames;
mod http;
mod partial_json;
mod reader;
mod sse;
mod wire;

use crate::target::Target;

/// All of them.
pub const TARGETS: &[Target] = &[
    frames::TARGET,
    sse::TARGET,
    reader::TARGET,
    wire::TARGET,
    partial_json::TARGET,
    http::TARGET,
    emulator::TARGET,
];

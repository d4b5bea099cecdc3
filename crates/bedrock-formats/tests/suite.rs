//! The tests that can share a process: one program is linked in the time that each of theirs would take.

mod converse_laws;
mod converse_recordings;
mod every_recording;
mod members;
mod native_formats;
mod native_laws;
mod native_replies;
mod shapes;

//! The tests that can share a process: one program is linked in the time that each of theirs would take.

mod chats;
mod choosing;
mod detection;
mod doubted;
mod error_spellings;
mod errors_anywhere;
mod fixtures;
mod framings;
mod invocation_log;
mod laws;
mod odd_members;
mod one_chat;
mod one_message;
mod one_story;
mod openai_laws;
mod openai_streams;
mod recorded_errors;
mod recordings;
mod same_meaning;
mod streamed_equals_whole;
mod unknown_members;
mod views;
mod whole_answers;
mod whole_in_streams;

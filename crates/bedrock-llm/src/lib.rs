//! The streaming stack for Amazon Bedrock in one crate.

//! The guides of `docs/guides`, compiled and run as tests. Not for anything else: this is no part of the crate.

macro_rules! guide {
    ($($name:ident: $text:expr;)+) => {$(
        #[doc = $text]
        struct $name;
    )+};
}

guide! {
    ChunkAggregation: include_str!("../../../docs/guides/chunk-aggregation.md");
    OpenAiAggregators: include_str!("../../../docs/guides/openai-aggregators.md");
    CustomFormat: include_str!("../../../docs/guides/custom-format.md");
    LiveEvents: include_str!("../../../docs/guides/live-events.md");
    ToolInput: include_str!("../../../docs/guides/tool-input.md");
    ConverseWrapper: include_str!("../../../docs/guides/converse-wrapper.md");
    Embeddings: include_str!("../../../docs/guides/embeddings.md");
    InvocationLogs: include_str!("../../../docs/guides/invocation-logs.md");
}

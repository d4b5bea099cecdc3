//! What a program that knows one format well does with its chunks: serde by flat types that borrow their strings, which is the
//! fastest that serde offers, and a message put together by hand. Lines of server-sent events are split by hand too.
//! A message has what ours has of the same answer, but for unknown members, ids of items and the verdict.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;

/// A message that is put together chunk by chunk.
pub(crate) trait Typed: Default {
    /// Takes one chunk; `on_event` hears each delta.
    fn fold(&mut self, json: &[u8], on_event: &mut dyn FnMut(&str)) -> serde_json::Result<()>;

    /// All text of the message.
    fn text(&self) -> &str;

    /// The inputs of its calls, one behind the other.
    fn inputs(&self) -> String;
}

/// Reads server-sent events of which each has one line of data.
pub(crate) fn read_lines<M: Typed>(
    pieces: impl IntoIterator<Item = Bytes>,
    mut on_event: impl FnMut(&str),
) -> serde_json::Result<M> {
    let mut message = M::default();
    let mut held = Vec::new();
    for piece in pieces {
        held.extend_from_slice(&piece);
        let mut start = 0;
        while let Some(length) = memchr::memchr(b'\n', &held[start..]) {
            let line = &held[start..start + length];
            start += length + 1;
            let Some(data) = line.strip_prefix(b"data:") else { continue };
            let data = data.trim_ascii();
            if data != b"[DONE]" {
                message.fold(data, &mut on_event)?;
            }
        }
        held.drain(..start);
    }
    Ok(message)
}

/// In an `Option`, serde borrows a text only where it stands in a type of its own.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl Text<'_> {
    /// The text, on its own.
    pub(super) fn owned(text: Option<Text<'_>>) -> Option<String> {
        text.map(|text| text.0.into_owned())
    }
}

/// A call of a tool: id, name, input.
pub(crate) type Call = (String, String, String);

pub(super) fn inputs_of(calls: &[Call]) -> String {
    calls.iter().map(|(.., input)| input.as_str()).collect()
}

/// A message of Claude's.
#[derive(Debug, Default)]
pub(crate) struct ClaudeMessage {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) text: String,
    pub(crate) thinking: String,
    pub(crate) signature: String,
    pub(crate) tools: Vec<Call>,
    pub(crate) stop_reason: Option<String>,
    pub(crate) stop_sequence: Option<String>,
    pub(crate) usage: ClaudeUsage,
    pub(crate) metrics: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ClaudeUsage {
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    pub(crate) cache_creation_input_tokens: Option<u64>,
    pub(crate) cache_read_input_tokens: Option<u64>,
}

impl Typed for ClaudeMessage {
    fn fold(&mut self, json: &[u8], on_event: &mut dyn FnMut(&str)) -> serde_json::Result<()> {
        self.chunk(serde_json::from_slice(json)?, on_event);
        Ok(())
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn inputs(&self) -> String {
        inputs_of(&self.tools)
    }
}

impl ClaudeMessage {
    /// Takes a chunk that is read already.
    pub(crate) fn chunk(&mut self, chunk: ClaudeChunk<'_>, on_event: &mut dyn FnMut(&str)) {
        if let Some(start) = chunk.message {
            self.id = start.id.into_owned();
            self.model = start.model.into_owned();
            self.usage = start.usage;
        }
        if let Some(block) = chunk.content_block
            && block.kind == "tool_use"
        {
            let text = |text| Text::owned(text).unwrap_or_default();
            self.tools.push((text(block.id), text(block.name), String::new()));
        }
        if let Some(delta) = chunk.delta {
            self.delta(delta, on_event);
        }
        if let Some(usage) = chunk.usage {
            self.usage.input_tokens = usage.input_tokens.or(self.usage.input_tokens);
            self.usage.output_tokens = usage.output_tokens.or(self.usage.output_tokens);
        }
        self.metrics = chunk.metrics.or(self.metrics.take());
    }

    fn delta(&mut self, delta: ClaudeDelta<'_>, on_event: &mut dyn FnMut(&str)) {
        if let Some(piece) = delta.text {
            on_event(&piece.0);
            self.text.push_str(&piece.0);
        } else if let Some(piece) = delta.partial_json {
            on_event(&piece.0);
            self.tools.last_mut().into_iter().for_each(|(.., input)| input.push_str(&piece.0));
        } else if let Some(piece) = delta.thinking {
            on_event(&piece.0);
            self.thinking.push_str(&piece.0);
        } else if let Some(signature) = delta.signature {
            self.signature = signature.0.into_owned();
        } else {
            self.stop_reason = Text::owned(delta.stop_reason);
            self.stop_sequence = Text::owned(delta.stop_sequence);
        }
    }
}

/// All that a chunk of Claude's may say.
#[derive(Deserialize)]
pub(crate) struct ClaudeChunk<'a> {
    #[serde(rename = "type", borrow)]
    _kind: Cow<'a, str>,
    #[serde(rename = "index")]
    _index: Option<u64>,
    #[serde(borrow)]
    message: Option<ClaudeStart<'a>>,
    #[serde(borrow)]
    content_block: Option<ClaudeBlock<'a>>,
    #[serde(borrow)]
    delta: Option<ClaudeDelta<'a>>,
    usage: Option<ClaudeUsage>,
    #[serde(rename = "amazon-bedrock-invocationMetrics")]
    metrics: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct ClaudeStart<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    model: Cow<'a, str>,
    usage: ClaudeUsage,
}

#[derive(Deserialize)]
struct ClaudeBlock<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct ClaudeDelta<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    partial_json: Option<Text<'a>>,
    #[serde(borrow)]
    thinking: Option<Text<'a>>,
    #[serde(borrow)]
    signature: Option<Text<'a>>,
    #[serde(borrow)]
    stop_reason: Option<Text<'a>>,
    #[serde(borrow)]
    stop_sequence: Option<Text<'a>>,
}

/// A message of Nova's.
#[derive(Debug, Default)]
pub(crate) struct NovaMessage {
    pub(crate) role: Option<String>,
    pub(crate) text: String,
    pub(crate) tools: Vec<Call>,
    pub(crate) stop_reason: Option<String>,
    pub(crate) usage: NovaUsage,
    pub(crate) metrics: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NovaUsage {
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    pub(crate) cache_read_input_token_count: Option<u64>,
    pub(crate) cache_write_input_token_count: Option<u64>,
}

impl Typed for NovaMessage {
    fn fold(&mut self, json: &[u8], on_event: &mut dyn FnMut(&str)) -> serde_json::Result<()> {
        let chunk: NovaChunk<'_> = serde_json::from_slice(json)?;
        if let Some(NovaDelta { delta }) = chunk.content_block_delta {
            if let Some(piece) = delta.text {
                on_event(&piece.0);
                self.text.push_str(&piece.0);
            } else if let Some(piece) = delta.tool_use.and_then(|delta| delta.input) {
                on_event(&piece.0);
                self.tools.last_mut().into_iter().for_each(|(.., input)| input.push_str(&piece.0));
            }
        } else if let Some(call) = chunk.content_block_start.and_then(|start| start.start?.tool_use) {
            let text = |text| Text::owned(text).unwrap_or_default();
            self.tools.push((text(call.tool_use_id), text(call.name), String::new()));
        } else if let Some(start) = chunk.message_start {
            self.role = Text::owned(start.role);
        } else if let Some(stop) = chunk.message_stop {
            self.stop_reason = Text::owned(stop.stop_reason);
        }
        self.usage = chunk.metadata.map_or(std::mem::take(&mut self.usage), |metadata| metadata.usage);
        self.metrics = chunk.metrics.or(self.metrics.take());
        Ok(())
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn inputs(&self) -> String {
        inputs_of(&self.tools)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NovaChunk<'a> {
    #[serde(borrow)]
    message_start: Option<NovaStart<'a>>,
    #[serde(borrow)]
    content_block_start: Option<NovaBlock<'a>>,
    #[serde(borrow)]
    content_block_delta: Option<NovaDelta<'a>>,
    #[serde(borrow)]
    message_stop: Option<NovaStop<'a>>,
    metadata: Option<NovaMetadata>,
    #[serde(rename = "amazon-bedrock-invocationMetrics")]
    metrics: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct NovaStart<'a> {
    #[serde(borrow)]
    role: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct NovaBlock<'a> {
    #[serde(borrow)]
    start: Option<NovaContent<'a>>,
}

#[derive(Deserialize)]
struct NovaDelta<'a> {
    #[serde(borrow)]
    delta: NovaContent<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NovaContent<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    tool_use: Option<NovaCall<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NovaCall<'a> {
    #[serde(borrow)]
    tool_use_id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    input: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NovaStop<'a> {
    #[serde(borrow)]
    stop_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct NovaMetadata {
    usage: NovaUsage,
}

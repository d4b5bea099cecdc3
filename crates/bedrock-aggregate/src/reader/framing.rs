//! How chunks are wrapped: binary frames, server-sent events, lines, one document.
//! Not for: taking them apart; see [`Reader`](crate::Reader).

/// How chunks are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// `application/vnd.amazon.eventstream`: binary frames.
    EventStream,
    /// `text/event-stream`: server-sent events.
    Sse,
    /// One chunk a line.
    JsonLines,
    /// One JSON document: an array of chunks, or a whole response.
    Json,
}

impl Framing {
    /// The framing's name: `eventstream`, `sse`, `jsonl`, `json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EventStream => "eventstream",
            Self::Sse => "sse",
            Self::JsonLines => "jsonl",
            Self::Json => "json",
        }
    }

    /// The framing of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::EventStream, Self::Sse, Self::JsonLines, Self::Json]
            .into_iter()
            .find(|framing| framing.name() == name)
    }

    /// The framing of a body that begins so. The whole body, or its first line at least, should be given: a JSON document
    /// and JSON lines begin alike.
    ///
    /// ```
    /// use bedrock_aggregate::Framing;
    ///
    /// assert_eq!(Framing::sniff(b"event: ping\n"), Framing::Sse);
    /// assert_eq!(Framing::sniff(b"[{\"type\":\"ping\"}]"), Framing::Json);
    /// assert_eq!(Framing::sniff(b"{\"a\":1}\n{\"a\":2}\n"), Framing::JsonLines);
    /// assert_eq!(Framing::sniff(&[0, 0, 0, 16, 0, 0, 0, 0]), Framing::EventStream);
    /// ```
    #[must_use]
    pub fn sniff(body: &[u8]) -> Self {
        let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
        let is_sse =
            [&b":"[..], b"data", b"event:", b"id:", b"retry:"].iter().any(|start| text.starts_with(start));
        // OpenAI's mark of the end begins as a JSON array does.
        let says_nothing = [&b"null"[..], b"[DONE]"].iter().any(|line| text.starts_with(line));
        match text.first() {
            // The mark of an end, or a chunk of nothing, before others.
            _ if says_nothing && memchr::memchr(b'\n', text).is_some() => Self::JsonLines,
            Some(b'[') => Self::Json,
            Some(b'{' | b'"') => {
                let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
                let (first, rest) = text.split_at(end);
                let is_line = serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok();
                if is_line && !rest.trim_ascii().is_empty() { Self::JsonLines } else { Self::Json }
            }
            _ if is_sse => Self::Sse,
            // A frame begins with its length: of 24 MiB at most, so with a byte that is 0 or 1 and
            // no text's.
            _ => Self::EventStream,
        }
    }
}

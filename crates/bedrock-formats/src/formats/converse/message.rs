//! A message and the parts it is made of.
//! Not for: what each part holds; see the files beside this one.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;

use super::{
    AudioBlock, CachePointBlock, CitationGeneratedContent, CitationsContentBlock, DocumentBlock,
    GuardrailConverseContentBlock, ImageBlock, ReasoningContentBlock, SearchResultBlock, ToolAdditionBlock,
    ToolRemovalBlock, ToolResultBlock, ToolUseBlock, VideoBlock,
};

wire_enum! {
    /// Who speaks.
    pub enum ConversationRole {
        /// The caller; tool results are the caller's too.
        "user" => User,
        /// The model.
        "assistant" => Assistant,
        /// Instructions in the middle of a conversation. Few models take it; the `system` field of the request is the
        /// usual place for instructions.
        "system" => System,
    }
}

wire_struct! {
    /// One turn of a conversation.
    ///
    /// ```
    /// use bedrock_formats::converse::{ContentBlock, ConversationRole, Message};
    ///
    /// let message = Message::user("What is this?");
    /// assert_eq!(message.role, ConversationRole::User);
    /// assert_eq!(message.content, [ContentBlock::text("What is this?")]);
    /// ```
    pub struct Message {
        /// Who speaks. Most models want the first message to be the user's, and the roles to take turns.
        "role" role: ConversationRole,
        /// What is said, in order.
        "content" content: Vec<ContentBlock>,
    }
}

wire_union! {
    /// One part of a message: exactly one kind of content.
    #[allow(clippy::large_enum_variant, reason = "messages hold few parts; a box for each would cost more than it saves")]
    pub enum ContentBlock {
        /// Plain text. Several models refuse a text that is empty or only white space.
        "text" => Text(String),
        /// A picture.
        "image" => Image(ImageBlock),
        /// A document. It needs a text block beside it.
        "document" => Document(DocumentBlock),
        /// A film.
        "video" => Video(VideoBlock),
        /// A sound recording.
        "audio" => Audio(AudioBlock),
        /// The model asks for a tool to be called.
        "toolUse" => ToolUse(ToolUseBlock),
        /// What a tool answered.
        "toolResult" => ToolResult(ToolResultBlock),
        /// Content that the guardrail is to look at. Once one such block is there, the guardrail looks at nothing else.
        "guardContent" => GuardContent(GuardrailConverseContentBlock),
        /// Everything up to here may be cached.
        "cachePoint" => CachePoint(CachePointBlock),
        /// What the model thought before it answered.
        "reasoningContent" => ReasoningContent(ReasoningContentBlock),
        /// Text with the sources it rests on; it stands in place of `text` when citations are on.
        "citationsContent" => CitationsContent(CitationsContentBlock),
        /// A search result for the model to read and cite.
        "searchResult" => SearchResult(SearchResultBlock),
        /// A tool becomes available from here on.
        "toolAddition" => ToolAddition(ToolAdditionBlock),
        /// A tool ceases to be available from here on.
        "toolRemoval" => ToolRemoval(ToolRemovalBlock),
    }
}

#[codegen_at_use]
impl Message {
    /// A message of the user's.
    #[must_use]
    pub fn user(content: impl IntoContent) -> Self {
        Self::new(ConversationRole::User, content)
    }

    /// A message of the model's: history, or the beginning of its next answer.
    #[must_use]
    pub fn assistant(content: impl IntoContent) -> Self {
        Self::new(ConversationRole::Assistant, content)
    }

    /// A message of either's.
    #[must_use]
    pub fn new(role: ConversationRole, content: impl IntoContent) -> Self {
        Self { role, content: content.into_content(), ..Self::default() }
    }

    /// Adds one more part.
    ///
    /// ```
    /// use bedrock_formats::converse::{ImageBlock, ImageFormat, Message};
    ///
    /// let message = Message::user("What is on it?").block(ImageBlock::from_bytes(ImageFormat::Png, [0x89, b'P']));
    /// assert_eq!(message.content.len(), 2);
    /// ```
    #[must_use]
    pub fn block(mut self, block: impl Into<ContentBlock>) -> Self {
        self.content.push(block.into());
        self
    }

    /// The text of all its parts, cited or not, joined without anything between. Reasoning is not part of it.
    #[must_use]
    pub fn text(&self) -> String {
        self.content.iter().filter_map(ContentBlock::as_text).collect()
    }

    /// The tool calls in it that are for the caller to run, in order: not those that the service ran by itself.
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUseBlock> {
        self.content.iter().filter_map(|block| match block {
            ContentBlock::ToolUse(tool_use) if !tool_use.is_server_side() => Some(tool_use),
            _ => None,
        })
    }
}

#[codegen_at_use]
impl ContentBlock {
    /// A part that is plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A cache point that lives as long as the model's default says (5 minutes).
    #[must_use]
    pub fn cache_point() -> Self {
        Self::CachePoint(CachePointBlock::standard())
    }

    /// The text of a `text` or `citationsContent` part; `None` for every other kind.
    #[must_use]
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::CitationsContent(cited) => Some(Cow::Owned(
                cited
                    .content
                    .iter()
                    .flatten()
                    .filter_map(|part| match part {
                        CitationGeneratedContent::Text(text) => Some(text.as_str()),
                        CitationGeneratedContent::Unknown(_) => None,
                    })
                    .collect(),
            )),
            _ => None,
        }
    }
}

/// What a message can be made of: a text, one part, or several parts.
pub trait IntoContent {
    /// The parts.
    fn into_content(self) -> Vec<ContentBlock>;
}

impl<T: Into<ContentBlock>> IntoContent for T {
    fn into_content(self) -> Vec<ContentBlock> {
        vec![self.into()]
    }
}

#[codegen_at_use]
impl IntoContent for Vec<ContentBlock> {
    fn into_content(self) -> Vec<ContentBlock> {
        self
    }
}

impl<const N: usize> IntoContent for [ContentBlock; N] {
    fn into_content(self) -> Vec<ContentBlock> {
        self.into()
    }
}

/// A message of the user's.
#[codegen_at_use]
impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::user(text)
    }
}

/// A message of the user's.
#[codegen_at_use]
impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::user(text)
    }
}

#[codegen_at_use]
impl From<&str> for ContentBlock {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

#[codegen_at_use]
impl From<&String> for ContentBlock {
    fn from(text: &String) -> Self {
        Self::text(text)
    }
}

#[codegen_at_use]
impl From<String> for ContentBlock {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

macro_rules! block_from {
    ($($variant:ident($ty:ty)),* $(,)?) => {$(
        impl From<$ty> for ContentBlock {
            fn from(block: $ty) -> Self {
                Self::$variant(block)
            }
        }
    )*};
}

block_from!(
    Image(ImageBlock),
    Document(DocumentBlock),
    Video(VideoBlock),
    Audio(AudioBlock),
    ToolUse(ToolUseBlock),
    ToolResult(ToolResultBlock),
    GuardContent(GuardrailConverseContentBlock),
    CachePoint(CachePointBlock),
    ReasoningContent(ReasoningContentBlock),
    CitationsContent(CitationsContentBlock),
    SearchResult(SearchResultBlock),
    ToolAddition(ToolAdditionBlock),
    ToolRemoval(ToolRemovalBlock),
);

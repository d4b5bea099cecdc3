//! Families of models: which provider's names belong to which, and the formats that each speaks.
//! Not for: reading an id; see `mod.rs`.

/// A family of models: those that take and give the same bodies on InvokeModel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// The first Claudes: a prompt in, a completion out.
    ClaudeText,
    /// Claude 2, which takes both its old format and Messages.
    ClaudeTextOrMessages,
    /// Claude, from 3 on.
    ClaudeMessages,
    /// Amazon's speech models, on the bidirectional stream.
    NovaSonic,
    /// Amazon's picture models.
    AmazonImage,
    /// Models that make films, asynchronously.
    AsyncVideo,
    /// Amazon Nova's embeddings.
    NovaEmbeddings,
    /// Amazon Nova.
    Nova,
    /// Amazon Titan's embeddings of pictures and text.
    TitanEmbeddingsMultimodal,
    /// Amazon Titan's embeddings of text, second version.
    TitanEmbeddingsV2,
    /// Amazon Titan's embeddings of text, first version.
    TitanEmbeddingsV1,
    /// Amazon Titan Text.
    TitanText,
    /// Models that rank documents.
    Rerank,
    /// AI21's Jurassic-2.
    Jurassic2,
    /// AI21's Jamba.
    Jamba,
    /// Cohere's Command R.
    CommandR,
    /// Cohere's Command.
    Command,
    /// Cohere's embeddings.
    CohereEmbeddings,
    /// Meta's Llama.
    Llama,
    /// Mistral's first models, of which some take both a prompt and messages.
    MistralTextOrChat,
    /// Mistral's later models.
    MistralChat,
    /// DeepSeek R1.
    DeepSeekR1,
    /// Models that speak as OpenAI's Chat Completions do.
    OpenAiLike,
    /// Writer's Palmyra: as OpenAI's, with an end marker of its own.
    Writer,
    /// TwelveLabs' Pegasus, which answers questions about films.
    Pegasus,
    /// TwelveLabs' Marengo, which embeds films.
    Marengo,
    /// Stability's SDXL.
    StableDiffusionXl,
    /// Stability's later picture models.
    StabilityImage,
    /// The id does not say.
    Unknown,
}

impl Family {
    /// By the provider's name and by what follows it, both in small letters.
    pub(super) fn of(provider: &str, rest: &str) -> Self {
        let row = FAMILIES.iter().find(|(of, pattern, _)| *of == provider && matches(pattern, rest));
        row.map_or(Self::Unknown, |(_, _, family)| *family)
    }

    /// The format the family speaks on InvokeModel, by its name in [`FORMAT_NAMES`](super::FORMAT_NAMES). `None` where the id alone does not
    /// decide it, and for models that do not generate text.
    #[must_use]
    pub fn format(self) -> Option<&'static str> {
        match self.formats() {
            [format] => Some(format),
            _ => None,
        }
    }

    /// The formats the family may speak on InvokeModel, the likeliest first. Where there is more than one, the request
    /// decides, and the first chunk of the answer shows it.
    #[must_use]
    pub fn formats(self) -> &'static [&'static str] {
        match self {
            Self::ClaudeText => &["anthropic-text"],
            Self::ClaudeTextOrMessages => &["anthropic", "anthropic-text"],
            Self::ClaudeMessages => &["anthropic"],
            Self::Nova => &["nova"],
            Self::TitanText => &["titan"],
            Self::Jurassic2 => &["ai21-j2"],
            Self::Jamba => &["ai21-jamba"],
            Self::CommandR => &["cohere-command-r"],
            Self::Command => &["cohere-command"],
            Self::Llama => &["llama"],
            Self::MistralTextOrChat => &["mistral-text", "mistral-chat"],
            // Later models write OpenAI's keys: the chunk decides. Which of them do is not
            // recorded.
            Self::MistralChat => &["mistral-chat", "openai-chat"],
            Self::DeepSeekR1 => &["deepseek"],
            Self::OpenAiLike | Self::Writer => &["openai-chat"],
            Self::Pegasus => &["pegasus"],
            _ => &[],
        }
    }
}

/// Provider, pattern of what follows it (`*` stands for anything), family. The first row that fits counts.
pub(super) const FAMILIES: &[(&str, &str, Family)] = &[
    // Within a provider the more particular first: `nova-*` has its speech, pictures and embeddings
    // before it, and last comes what fits all.
    ("anthropic", "claude-v1*", Family::ClaudeText),
    ("anthropic", "claude-instant-v1*", Family::ClaudeText),
    ("anthropic", "claude-v2*", Family::ClaudeTextOrMessages),
    ("anthropic", "*", Family::ClaudeMessages),
    ("amazon", "nova-*sonic*", Family::NovaSonic),
    ("amazon", "nova-canvas*", Family::AmazonImage),
    ("amazon", "titan-image*", Family::AmazonImage),
    ("amazon", "nova-reel*", Family::AsyncVideo),
    ("amazon", "nova-*embed*", Family::NovaEmbeddings),
    ("amazon", "nova-*", Family::Nova),
    ("amazon", "titan-embed-image*", Family::TitanEmbeddingsMultimodal),
    ("amazon", "titan-embed-text-v2*", Family::TitanEmbeddingsV2),
    ("amazon", "titan-embed*", Family::TitanEmbeddingsV1),
    ("amazon", "titan-t*", Family::TitanText),
    ("amazon", "rerank*", Family::Rerank),
    ("ai21", "j2*", Family::Jurassic2),
    ("ai21", "jamba*", Family::Jamba),
    ("cohere", "rerank*", Family::Rerank),
    ("cohere", "command-r*", Family::CommandR),
    ("cohere", "command*", Family::Command),
    ("cohere", "embed*", Family::CohereEmbeddings),
    ("meta", "llama*", Family::Llama),
    ("mistral", "mistral-7b*", Family::MistralTextOrChat),
    ("mistral", "mixtral*", Family::MistralTextOrChat),
    ("mistral", "mistral-small-2402*", Family::MistralTextOrChat),
    ("mistral", "mistral-large-240*", Family::MistralTextOrChat),
    ("mistral", "*", Family::MistralChat),
    ("deepseek", "r1*", Family::DeepSeekR1),
    ("deepseek", "*", Family::OpenAiLike),
    ("google", "*", Family::OpenAiLike),
    ("minimax", "*", Family::OpenAiLike),
    ("moonshot", "*", Family::OpenAiLike),
    ("moonshotai", "*", Family::OpenAiLike),
    ("nvidia", "*", Family::OpenAiLike),
    ("openai", "*", Family::OpenAiLike),
    ("qwen", "*", Family::OpenAiLike),
    ("xai", "*", Family::OpenAiLike),
    ("zai", "*", Family::OpenAiLike),
    ("writer", "*", Family::Writer),
    ("twelvelabs", "pegasus*", Family::Pegasus),
    ("twelvelabs", "marengo*", Family::Marengo),
    ("stability", "stable-diffusion-xl*", Family::StableDiffusionXl),
    ("stability", "*", Family::StabilityImage),
    ("luma", "*", Family::AsyncVideo),
];

pub(super) fn is_provider(name: &str) -> bool {
    FAMILIES.iter().any(|(provider, _, _)| provider.eq_ignore_ascii_case(name))
}

/// Whether `text` fits `pattern`, where each `*` stands for anything.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(head) else { return false };
    let mut pieces = tail.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return left.ends_with(piece);
        }
        let Some(at) = left.find(piece) else { return false };
        left = &left[at + piece.len()..];
    }
    true
}

//! Model ids and ARNs: whose model it is, which one, and which format it speaks on InvokeModel.
//!
//! For: reading what the caller wrote. Every text can be read; what it does not tell is `None` or [`Family::Unknown`].
//! Not for: checking that a model exists or what it can do; only the service knows. An id's text is never changed.
//!
//! ```
//! use bedrock_formats::model_id::{Family, ModelId};
//!
//! let id = ModelId::parse("us.anthropic.claude-3-haiku-20240307-v1:0");
//! assert_eq!(id.region_prefix(), Some("us"));
//! assert_eq!((id.provider(), id.name(), id.version()), (Some("anthropic"), Some("claude-3-haiku-20240307"), Some("v1:0")));
//! assert_eq!(id.base(), Some("anthropic.claude-3-haiku-20240307-v1:0"));
//! assert_eq!(id.family(), Family::ClaudeMessages);
//! assert_eq!(id.family().format(), Some("anthropic"));
//!
//! let arn = ModelId::parse("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghijkl");
//! assert_eq!(arn.family(), Family::Unknown);
//! assert_eq!(arn.arn().unwrap().region, "us-east-1");
//! ```

use std::fmt;
use std::ops::Range;

/// The names of the formats, as `--format` and the registries know them.
pub const FORMAT_NAMES: &[&str] = &[
    "ai21-j2",
    "ai21-jamba",
    "anthropic",
    "anthropic-text",
    "cohere-command",
    "cohere-command-r",
    "converse",
    "deepseek",
    "llama",
    "mistral-chat",
    "mistral-text",
    "nova",
    "openai-chat",
    "openai-responses",
    "pegasus",
    "text-completion",
    "titan",
];

/// What may stand before the provider: the region or group of regions that an inference profile spreads over.
pub const REGION_PREFIXES: &[&str] = &["apac", "au", "ca", "eu", "global", "in", "jp", "us", "us-gov"];

wire_enum! {
    /// What an ARN names.
    pub enum ArnResource {
        /// A provider's model.
        "foundation-model" => FoundationModel,
        /// The service's own profile, which spreads a model over regions.
        "inference-profile" => InferenceProfile,
        /// A caller's profile. Its id tells nothing.
        "application-inference-profile" => ApplicationInferenceProfile,
        /// Provisioned throughput. Its id tells nothing.
        "provisioned-model" => ProvisionedModel,
        /// A model tuned from a provider's, whose id stands before its own.
        "custom-model" => CustomModel,
        /// A custom model that is served on demand. Its id tells nothing.
        "custom-model-deployment" => CustomModelDeployment,
        /// A model that the caller brought. Its id tells nothing.
        "imported-model" => ImportedModel,
        /// A stored prompt. Its id tells nothing.
        "prompt" => Prompt,
        /// A caller's router, which chooses among models. Its id tells nothing.
        "prompt-router" => PromptRouter,
        /// The service's own router. Its id tells nothing.
        "default-prompt-router" => DefaultPromptRouter,
        /// A SageMaker endpoint. Its name tells nothing.
        "endpoint" => Endpoint,
    }
}

/// The parts of an ARN.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// `bedrock`, or `sagemaker` for an endpoint.
    pub service: String,
    /// The region.
    pub region: String,
    /// The account, 12 digits; empty for a provider's model.
    pub account: String,
    /// What the ARN names.
    pub resource: ArnResource,
    /// Its id, with all that follows it.
    pub resource_id: String,
}

/// A model's id or ARN, read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId {
    text: String,
    arn: Option<Arn>,
    model: Option<Model>,
}

/// Where the parts of `[prefix.]provider.name[-version][:context]` stand in the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Model {
    prefix: Option<Range<usize>>,
    provider: Range<usize>,
    /// All that follows the provider's dot.
    rest: Range<usize>,
    name: Range<usize>,
    version: Option<Range<usize>>,
    context: Option<Range<usize>>,
}

impl ModelId {
    /// Reads an id or ARN. It never fails.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let arn = parse_arn(text);
        let model = match &arn {
            None => {
                // The id of a custom model stands behind the id of the model it was tuned from.
                let end = text.find('/').unwrap_or(text.len());
                parse_model(text, 0..end)
            }
            Some(arn) => {
                let start = text.len() - arn.resource_id.len();
                match arn.resource {
                    ArnResource::FoundationModel | ArnResource::InferenceProfile => {
                        let last = arn.resource_id.rfind('/').map_or(0, |slash| slash + 1);
                        parse_model(text, start + last..text.len())
                    }
                    ArnResource::CustomModel => {
                        let end = arn.resource_id.find('/').unwrap_or(arn.resource_id.len());
                        parse_model(text, start..start + end)
                    }
                    _ => None,
                }
            }
        };
        Self { text: text.to_owned(), arn, model }
    }

    /// The text, as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parts of the ARN, if it is one.
    #[must_use]
    pub fn arn(&self) -> Option<&Arn> {
        self.arn.as_ref()
    }

    /// What stands before the provider: `us`, `global`, …
    #[must_use]
    pub fn region_prefix(&self) -> Option<&str> {
        self.part(|model| model.prefix.as_ref())
    }

    /// Whose model it is: `anthropic`, `amazon`, `meta`, …
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.part(|model| Some(&model.provider))
    }

    /// The model's name without version and context: `claude-3-haiku-20240307`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.part(|model| Some(&model.name))
    }

    /// The version at the end of the id: `v1:0`, `v2`, `1:0`. Newer ids have none.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.part(|model| model.version.as_ref())
    }

    /// The context variant that provisioned throughput is bought for: `51k`.
    #[must_use]
    pub fn context(&self) -> Option<&str> {
        self.part(|model| model.context.as_ref())
    }

    /// The provider's own id of the model, without ARN and region prefix. CountTokens wants it.
    #[must_use]
    pub fn base(&self) -> Option<&str> {
        let model = self.model.as_ref()?;
        self.text.get(model.provider.start..model.rest.end)
    }

    /// Whether the text tells nothing about the model behind it, so that its family must be asked of the service, told
    /// by the caller or read off the answer.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.model.is_none()
    }

    /// Which family of models it belongs to.
    #[must_use]
    pub fn family(&self) -> Family {
        let Some(model) = &self.model else { return Family::Unknown };
        let provider = self.text[model.provider.clone()].to_ascii_lowercase();
        let rest = self.text[model.rest.clone()].to_ascii_lowercase();
        let row = FAMILIES.iter().find(|(of, pattern, _)| *of == provider && matches(pattern, &rest));
        row.map_or(Family::Unknown, |(_, _, family)| *family)
    }

    /// The ARN of a provider's model in a region, made of its bare id; some operations take nothing else. `None` for what is
    /// an ARN already, and for an id with a region before it, whose ARN has an account in it.
    ///
    /// ```
    /// use bedrock_formats::model_id::ModelId;
    ///
    /// let id = ModelId::parse("cohere.rerank-v3-5:0");
    /// assert_eq!(
    ///     id.foundation_model_arn("us-gov-west-1").as_deref(),
    ///     Some("arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/cohere.rerank-v3-5:0"),
    /// );
    /// assert_eq!(ModelId::parse("us.cohere.rerank-v3-5:0").foundation_model_arn("us-east-1"), None);
    /// ```
    #[must_use]
    pub fn foundation_model_arn(&self, region: &str) -> Option<String> {
        let model = self.model.as_ref().filter(|model| model.prefix.is_none() && self.arn.is_none())?;
        let id = self.text.get(model.provider.start..model.rest.end)?;
        Some(format!("arn:{}:bedrock:{region}::foundation-model/{id}", partition(region)))
    }

    /// Whether the id may stand in a URL's path. An id that is empty, longer than 2048 bytes or that a server could take
    /// for a step in the path (`.`, `..`, also with `;` and more behind it) may not.
    #[must_use]
    pub fn is_safe_in_path(&self) -> bool {
        let step = self.text.split(';').next().unwrap_or_default();
        !matches!(step, "" | "." | "..") && self.text.len() <= 2048
    }

    fn part(&self, range: impl Fn(&Model) -> Option<&Range<usize>>) -> Option<&str> {
        self.text.get(range(self.model.as_ref()?)?.clone())
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&str> for ModelId {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl From<String> for ModelId {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

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
    /// The id does not tell.
    Unknown,
}

impl Family {
    /// The format the family speaks on InvokeModel, by its name in [`FORMAT_NAMES`]. `None` where the id alone does not
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
            Self::MistralChat => &["mistral-chat", "openai-chat"],
            Self::DeepSeekR1 => &["deepseek"],
            Self::OpenAiLike | Self::Writer => &["openai-chat"],
            Self::Pegasus => &["pegasus"],
            _ => &[],
        }
    }
}

/// Provider, pattern of what follows it (`*` stands for anything), family. The first row that fits counts.
const FAMILIES: &[(&str, &str, Family)] = &[
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

/// What the regions of a partition begin with, and its name in ARNs. The first row that fits counts.
const PARTITIONS: &[(&str, &str)] = &[
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
];

fn partition(region: &str) -> &'static str {
    let row = PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix));
    row.map_or("aws", |(_, name)| name)
}

/// `arn:partition:service:region:account:type/id`; `None` for what is not of that form.
fn parse_arn(text: &str) -> Option<Arn> {
    let mut parts = text.splitn(6, ':');
    if !parts.next()?.eq_ignore_ascii_case("arn") {
        return None;
    }
    let [partition, service, region, account, resource] = [(); 5].map(|()| parts.next());
    let (kind, id) = resource?.split_once('/')?;
    Some(Arn {
        partition: partition?.to_owned(),
        service: service?.to_owned(),
        region: region?.to_owned(),
        account: account?.to_owned(),
        resource: ArnResource::from(kind),
        resource_id: id.to_owned(),
    })
}

/// `[prefix.]provider.name[-version][:context]` in this range of the text.
fn parse_model(text: &str, range: Range<usize>) -> Option<Model> {
    let id = &text[range.clone()];
    let (first, after) = id.split_once('.')?;
    // A prefix is only one if a provider and a name are left: names hold dots too.
    let prefix = after.split_once('.').is_some_and(|(second, _)| {
        is_one_of(REGION_PREFIXES, first) || (!is_provider(first) && is_provider(second))
    });
    let provider_at = range.start + if prefix { first.len() + 1 } else { 0 };
    let provider = text[provider_at..range.end].split('.').next().unwrap_or_default();
    let rest = provider_at + provider.len() + 1..range.end;
    if provider.is_empty() || rest.is_empty() {
        return None;
    }
    let (name, version, context) = parse_name(text, rest.clone());
    Some(Model {
        prefix: prefix.then(|| range.start..range.start + first.len()),
        provider: provider_at..provider_at + provider.len(),
        rest,
        name,
        version,
        context,
    })
}

type Found = Range<usize>;

/// Splits `name[-v1][:0][:51k]` into name, version and context.
fn parse_name(text: &str, rest: Found) -> (Found, Option<Found>, Option<Found>) {
    let colon = text[rest.clone()].find(':').map_or(rest.end, |at| rest.start + at);
    let (mut minor_end, mut context, mut at) = (None, None, colon);
    while at < rest.end {
        let part = at + 1..text[at + 1..rest.end].find(':').map_or(rest.end, |next| at + 1 + next);
        if is_number(&text[part.clone()]) {
            minor_end = Some(part.end);
        } else {
            context = Some(part.clone());
        }
        at = part.end;
    }
    let base = &text[rest.start..colon];
    let is_version = |tail: &str| tail.split(['-', '.']).all(is_number);
    let major = match base.rfind("-v").filter(|at| is_version(&base[at + 2..])) {
        Some(at) => Some(at),
        // `gpt-oss-20b-1:0`: a number alone is a version only if a minor one follows.
        None => base.rfind('-').filter(|at| minor_end.is_some() && is_number(&base[at + 1..])),
    };
    let version = major.map(|at| rest.start + at + 1..minor_end.unwrap_or(colon));
    let name = rest.start..major.map_or(colon, |at| rest.start + at);
    (name, version, context)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_provider(name: &str) -> bool {
    FAMILIES.iter().any(|(provider, _, _)| provider.eq_ignore_ascii_case(name))
}

/// Whether `text` is what `pattern` says, whose `*` each stand for anything.
fn matches(pattern: &str, text: &str) -> bool {
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

#[cfg(test)]
mod tests;

//! Model ids and ARNs: the provider, the model, and which format it speaks on InvokeModel.
//!
//! For: reading what the caller wrote. Every text can be read; what it does not say is `None` or [`Family::Unknown`].
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

mod family;

use std::fmt;
use std::ops::Range;

pub use family::Family;
use family::is_provider;

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
        /// A caller's profile. Its id says nothing about the model.
        "application-inference-profile" => ApplicationInferenceProfile,
        /// Provisioned throughput. Its id says nothing about the model.
        "provisioned-model" => ProvisionedModel,
        /// A model tuned from a provider's, whose id stands before its own.
        "custom-model" => CustomModel,
        /// A custom model that is served on demand. Its id says nothing about the model.
        "custom-model-deployment" => CustomModelDeployment,
        /// A model that the caller brought. Its id says nothing about the model.
        "imported-model" => ImportedModel,
        /// A stored prompt. Its id says nothing about the model.
        "prompt" => Prompt,
        /// A caller's router, which chooses among models. Its id says nothing about the model.
        "prompt-router" => PromptRouter,
        /// The service's own router. Its id says nothing about the model.
        "default-prompt-router" => DefaultPromptRouter,
        /// A SageMaker endpoint. Its name says nothing about the model.
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

    /// Whether the text says nothing about the model behind it, so that its family must be asked of the service, given by
    /// the caller or read off the answer.
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
        Family::of(&provider, &rest)
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
        // 2048 is the service model's most. Some servers drop what stands behind a `;`.
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

/// What the regions of a partition begin with, and its name in ARNs. The first row that fits counts.
const PARTITIONS: &[(&str, &str)] = &[
    // The partitions of the rules for endpoints in AWS's SDKs.
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
        // New prefixes appear: an unknown one counts before a provider that is known.
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

#[cfg(test)]
mod tests;

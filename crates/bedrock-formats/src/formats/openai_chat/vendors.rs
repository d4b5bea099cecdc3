//! The vendors whose models speak Chat Completions, and where they differ.
//! Not for: their shapes, which are the same.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;

/// A vendor's models that speak Chat Completions on Bedrock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vendor {
    /// The vendor's name.
    pub name: &'static str,
    /// What the model's id contains, after its region prefix: `provider.family`.
    pub model_id: &'static str,
    /// What the model's name in the answer contains.
    pub model_name: &'static str,
    /// Whether reasoning stands in the text, between `<reasoning>` and `</reasoning>` at its start.
    pub inline_reasoning: bool,
    /// Whether a stream of InvokeModel ends with a chunk that is the text `[DONE]`.
    pub done_chunk: bool,
}

#[codegen_at_use]
const fn row(name: &'static str, model_id: &'static str, model_name: &'static str) -> Vendor {
    Vendor { name, model_id, model_name, inline_reasoning: false, done_chunk: false }
}

/// All vendors known here, sorted by `model_id`; of several that fit a model, the longest counts.
pub const VENDORS: &[Vendor] = &[
    row("DeepSeek", "deepseek.", "deepseek"),
    row("Google", "google.gemma", "gemma"),
    row("MiniMax", "minimax.", "minimax"),
    // Not recorded: another client reads it so from InvokeModel.
    Vendor { inline_reasoning: true, ..row("Moonshot", "moonshot.kimi-k2-thinking", "kimi-k2-thinking") },
    row("Moonshot", "moonshot", "kimi"),
    row("NVIDIA", "nvidia.nemotron", "nemotron"),
    // amazon_bedrock.openai_gpt_oss_20b_1_0.* and ..._120b_1_0.*.
    Vendor { inline_reasoning: true, ..row("OpenAI", "openai.gpt-oss", "gpt-oss") },
    row("OpenAI", "openai.", "gpt-"),
    row("Qwen", "qwen.", "qwen"),
    // Not recorded: one client saw the text at the end of a stream.
    Vendor { done_chunk: true, ..row("Writer", "writer.palmyra", "palmyra") },
    row("xAI", "xai.", "grok"),
    row("Z.AI", "zai.", "glm"),
];

#[codegen_at_use]
impl Vendor {
    /// The vendor of a model, by its id on Bedrock or by the name in its answer.
    ///
    /// ```
    /// use bedrock_formats::openai_chat::Vendor;
    ///
    /// assert!(Vendor::of_model("us.openai.gpt-oss-120b-1:0").is_some_and(|vendor| vendor.inline_reasoning));
    /// assert!(Vendor::of_model("us.openai.gpt-6-astra").is_some_and(|vendor| !vendor.inline_reasoning));
    /// assert_eq!(Vendor::of_model("anthropic.claude-3"), None);
    /// ```
    #[must_use]
    pub fn of_model(model: &str) -> Option<&'static Self> {
        let model = model.to_ascii_lowercase();
        let fits = |vendor: &&Self| model.contains(vendor.model_id) || model.contains(vendor.model_name);
        VENDORS.iter().filter(fits).max_by_key(|vendor| vendor.model_name.len())
    }
}

/// The tag before inline reasoning.
pub const REASONING_OPEN: &str = "<reasoning>";
/// The tag after it.
pub const REASONING_CLOSE: &str = "</reasoning>";

/// Splits reasoning off the text it stands in: for models whose [`Vendor`] says so, and no others, because any other may
/// begin its answer with the same tag and mean it.
///
/// A streamed answer has a pair of tags around each piece of reasoning, so one pair may follow another. Reasoning that was
/// cut off has no end; all of the text is then reasoning.
///
/// ```
/// use bedrock_formats::openai_chat::split_reasoning;
///
/// let split = |text| {
///     let (reasoning, answer) = split_reasoning(text);
///     (reasoning.map(String::from), answer)
/// };
/// assert_eq!(split("<reasoning>Why.</reasoning>\n\nYes."), (Some("Why.".to_owned()), "Yes."));
/// assert_eq!(split("<reasoning>Wh</reasoning><reasoning>y.</reasoning>Yes."), (Some("Why.".to_owned()), "Yes."));
/// assert_eq!(split("<reasoning>Wh"), (Some("Wh".to_owned()), ""));
/// assert_eq!(split("Yes."), (None, "Yes."));
/// ```
#[must_use]
#[codegen_at_use]
pub fn split_reasoning(text: &str) -> (Option<Cow<'_, str>>, &str) {
    let mut reasoning: Option<Cow<'_, str>> = None;
    let mut rest = text;
    while let Some(inside) = rest.strip_prefix(REASONING_OPEN) {
        let (piece, after) = inside.split_once(REASONING_CLOSE).unwrap_or((inside, ""));
        reasoning = Some(match reasoning {
            None => Cow::Borrowed(piece),
            Some(earlier) => earlier + piece,
        });
        rest = after.trim_start();
    }
    (reasoning, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_its_rows_find_themselves() {
        for pair in VENDORS.windows(2) {
            let key =
                |vendor: &Vendor| (vendor.name.to_ascii_lowercase(), vendor.model_id.starts_with("openai."));
            assert!(key(&pair[0]) <= key(&pair[1]), "{} before {}", pair[0].name, pair[1].name);
        }
        for (model, name, inline, done) in [
            ("openai.gpt-oss-20b-1:0", "OpenAI", true, false),
            ("gpt-oss-120b", "OpenAI", true, false),
            ("gpt-4o", "OpenAI", false, false),
            ("moonshot.kimi-k2-thinking", "Moonshot", true, false),
            ("global.moonshotai.kimi-k3", "Moonshot", false, false),
            ("us.writer.palmyra-x5-v1:0", "Writer", false, true),
            ("zai.glm-5.3", "Z.AI", false, false),
            ("Qwen3-32B", "Qwen", false, false),
        ] {
            let vendor = Vendor::of_model(model).unwrap_or_else(|| panic!("{model}"));
            assert_eq!(
                (vendor.name, vendor.inline_reasoning, vendor.done_chunk),
                (name, inline, done),
                "{model}"
            );
        }
    }
}

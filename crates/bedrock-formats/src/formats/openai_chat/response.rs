//! The complete answer of Chat Completions.
//! Not for: the chunks that it is streamed in; see `chunk`.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::bedrock_struct;
use crate::reply::{self, Block, Citation, Reply, ToReply, call_ids, tool_input};
use crate::wire::{Extra, Num, TextOr};

use super::{
    Annotation, ChatCompletionMessage, ContentPart, ReasoningDetail, ToolCall, Vendor, split_reasoning,
};

bedrock_struct! {
    /// The complete answer: one choice for each of the `n` answers asked for.
    pub struct ChatCompletion {
        /// The answer's id.
        "id" id: Option<String>,
        /// `chat.completion`.
        "object" object: Option<String>,
        /// When the answer was begun: seconds since 1970.
        "created" created: Option<Num>,
        /// The model.
        "model" model: Option<String>,
        /// The answers.
        "choices" choices: Vec<Choice>,
        /// Token counts.
        "usage" usage: Option<CompletionUsage>,
        /// The tier that served the request.
        "service_tier" service_tier: Option<String>,
        /// The build that served it.
        "system_fingerprint" system_fingerprint: Option<String>,
        /// What was kept with it.
        "metadata" metadata: Option<Value>,
    }
}

wire_struct! {
    /// One answer.
    pub struct Choice {
        /// Which one.
        "index" index: Option<u64>,
        /// What the model said.
        "message" message: ChatCompletionMessage,
        /// Why it stopped.
        "finish_reason" finish_reason: Option<FinishReason>,
        /// How likely the tokens were.
        "logprobs" logprobs: Option<Logprobs>,
        /// The stop sequence or the number of the token that ended the answer (vLLM).
        "stop_reason" stop_reason: Option<Value>,
    }

    /// How likely the tokens were.
    pub struct Logprobs {
        /// Those of the content.
        "content" content: Option<Vec<TokenLogprob>>,
        /// Those of the refusal.
        "refusal" refusal: Option<Vec<TokenLogprob>>,
    }

    /// How likely one token was.
    pub struct TokenLogprob {
        /// The token.
        "token" token: String,
        /// The natural logarithm of its likelihood.
        "logprob" logprob: Option<f64>,
        /// Its bytes, where it is a part of a character.
        "bytes" bytes: Option<Vec<u32>>,
        /// The likeliest tokens in its place.
        "top_logprobs" top_logprobs: Option<Vec<TokenLogprob>>,
    }

    /// Token counts.
    pub struct CompletionUsage {
        /// Tokens of the prompt, cached ones included.
        "prompt_tokens" prompt_tokens: Option<u64>,
        /// Tokens generated, reasoning included.
        "completion_tokens" completion_tokens: Option<u64>,
        /// Both together.
        "total_tokens" total_tokens: Option<u64>,
        /// What the prompt was.
        "prompt_tokens_details" prompt_tokens_details: Option<PromptTokensDetails>,
        /// What the answer was.
        "completion_tokens_details" completion_tokens_details: Option<CompletionTokensDetails>,
    }

    /// What the prompt was.
    pub struct PromptTokensDetails {
        /// Tokens read from the cache.
        "cached_tokens" cached_tokens: Option<u64>,
        /// Tokens written to the cache.
        "cache_write_tokens" cache_write_tokens: Option<u64>,
        /// Tokens of sound.
        "audio_tokens" audio_tokens: Option<u64>,
    }

    /// What the answer was.
    pub struct CompletionTokensDetails {
        /// Tokens of reasoning.
        "reasoning_tokens" reasoning_tokens: Option<u64>,
        /// Tokens of sound.
        "audio_tokens" audio_tokens: Option<u64>,
        /// Tokens of the prediction that came true.
        "accepted_prediction_tokens" accepted_prediction_tokens: Option<u64>,
        /// Tokens of the prediction that did not.
        "rejected_prediction_tokens" rejected_prediction_tokens: Option<u64>,
    }

    /// OpenAI's error.
    pub struct ErrorObject {
        /// The text for people.
        "message" message: String,
        /// Its type.
        "type" kind: Option<String>,
        /// The parameter at fault.
        "param" param: Option<String>,
        /// Its code: a name, or with some servers a number.
        "code" code: Option<Value>,
    }

    /// The body of a refused request.
    pub struct ErrorResponse {
        /// Why.
        "error" error: ErrorObject,
    }
}

wire_enum! {
    // The first three are recorded, of all vendors. The others are by OpenAI's SDK.
    /// Why the model stopped.
    pub enum FinishReason {
        /// It had finished, or one of the stop sequences was generated.
        "stop" => Stop,
        /// The limit of tokens was reached.
        "length" => Length,
        /// It waits for the results of tools.
        "tool_calls" => ToolCalls,
        /// Content was withheld.
        "content_filter" => ContentFilter,
        /// It waits for the result of a function, in the older way.
        "function_call" => FunctionCall,
    }
}

#[codegen_at_use]
impl FinishReason {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            Self::Stop => reply::StopReason::EndTurn,
            Self::Length => reply::StopReason::MaxTokens,
            Self::ToolCalls | Self::FunctionCall => reply::StopReason::ToolUse,
            Self::ContentFilter => reply::StopReason::ContentFiltered,
            // Mistral's word for a context window that is full of what was generated.
            Self::Other(word) if word == "model_length" => reply::StopReason::MaxTokens,
            Self::Other(word) => reply::StopReason::from(word.as_str()),
        }
    }
}

#[codegen_at_use]
impl CompletionUsage {
    /// The counts that Groq's stream has under a key of its own, `x_groq`, among what a chunk or a completion has beside its own
    /// keys.
    #[must_use]
    pub fn of_groq(extra: &Extra) -> Option<Self> {
        let usage = extra.get("x_groq")?.get("usage").filter(|usage| usage.is_object())?;
        serde_json::from_value(usage.clone()).ok()
    }

    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::Usage {
        let prompt = self.prompt_tokens_details.as_ref();
        let completion = self.completion_tokens_details.as_ref();
        let read = prompt.and_then(|details| details.cached_tokens);
        let written = prompt.and_then(|details| details.cache_write_tokens);
        reply::Usage {
            input_tokens: reply::Usage::without_cached(self.prompt_tokens, read, written),
            output_tokens: self.completion_tokens,
            total_tokens: self.total_tokens,
            cache_read_input_tokens: read,
            cache_write_input_tokens: written,
            reasoning_tokens: completion.and_then(|details| details.reasoning_tokens),
        }
    }
}

/// The reply is the first choice; [`Choice::to_reply`] gives the others.
#[codegen_at_use]
impl ToReply for ChatCompletion {
    fn to_reply(&self) -> Reply {
        self.to_reply_of(None)
    }

    /// The model that was called decides whether reasoning stands inside the text; where its id names no vendor, the name in
    /// the answer does.
    fn to_reply_of(&self, model_id: Option<&str>) -> Reply {
        // The ARN of a profile says nothing of the vendor; the name in the answer may.
        let model = model_id.filter(|id| Vendor::of_model(id).is_some()).or(self.model.as_deref());
        let first = reply::first_choice(&self.choices, |choice| choice.index);
        let mut reply = first.map(|choice| choice.to_reply(model)).unwrap_or_default();
        reply.model.clone_from(&self.model);
        reply.id = self.id.clone();
        reply.usage = self
            .usage
            .clone()
            .or_else(|| CompletionUsage::of_groq(&self.extra))
            .and_then(|usage| usage.to_reply().some());
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}

#[codegen_at_use]
impl Choice {
    /// This choice in the common vocabulary; the model's name says whether reasoning stands inside its text.
    #[must_use]
    pub fn to_reply(&self, model: Option<&str>) -> Reply {
        let mut reply = Reply {
            role: Some(self.message.role.as_str().to_owned()).filter(|role| !role.is_empty()),
            model: model.map(str::to_owned),
            content: self.message.to_blocks(model),
            stop_reason: self.finish_reason.as_ref().map(FinishReason::to_reply),
            native_stop_reason: self.finish_reason.as_ref().map(|reason| reason.as_str().to_owned()),
            ..Reply::default()
        };
        // vLLM's member: a text is the stop sequence, a number the token of the end.
        if let (Some(FinishReason::Stop), Some(Value::String(sequence))) =
            (&self.finish_reason, &self.stop_reason)
        {
            reply.stop_reason = Some(reply::StopReason::StopSequence);
            reply.stop_sequence = Some(sequence.clone());
        }
        reply
    }
}

#[codegen_at_use]
impl ChatCompletionMessage {
    /// The message in blocks: reasoning, text (a refusal is text too), calls of tools.
    #[must_use]
    pub fn to_blocks(&self, model: Option<&str>) -> Vec<Block> {
        let mut blocks = self.reasoning_blocks();
        let inline = model.and_then(Vendor::of_model).is_some_and(|vendor| vendor.inline_reasoning);
        match &self.content {
            Some(TextOr::Text(text)) => {
                let text = if inline { split_off(text, &mut blocks) } else { text.as_str() };
                if !text.is_empty() {
                    blocks.push(Block::Text { text: text.to_owned(), citations: self.citations() });
                }
            }
            // Reasoning stands where the content begins, as it does in a text.
            Some(TextOr::Other(parts)) => match parts.split_first() {
                Some((ContentPart::Text(first), rest)) if inline => {
                    let text = split_off(&first.text, &mut blocks);
                    blocks.extend(Some(text).filter(|text| !text.is_empty()).map(Block::text));
                    blocks.extend(rest.iter().map(part));
                }
                _ => blocks.extend(parts.iter().map(part)),
            },
            None => {}
        }
        if let Some(refusal) = self.refusal.as_ref().filter(|refusal| !refusal.is_empty()) {
            blocks.push(Block::text(refusal));
        }
        let ids = call_ids(self.tool_calls.iter().flatten().map(|call| call.id.as_deref()));
        blocks.extend(
            self.tool_calls.iter().flatten().zip(ids).map(|(call, id)| tool_use(id.into_owned(), call)),
        );
        if let Some(call) = &self.function_call {
            blocks.push(tool_use("call_0".to_owned(), &ToolCall::default().function(call.clone())));
        }
        if let Some(audio) = &self.audio {
            blocks.push(Block::other(&serde_json::json!({"type": "audio", "audio": audio})));
        }
        blocks
    }

    /// The reasoning: the parts say more than the text beside them, where they hold signatures or encrypted reasoning.
    fn reasoning_blocks(&self) -> Vec<Block> {
        let details = self.reasoning_details.as_deref().unwrap_or_default();
        let mut blocks = Vec::new();
        let mut names = [&self.reasoning_content, &self.reasoning].into_iter().flatten();
        let text = names.find(|text| !text.is_empty());
        let signature = details.iter().rev().find_map(|detail| match detail {
            ReasoningDetail::Text(text) => text.signature.clone().filter(|signature| !signature.is_empty()),
            _ => None,
        });
        let detailed: String = details
            .iter()
            .filter_map(|detail| match detail {
                ReasoningDetail::Text(text) => text.text.as_deref(),
                ReasoningDetail::Summary(summary) => summary.summary.as_deref(),
                _ => None,
            })
            .collect();
        // OpenRouter sends the same text as `reasoning` and in the details: it is taken once.
        let text = text.cloned().or(Some(detailed).filter(|text| !text.is_empty()));
        if text.is_some() || signature.is_some() {
            blocks.push(Block::Thinking { text: text.unwrap_or_default(), signature });
        }
        blocks.extend(details.iter().filter_map(|detail| match detail {
            ReasoningDetail::Encrypted(encrypted) => {
                Some(Block::RedactedThinking { data: encrypted.data.clone().unwrap_or_default() })
            }
            _ => None,
        }));
        blocks
    }

    fn citations(&self) -> Vec<Citation> {
        let annotations = self.annotations.iter().flatten();
        annotations
            .map(|annotation| {
                let mut citation = Citation::new(serde_json::to_value(annotation).unwrap_or(Value::Null));
                if let Annotation::UrlCitation(annotation) = annotation {
                    citation.title = annotation.url_citation.title.clone();
                    citation.source = annotation.url_citation.url.clone();
                    citation.cited_text = annotation.url_citation.content.clone();
                }
                citation
            })
            .collect()
    }
}

/// Splits the reasoning off a text as a block of its own; gives the rest.
#[codegen_at_use]
fn split_off<'t>(text: &'t str, blocks: &mut Vec<Block>) -> &'t str {
    let (reasoning, text) = split_reasoning(text);
    blocks
        .extend(reasoning.map(|reasoning| Block::Thinking { text: reasoning.into_owned(), signature: None }));
    text
}

/// One part of the content in the common vocabulary.
#[codegen_at_use]
fn part(part: &ContentPart) -> Block {
    match part {
        ContentPart::Text(part) => Block::text(&part.text),
        ContentPart::Refusal(part) => Block::text(&part.refusal),
        ContentPart::Thinking(part) => {
            Block::Thinking { text: part.text(), signature: part.signature.clone() }
        }
        ContentPart::ImageUrl(part) => {
            let url = match &part.image_url {
                TextOr::Text(url) => url,
                TextOr::Other(image) => &image.url,
            };
            Block::Image { format: None, data: None, url: Some(url.clone()) }
        }
        other => Block::other(other),
    }
}

/// One call in the common vocabulary.
#[codegen_at_use]
fn tool_use(id: String, call: &ToolCall) -> Block {
    if let Some(custom) = &call.custom {
        let input = Value::String(custom.input.clone().unwrap_or_default());
        return Block::ToolUse(reply::ToolUse { id, name: custom.name.clone().unwrap_or_default(), input });
    }
    let function = call.function.as_ref();
    Block::ToolUse(reply::ToolUse {
        id,
        name: function.and_then(|function| function.name.clone()).unwrap_or_default(),
        input: tool_input(function.and_then(|function| function.arguments.as_deref()).unwrap_or_default()),
    })
}

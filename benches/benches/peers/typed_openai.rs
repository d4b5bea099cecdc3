//! The same for OpenAI's two formats: its chat, and its Responses.

use std::borrow::Cow;

use serde::Deserialize;

use super::typed::{Call, Text, Typed, inputs_of};

/// The first choice of a chat.
#[derive(Debug, Default)]
pub(crate) struct ChatMessage {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) tools: Vec<Call>,
    pub(crate) finish_reason: Option<String>,
    pub(crate) usage: ChatUsage,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ChatUsage {
    pub(crate) prompt_tokens: Option<u64>,
    pub(crate) completion_tokens: Option<u64>,
    pub(crate) total_tokens: Option<u64>,
}

impl Typed for ChatMessage {
    fn fold(&mut self, json: &[u8], on_event: &mut dyn FnMut(&str)) -> serde_json::Result<()> {
        let chunk: ChatChunk<'_> = serde_json::from_slice(json)?;
        if self.id.is_empty() {
            self.id = Text::owned(chunk.id).unwrap_or_default();
            self.model = Text::owned(chunk.model).unwrap_or_default();
        }
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            if let Some(piece) = choice.delta.content {
                on_event(&piece.0);
                self.text.push_str(&piece.0);
            }
            if let Some(piece) = choice.delta.reasoning_content.or(choice.delta.reasoning) {
                on_event(&piece.0);
                self.reasoning.push_str(&piece.0);
            }
            choice.delta.tool_calls.into_iter().flatten().for_each(|call| self.call(call, on_event));
            self.finish_reason = Text::owned(choice.finish_reason).or(self.finish_reason.take());
        }
        self.usage = chunk.usage.unwrap_or(std::mem::take(&mut self.usage));
        Ok(())
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn inputs(&self) -> String {
        inputs_of(&self.tools)
    }
}

impl ChatMessage {
    fn call(&mut self, call: ChatCall<'_>, on_event: &mut dyn FnMut(&str)) {
        let index = call.index.unwrap_or(self.tools.len());
        if self.tools.len() <= index {
            self.tools.resize(index + 1, Call::default());
        }
        let (id, name, input) = &mut self.tools[index];
        let function = call.function.unwrap_or_default();
        call.id.into_iter().for_each(|piece| id.push_str(&piece.0));
        function.name.into_iter().for_each(|piece| name.push_str(&piece.0));
        if let Some(piece) = function.arguments {
            on_event(&piece.0);
            input.push_str(&piece.0);
        }
    }
}

#[derive(Deserialize)]
struct ChatChunk<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    choices: Vec<ChatChoice<'a>>,
    usage: Option<ChatUsage>,
}

#[derive(Deserialize)]
struct ChatChoice<'a> {
    #[serde(default)]
    index: usize,
    #[serde(borrow)]
    delta: ChatDelta<'a>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct ChatDelta<'a> {
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(borrow)]
    reasoning_content: Option<Text<'a>>,
    #[serde(borrow)]
    reasoning: Option<Text<'a>>,
    #[serde(borrow)]
    tool_calls: Option<Vec<ChatCall<'a>>>,
}

#[derive(Deserialize)]
struct ChatCall<'a> {
    index: Option<usize>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    function: Option<ChatFunction<'a>>,
}

#[derive(Default, Deserialize)]
struct ChatFunction<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    arguments: Option<Text<'a>>,
}

/// An answer of Responses; the whole response in its last event is passed over, since all of it has been told before.
#[derive(Debug, Default)]
pub(crate) struct ResponsesMessage {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) status: String,
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) tools: Vec<Call>,
    pub(crate) usage: ResponsesUsage,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ResponsesUsage {
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    pub(crate) total_tokens: Option<u64>,
}

impl Typed for ResponsesMessage {
    fn fold(&mut self, json: &[u8], on_event: &mut dyn FnMut(&str)) -> serde_json::Result<()> {
        let event: ResponsesEvent<'_> = serde_json::from_slice(json)?;
        let delta = event.delta.unwrap_or_default().0;
        match &*event.kind {
            "response.output_text.delta" => {
                on_event(&delta);
                self.text.push_str(&delta);
            }
            "response.function_call_arguments.delta" => {
                on_event(&delta);
                self.tools.last_mut().into_iter().for_each(|(.., input)| input.push_str(&delta));
            }
            "response.reasoning_text.delta" | "response.reasoning_summary_text.delta" => {
                on_event(&delta);
                self.reasoning.push_str(&delta);
            }
            "response.output_item.added" => {
                let item = event.item.filter(|item| item.kind == "function_call");
                self.tools.extend(item.map(|item| {
                    let text = |text| Text::owned(text).unwrap_or_default();
                    (text(item.call_id), text(item.name), String::new())
                }));
            }
            _ => {
                if let Some(response) = event.response {
                    self.id = response.id.into_owned();
                    self.model = response.model.into_owned();
                    self.status = Text::owned(response.status).unwrap_or_default();
                    self.usage = response.usage.unwrap_or_default();
                }
            }
        }
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
struct ResponsesEvent<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    delta: Option<Text<'a>>,
    #[serde(borrow)]
    item: Option<ResponsesItem<'a>>,
    #[serde(borrow)]
    response: Option<Response<'a>>,
}

#[derive(Deserialize)]
struct ResponsesItem<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    call_id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    model: Cow<'a, str>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    usage: Option<ResponsesUsage>,
}

//! Streams of many: of each thing that an answer can have many of, in every format, numbered in any order.
//!
//! For: what reading must not cost the square of. `cargo xtask bench growth` takes the time, and a test of `bedrock-aggregate`
//! counts what is allocated.
//! Not for: streams as models send them; those are recorded.

/// A thing of which a stream can have many.
#[derive(Debug)]
pub struct Growth {
    /// What it is.
    pub name: &'static str,
    /// The name of the stream's format.
    pub format: &'static str,
    /// Whether it is numbered, so that it can come in any order.
    pub is_ordered: bool,
    /// The chunks of a stream that has these numbers of it in this order.
    pub chunks: fn(&[u64]) -> Vec<String>,
}

/// In which order numbers come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From 0 on.
    Ascending,
    /// Down to 0.
    Descending,
    /// By lot, always the same.
    Random,
}

impl Order {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ascending, Self::Descending, Self::Random];

    /// The numbers below `count` in this order.
    #[must_use]
    pub fn numbers(self, count: u64) -> Vec<u64> {
        let mut numbers: Vec<u64> = (0..count).collect();
        match self {
            Self::Ascending => {}
            Self::Descending => numbers.reverse(),
            // Knuth's generator draws.
            Self::Random => {
                let mut state = 1_u64;
                for last in (1..numbers.len()).rev() {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    numbers.swap(last, (state >> 33) as usize % (last + 1));
                }
            }
        }
        numbers
    }
}

impl Growth {
    /// The orders that make a difference.
    #[must_use]
    pub fn orders(&self) -> &'static [Order] {
        if self.is_ordered { &Order::ALL } else { &Order::ALL[..1] }
    }
}

/// The things, format by format.
pub const GROWTHS: &[Growth] = &[
    // Anthropic
    ordered("anthropic: blocks", "anthropic", |numbers| {
        each(numbers, |n| [anthropic_start(n, "text"), anthropic_text(n), anthropic_stop(n)])
    }),
    ordered("anthropic: blocks that grow side by side", "anthropic", |numbers| {
        let starts = each(numbers, |n| [anthropic_start(n, "text")]);
        let deltas = each(numbers, |n| [anthropic_text(n)]);
        [starts, deltas.clone(), deltas, each(numbers, |n| [anthropic_stop(n)])].concat()
    }),
    ordered("anthropic: calls", "anthropic", |numbers| {
        each(numbers, |n| {
            let start = format!(
                r#"{{"type":"content_block_start","index":{n},"content_block":{{"type":"tool_use","id":"t{n}","name":"f","input":{{}}}}}}"#
            );
            let delta = format!(
                r#"{{"type":"content_block_delta","index":{n},"delta":{{"type":"input_json_delta","partial_json":"{{}}"}}}}"#
            );
            [start, delta, anthropic_stop(n)]
        })
    }),
    plain("anthropic: citations", "anthropic", |numbers| {
        let citations = each(numbers, |n| {
            [format!(
                r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"citations_delta","citation":{{"type":"char_location","cited_text":"c{n}"}}}}}}"#
            )]
        });
        [vec![anthropic_start(0, "text")], citations].concat()
    }),
    plain("anthropic: starts of one block", "anthropic", |numbers| {
        each(numbers, |_| [anthropic_start(0, "text")])
    }),
    plain("anthropic: stops of one block", "anthropic", |numbers| {
        let stops = each(numbers, |_| [anthropic_stop(0)]);
        [vec![anthropic_start(0, "redacted_thinking")], stops].concat()
    }),
    plain("anthropic: counts and unknown keys", "anthropic", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"type":"message_delta","delta":{{"d{n}":1}},"k{n}":{n},"usage":{{"output_tokens":{n},"u{n}":1}}}}"#
            )]
        })
    }),
    plain("anthropic: unknown events", "anthropic", |numbers| {
        each(numbers, |n| [format!(r#"{{"type":"riddle","k{n}":{n}}}"#)])
    }),
    // Converse
    ordered("converse: blocks", "converse", |numbers| {
        each(numbers, |n| [converse_text(n), converse_stop(n)])
    }),
    ordered("converse: calls", "converse", |numbers| each(numbers, |n| [converse_call(n), converse_stop(n)])),
    plain("converse: parts of one block", "converse", |numbers| {
        each(numbers, |_| [converse_text(0), converse_call(0)])
    }),
    plain("converse: parts of one block, and stops of it", "converse", |numbers| {
        let parts = each(numbers, |_| [converse_text(0), converse_thought(0)]);
        [parts, each(numbers, |_| [converse_stop(0)])].concat()
    }),
    plain("converse: citations", "converse", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"contentBlockDelta":{{"contentBlockIndex":0,"delta":{{"citation":{{"title":"t{n}"}}}}}}}}"#
            )]
        })
    }),
    ordered("converse: blocks of citations", "converse", |numbers| {
        each(numbers, |n| {
            [
                format!(
                    r#"{{"contentBlockDelta":{{"contentBlockIndex":{n},"delta":{{"citation":{{"title":"t"}}}}}}}}"#
                ),
                converse_stop(n),
            ]
        })
    }),
    plain("converse: redacted reasoning in pieces, and stops", "converse", |numbers| {
        let piece = r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"YWJj"}}}}"#;
        let pieces = each(numbers, |_| [piece.to_owned()]);
        [pieces, each(numbers, |_| [converse_stop(0)])].concat()
    }),
    plain("converse: metadata", "converse", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"metadata":{{"usage":{{"inputTokens":1,"outputTokens":{n},"totalTokens":{n}}},"metrics":{{"latencyMs":1}},"k{n}":1}}}}"#
            )]
        })
    }),
    plain("converse: unknown events", "converse", |numbers| {
        each(numbers, |n| [format!(r#"{{"riddle{n}":{{}}}}"#)])
    }),
    // Nova
    ordered("nova: calls", "nova", |numbers| each(numbers, |n| [nova_call(n), nova_input(n), nova_stop(n)])),
    ordered("nova: calls that grow side by side", "nova", |numbers| {
        let calls = each(numbers, |n| [nova_call(n)]);
        [calls, each(numbers, |n| [nova_input(n)]), each(numbers, |n| [nova_stop(n)])].concat()
    }),
    ordered("nova: calls, and stops of blocks that are not there", "nova", |numbers| {
        let calls = each(numbers, |n| [nova_call(n)]);
        [calls, each(numbers, |n| [nova_stop(n + 1_000_000)])].concat()
    }),
    ordered("nova: pieces of text, each with a stop", "nova", |numbers| {
        each(numbers, |n| {
            [
                format!(r#"{{"contentBlockDelta":{{"delta":{{"text":"a"}},"contentBlockIndex":{n}}}}}"#),
                nova_stop(n),
            ]
        })
    }),
    plain("nova: redacted reasoning in pieces, and message stops", "nova", |numbers| {
        let piece = r#"{"contentBlockDelta":{"delta":{"reasoningContent":{"redactedContent":"YWJj"}},"contentBlockIndex":0}}"#;
        let pieces = each(numbers, |_| [piece.to_owned()]);
        [pieces, each(numbers, |_| [r#"{"messageStop":{"stopReason":"end_turn"}}"#.to_owned()])].concat()
    }),
    // OpenAI's chat
    ordered("openai-chat: choices", "openai-chat", |numbers| {
        let stop = each(numbers, |n| [choice(n, "{}", r#""stop""#)]);
        [each(numbers, |n| [choice(n, r#"{"content":"a"}"#, "null")]), stop].concat()
    }),
    plain("openai-chat: a choice that has stopped, and goes on", "openai-chat", |numbers| {
        each(numbers, |_| [choice(1, r#"{"content":"aaaaaaaaaaaaaaaa"}"#, r#""stop""#)])
    }),
    ordered("openai-chat: calls", "openai-chat", |numbers| {
        each(numbers, |n| {
            [choice(
                0,
                &format!(
                    r#"{{"tool_calls":[{{"index":{n},"id":"t{n}","function":{{"name":"f","arguments":"{{}}"}}}}]}}"#
                ),
                "null",
            )]
        })
    }),
    plain("openai-chat: calls without numbers", "openai-chat", |numbers| {
        each(numbers, |n| {
            [choice(
                0,
                &format!(
                    r#"{{"tool_calls":[{{"id":"t{n}","function":{{"name":"f","arguments":"{{}}"}}}}]}}"#
                ),
                "null",
            )]
        })
    }),
    plain("openai-chat: calls, and stops", "openai-chat", |numbers| {
        let calls = each(numbers, |n| {
            [choice(
                0,
                &format!(r#"{{"tool_calls":[{{"index":{n},"id":"t{n}","function":{{"name":"f"}}}}]}}"#),
                "null",
            )]
        });
        [calls, each(numbers, |_| [choice(0, "{}", r#""stop""#)])].concat()
    }),
    plain("openai-chat: calls of one id, as some servers count", "openai-chat", |numbers| {
        each(numbers, |n| {
            [choice(
                0,
                &format!(r#"{{"tool_calls":[{{"index":{n},"id":"call","function":{{"name":"f"}}}}]}}"#),
                "null",
            )]
        })
    }),
    plain("openai-chat: annotations", "openai-chat", |numbers| {
        each(numbers, |n| {
            [choice(
                0,
                &format!(r#"{{"annotations":[{{"type":"url_citation","url_citation":{{"url":"u{n}"}}}}]}}"#),
                "null",
            )]
        })
    }),
    ordered("openai-chat: parts of reasoning", "openai-chat", |numbers| {
        each(numbers, |n| {
            [choice(
                0,
                &format!(r#"{{"reasoning_details":[{{"type":"reasoning.text","text":"a","index":{n}}}]}}"#),
                "null",
            )]
        })
    }),
    ordered("openai-chat: an unknown list whose elements have numbers", "openai-chat", |numbers| {
        let once =
            each(numbers, |n| [choice(0, &format!(r#"{{"riddles":[{{"index":{n},"a":[1]}}]}}"#), "null")]);
        [once.clone(), once].concat()
    }),
    plain("openai-chat: unknown keys", "openai-chat", |numbers| {
        each(numbers, |n| [choice(0, &format!(r#"{{"k{n}":{n},"same":{{"j{n}":1}},"null":null}}"#), "null")])
    }),
    plain("openai-chat: values of one key, then nulls", "openai-chat", |numbers| {
        let values = each(numbers, |n| [choice(0, &format!(r#"{{"riddle":{n}}}"#), "null")]);
        [values, each(numbers, |_| [choice(0, r#"{"riddle":null}"#, "null")])].concat()
    }),
    plain("openai-chat: sound, and stops", "openai-chat", |numbers| {
        let sound = each(numbers, |_| [choice(0, r#"{"audio":{"data":"YWJjYWJjYWJj"}}"#, "null")]);
        [sound, each(numbers, |_| [choice(0, "{}", r#""stop""#)])].concat()
    }),
    plain("openai-chat: parts of the content", "openai-chat", |numbers| {
        each(numbers, |n| {
            [choice(
                0,
                &format!(r#"{{"content":[{{"type":"riddle","n":{n}}},{{"type":"text","text":"a"}}]}}"#),
                "null",
            )]
        })
    }),
    plain("openai-chat: reasoning in the text, all at once", "openai-chat", |numbers| {
        vec![choice(
            0,
            &format!(r#"{{"content":"{}"}}"#, "<reasoning>a</reasoning>".repeat(numbers.len())),
            "null",
        )]
    }),
    plain("openai-chat: reasoning in the text, in pieces", "openai-chat", |numbers| {
        each(numbers, |_| [choice(0, r#"{"content":"<reasoning>a</reasoning>"}"#, "null")])
    }),
    // OpenAI's responses
    ordered("openai-responses: items", "openai-responses", |numbers| {
        each(numbers, |n| {
            [
                item(n, "added", r#""type":"message","content":[]"#),
                response_text(n, 0),
                item(n, "done", r#""type":"message","content":[{"type":"output_text","text":"a"}]"#),
            ]
        })
    }),
    ordered("openai-responses: items that are never done", "openai-responses", |numbers| {
        let grown = each(numbers, |n| [response_text(n, 0)]);
        [grown, vec![r#"{"type":"response.completed","response":{"status":"completed"}}"#.to_owned()]]
            .concat()
    }),
    ordered("openai-responses: items, all again at the end", "openai-responses", |numbers| {
        let whole = |n: &u64| {
            format!(r#"{{"type":"message","id":"m{n}","content":[{{"type":"output_text","text":"a"}}]}}"#)
        };
        let all: Vec<_> = numbers.iter().map(whole).collect();
        let end = format!(
            r#"{{"type":"response.completed","response":{{"status":"completed","output":[{}]}}}}"#,
            all.join(",")
        );
        [each(numbers, |n| [response_text(n, 0)]), vec![end]].concat()
    }),
    ordered("openai-responses: parts of one item", "openai-responses", |numbers| {
        let done = each(numbers, |n| {
            [format!(
                r#"{{"type":"response.content_part.done","output_index":0,"content_index":{n},"part":{{"type":"output_text","text":"a"}}}}"#
            )]
        });
        [each(numbers, |n| [response_text(0, n)]), done].concat()
    }),
    ordered("openai-responses: items known by their ids", "openai-responses", |numbers| {
        let named = |n: u64, rest: &str| format!(r#"{{"type":"response.output_{rest},"item_id":"m{n}"}}"#);
        let added =
            each(numbers, |n| [named(n, &format!(r#"item.added","item":{{"type":"message","id":"m{n}"}}"#))]);
        let grown = each(numbers, |n| [named(n, r#"text.delta","content_index":0,"delta":"a""#)]);
        [added, grown].concat()
    }),
    plain("openai-responses: parts of one item, done again and again", "openai-responses", |numbers| {
        [
            each(numbers, |n| [response_text(0, n)]),
            each(numbers, |_| [item(0, "done", r#""type":"message""#)]),
        ]
        .concat()
    }),
    ordered("openai-responses: parts of a summary", "openai-responses", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":{n},"delta":"a"}}"#
            )]
        })
    }),
    plain("openai-responses: annotations", "openai-responses", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"type":"response.output_text.annotation.added","output_index":0,"content_index":0,"annotation":{{"type":"url_citation","url":"u{n}"}}}}"#
            )]
        })
    }),
    ordered("openai-responses: commands", "openai-responses", |numbers| {
        let commands = each(numbers, |n| {
            [format!(
                r#"{{"type":"response.shell_call_command.delta","output_index":0,"command_index":{n},"delta":"a"}}"#
            )]
        });
        [vec![item(0, "added", r#""type":"shell_call""#)], commands].concat()
    }),
    plain("openai-responses: ends", "openai-responses", |numbers| {
        let end = r#"{"type":"response.completed","response":{"status":"completed"}}"#;
        [each(numbers, |n| [response_text(n, 0)]), each(numbers, |_| [end.to_owned()])].concat()
    }),
    plain("openai-responses: calls and tools at the end", "openai-responses", |numbers| {
        let calls: Vec<_> = numbers
            .iter()
            .map(|n| format!(r#"{{"type":"custom_tool_call","name":"c{n}","call_id":"i{n}"}}"#))
            .collect();
        let tools: Vec<_> = numbers.iter().map(|n| format!(r#"{{"type":"custom","name":"t{n}"}}"#)).collect();
        vec![format!(
            r#"{{"type":"response.completed","response":{{"status":"completed","output":[{}],"tools":[{}]}}}}"#,
            calls.join(","),
            tools.join(",")
        )]
    }),
    plain("openai-responses: unknown events", "openai-responses", |numbers| {
        each(numbers, |n| [format!(r#"{{"type":"response.riddle","k{n}":{n}}}"#)])
    }),
    // The others
    ordered("mistral-chat: choices", "mistral-chat", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"object":"chat.completion.chunk","choices":[{{"index":{n},"message":{{"content":"a"}},"stop_reason":"stop"}}]}}"#
            )]
        })
    }),
    plain("mistral-chat: a choice that has stopped, and goes on", "mistral-chat", |numbers| {
        each(numbers, |_| {
            [r#"{"object":"chat.completion.chunk","choices":[{"index":1,"message":{"content":"aaaaaaaaaaaa"},"stop_reason":"stop"}]}"#.to_owned()]
        })
    }),
    ordered("ai21-jamba: choices", "ai21-jamba", |numbers| {
        each(numbers, |n| {
            [format!(r#"{{"choices":[{{"index":{n},"delta":{{"content":"a"}},"finish_reason":"stop"}}]}}"#)]
        })
    }),
    ordered("deepseek: choices", "deepseek", |numbers| {
        each(numbers, |n| [format!(r#"{{"choices":[{{"index":{n},"text":"a","stop_reason":"stop"}}]}}"#)])
    }),
    ordered("text-completion: choices", "text-completion", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"object":"text_completion","choices":[{{"index":{n},"text":"a","finish_reason":"stop"}}]}}"#
            )]
        })
    }),
    ordered("titan: results", "titan", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"index":{n},"outputText":"a","totalOutputTextTokenCount":1,"completionReason":"FINISH"}}"#
            )]
        })
    }),
    ordered("cohere-command: generations", "cohere-command", |numbers| {
        each(numbers, |n| {
            [format!(r#"{{"index":{n},"text":"a","is_finished":true,"finish_reason":"COMPLETE"}}"#)]
        })
    }),
    plain("llama: pieces, each with a stop and counts", "llama", |numbers| {
        each(numbers, |n| {
            [format!(r#"{{"generation":"aaaaaaaa","generation_token_count":{n},"stop_reason":"stop"}}"#)]
        })
    }),
    plain("text-completion: counts alone", "text-completion", |numbers| {
        let text = format!(
            r#"{{"object":"text_completion","choices":[{{"index":0,"text":"{}"}}]}}"#,
            "a".repeat(numbers.len())
        );
        let counts = each(numbers, |n| {
            [format!(r#"{{"object":"text_completion","choices":[],"usage":{{"completion_tokens":{n}}}}}"#)]
        });
        [vec![text], counts].concat()
    }),
    plain("cohere-command-r: citations", "cohere-command-r", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"event_type":"citation-generation","citations":[{{"start":{n},"end":{n},"text":"a"}}]}}"#
            )]
        })
    }),
    ordered("cohere-command-r: calls", "cohere-command-r", |numbers| {
        each(numbers, |n| {
            [format!(
                r#"{{"event_type":"tool-calls-chunk","tool_call_delta":{{"index":{n},"name":"f","parameters":"{{}}"}}}}"#
            )]
        })
    }),
    plain("cohere-command-r: citations, and ends", "cohere-command-r", |numbers| {
        let citations = each(numbers, |n| {
            [format!(
                r#"{{"event_type":"citation-generation","citations":[{{"start":{n},"end":{n},"text":"a"}}]}}"#
            )]
        });
        [
            citations,
            each(numbers, |_| [r#"{"event_type":"stream-end","finish_reason":"COMPLETE"}"#.to_owned()]),
        ]
        .concat()
    }),
];

const fn ordered(name: &'static str, format: &'static str, chunks: fn(&[u64]) -> Vec<String>) -> Growth {
    Growth { name, format, is_ordered: true, chunks }
}

const fn plain(name: &'static str, format: &'static str, chunks: fn(&[u64]) -> Vec<String>) -> Growth {
    Growth { name, format, is_ordered: false, chunks }
}

/// The chunks that each number stands for, one behind the other.
fn each<const N: usize>(numbers: &[u64], chunks: impl Fn(u64) -> [String; N]) -> Vec<String> {
    numbers.iter().flat_map(|n| chunks(*n)).collect()
}

fn anthropic_start(n: u64, kind: &str) -> String {
    let block = format!(r#"{{"type":"{kind}","text":"","data":"YWJj"}}"#);
    format!(r#"{{"type":"content_block_start","index":{n},"content_block":{block}}}"#)
}

fn anthropic_text(n: u64) -> String {
    format!(r#"{{"type":"content_block_delta","index":{n},"delta":{{"type":"text_delta","text":"a"}}}}"#)
}

fn anthropic_stop(n: u64) -> String {
    format!(r#"{{"type":"content_block_stop","index":{n}}}"#)
}

fn converse_text(n: u64) -> String {
    format!(r#"{{"contentBlockDelta":{{"contentBlockIndex":{n},"delta":{{"text":"a"}}}}}}"#)
}

fn converse_thought(n: u64) -> String {
    format!(
        r#"{{"contentBlockDelta":{{"contentBlockIndex":{n},"delta":{{"reasoningContent":{{"text":"a"}}}}}}}}"#
    )
}

fn converse_call(n: u64) -> String {
    format!(
        r#"{{"contentBlockStart":{{"contentBlockIndex":{n},"start":{{"toolUse":{{"toolUseId":"t{n}","name":"f"}}}}}}}}"#
    )
}

fn converse_stop(n: u64) -> String {
    format!(r#"{{"contentBlockStop":{{"contentBlockIndex":{n}}}}}"#)
}

fn nova_call(n: u64) -> String {
    format!(
        r#"{{"contentBlockStart":{{"start":{{"toolUse":{{"toolUseId":"t{n}","name":"f"}}}},"contentBlockIndex":{n}}}}}"#
    )
}

fn nova_input(n: u64) -> String {
    format!(r#"{{"contentBlockDelta":{{"delta":{{"toolUse":{{"input":"{{}}"}}}},"contentBlockIndex":{n}}}}}"#)
}

fn nova_stop(n: u64) -> String {
    format!(r#"{{"contentBlockStop":{{"contentBlockIndex":{n}}}}}"#)
}

fn choice(n: u64, delta: &str, reason: &str) -> String {
    format!(
        r#"{{"id":"c","object":"chat.completion.chunk","choices":[{{"index":{n},"delta":{delta},"finish_reason":{reason}}}]}}"#
    )
}

fn item(n: u64, what: &str, members: &str) -> String {
    format!(r#"{{"type":"response.output_item.{what}","output_index":{n},"item":{{"id":"m{n}",{members}}}}}"#)
}

fn response_text(n: u64, part: u64) -> String {
    format!(
        r#"{{"type":"response.output_text.delta","output_index":{n},"content_index":{part},"delta":"a"}}"#
    )
}

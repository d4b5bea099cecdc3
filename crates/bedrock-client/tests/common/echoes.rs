//! Responses that quote the token of their request: in every place, in every spelling.

use bedrock_eventstream::frame::FrameBuilder;
use bedrock_testing::server::{Server, Step};

/// With what needs an escape in URLs and in JSON.
pub(crate) const TOKEN: &str = "ABSKQmVkcm9jaw/EXAMPLE+KEY==";

/// What is quoted is nowhere in the text.
pub(crate) fn assert_clean(name: &str, text: &str) {
    for (spelling, written) in spellings(TOKEN) {
        // The first and the last characters of base64 hold bits of what stands around too.
        let written = &written[..written.len() - 4];
        if let Some(at) = text.find(written) {
            let before: String = text[..at].chars().rev().take(300).collect();
            panic!("{name}: the token, {spelling}, is behind: {}", before.chars().rev().collect::<String>());
        }
    }
}

fn spellings(token: &str) -> [(&'static str, String); 6] {
    let percent: String = token
        .chars()
        .map(|c| if c.is_alphanumeric() { c.to_string() } else { format!("%{:02X}", u32::from(c)) })
        .collect();
    let units: String = token.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    [
        ("as it is", token.to_owned()),
        ("percent-encoded", percent),
        ("with slashes escaped", token.replace('/', "\\/")),
        ("with HTML's characters escaped", token.replace('=', "\\u003d").replace('+', "\\u002b")),
        ("as units", units),
        ("in base64", base64(token)),
    ]
}

fn base64(text: impl AsRef<[u8]>) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in text.as_ref().chunks(3) {
        let bits =
            group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for n in 0..4 {
            let letter = char::from(LETTERS[bits >> (18 - 6 * n) & 63]);
            out.push(if n <= group.len() { letter } else { '=' });
        }
    }
    out
}

fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head =
        format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    [format!("{head}\r\n").as_bytes(), body].concat()
}

fn stream(frames: &[FrameBuilder], payloads: &[&str]) -> Vec<u8> {
    let frames: Vec<_> = frames
        .iter()
        .zip(payloads)
        .map(|(frame, payload)| frame.build(payload.as_bytes()).unwrap().into_bytes())
        .collect();
    response(200, &[("content-type", "application/vnd.amazon.eventstream")], &frames.concat())
}

/// A server that answers each request with what a row makes of its token.
pub(crate) fn serve(make: Make) -> Server {
    Server::start(move |_, seen| {
        let token = seen.header("authorization").unwrap_or_default().trim_start_matches("Bearer ");
        vec![Step::Write(make(token)), Step::Close]
    })
}

type Make = Box<dyn Fn(&str) -> Vec<u8> + Send + Sync>;

/// A response by name.
pub(crate) type Row = (String, Make);

fn row(name: impl Into<String>, make: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Row {
    (name.into(), Box::new(make))
}

/// A whole answer and a streamed one of a model that says the token, with an error beside each that does too.
pub(crate) fn said() -> [Row; 2] {
    let whole = row("whole", |t| {
        let body = format!(
            "{{\"output\":{{\"message\":{{\"role\":\"assistant\",\"content\":[{{\"text\":\"{t}\"}}]}}}},\
             \"stopReason\":\"end_turn\",\"error\":{{\"message\":\"{t}\"}}}}"
        );
        response(200, &[("content-type", "application/json")], body.as_bytes())
    });
    let streamed = row("streamed", |t| {
        let delta = format!("{{\"contentBlockIndex\":0,\"delta\":{{\"text\":\"{t}\"}}}}");
        let stop = format!("{{\"stopReason\":\"end_turn\",\"error\":{{\"message\":\"{t}\"}}}}");
        let frames = ["contentBlockDelta", "messageStop"].map(FrameBuilder::event);
        stream(&frames, &[&delta, &stop])
    });
    [whole, streamed]
}

/// All responses that quote a token.
pub(crate) fn all() -> Vec<Row> {
    let mut all = refusals();
    all.extend(streams());
    all.extend(no_streams());
    all.extend(errors_beside());
    all.extend(errors_in_bodies());
    all
}

fn refusals() -> Vec<Row> {
    let mut rows = vec![
        row("a body with a byte that is no text", |t| {
            response(403, &[], &[b"{\"message\":\"\xFF denied: Bearer ", t.as_bytes(), b"\"}"].concat())
        }),
        row("a body that is no text at all", |t| response(500, &[], &[b"\xFF\xFE", t.as_bytes()].concat())),
        row("a body that ends within", |t| response(403, &[], format!("it was {}", &t[..20]).as_bytes())),
        row("a body in lines", |t| response(403, &[], format!("{}\r\n {}", &t[..9], &t[9..]).as_bytes())),
        row("base64 of a header", |t| {
            let quoted = base64(format!("authorization: Bearer {t}"));
            response(403, &[], format!("{{\"message\":\"{quoted}\"}}").as_bytes())
        }),
        row("a status line", |t| format!("HTTP/1.1 {t}\r\n\r\n").into_bytes()),
        row("no HTTP at all", |t| format!("{t}\r\n{t}\r\n\r\n").into_bytes()),
    ];
    for name in ["x-amzn-errortype", "x-amzn-requestid", "x-request-id", "x-echo", "retry-after", "server"] {
        rows.push(row(name, move |t| response(403, &[(name, t)], b"{}")));
        rows.push(row(format!("{name} of 200"), move |t| response(200, &[(name, t)], b"{")));
    }
    for n in 0..spellings("").len() {
        let name = spellings("")[n].0;
        rows.push(row(name, move |t| {
            response(403, &[], format!("{{\"message\":\"{}\"}}", spellings(t)[n].1).as_bytes())
        }));
    }
    rows
}

fn no_streams() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in ["text/html", "text/plain", "application/json", "application/vnd.amazon.eventstream"] {
        rows.push(row(format!("a page as {kind}"), move |t| {
            response(200, &[("content-type", kind)], format!("<html>Bearer {t}</html>").as_bytes())
        }));
        rows.push(row(format!("cut JSON as {kind}"), move |t| {
            response(200, &[("content-type", kind)], format!("{{\"echo\":\"{t}").as_bytes())
        }));
        rows.push(row(format!("a page with a byte that is no text as {kind}"), move |t| {
            response(200, &[("content-type", kind)], &[b"<\xE9>", t.as_bytes()].concat())
        }));
    }
    rows.push(row("the type itself", |t| response(200, &[("content-type", t)], b"<html>")));
    rows
}

fn streams() -> Vec<Row> {
    const START: &str = r#"{"role":"assistant"}"#;
    const TEXT: &str = r#"{"contentBlockIndex":0,"delta":{"text":"Aye"}}"#;
    let event = FrameBuilder::event;
    vec![
        row("an exception first", move |t| {
            let quoted = format!("{{\"message\":\"denied {t}\"}}");
            stream(&[FrameBuilder::exception("accessDeniedException")], &[&quoted])
        }),
        row("an exception later", move |t| {
            let quoted = format!(
                "{{\"message\":\"{t}\",\"originalMessage\":\"{t}\",\"originalStatusCode\":1,\"{t}\":1}}"
            );
            let frames = [
                event("messageStart"),
                event("contentBlockDelta"),
                FrameBuilder::exception("modelStreamErrorException"),
            ];
            stream(&frames, &[START, TEXT, &quoted])
        }),
        row("an exception that is no JSON", move |t| {
            let frames = [event("contentBlockDelta"), FrameBuilder::exception("throttlingException")];
            stream(&frames, &[TEXT, &format!("<{t}>")])
        }),
        row("an exception of that name", move |t| {
            stream(&[event("contentBlockDelta"), FrameBuilder::exception(t)], &[TEXT, "{}"])
        }),
        row("an error frame", move |t| {
            stream(&[event("contentBlockDelta"), FrameBuilder::error(t, t)], &[TEXT, ""])
        }),
        row("a malformed chunk", move |t| {
            let frames = [event("contentBlockDelta"), event("contentBlockDelta")];
            stream(&frames, &[TEXT, &format!("{{\"{t}\": {t}")])
        }),
        row("a chunk of another type", move |t| {
            let frames = [event("contentBlockDelta"), event("contentBlockDelta")];
            stream(&frames, &[TEXT, &format!("{{\"contentBlockIndex\":\"{t}\",\"delta\":\"{t}\"}}")])
        }),
        row("an event that nobody knows", move |t| {
            let quoted = format!("{{\"{t}\":[\"{t}\"],\"base64\":\"{}\"}}", base64(t));
            stream(&[event("contentBlockDelta"), event("echo")], &[TEXT, &quoted])
        }),
        row("an event of that name", move |t| stream(&[event("contentBlockDelta"), event(t)], &[TEXT, "{}"])),
        row("a chunk that is an error", move |t| {
            let chunk = base64(format!("{{\"error\":{{\"message\":\"{t}\"}}}}"));
            stream(&[event("chunk")], &[&format!("{{\"bytes\":\"{chunk}\"}}")])
        }),
        row("messages behind the end of the first", move |t| {
            let ends = [
                (event("messageStart"), START.to_owned()),
                (event("contentBlockDelta"), TEXT.to_owned()),
                (event("messageStop"), r#"{"stopReason":"end_turn"}"#.to_owned()),
            ];
            let told = [
                (event("echo"), format!("{{\"echo\":\"{t}\"}}")),
                (event("contentBlockDelta"), format!("{{\"{t}\": {t}")),
                (FrameBuilder::exception("throttlingException"), format!("{{\"message\":\"{t}\"}}")),
            ];
            let all = [&ends[..], &ends, &told[..2], &ends, &told[2..]].concat();
            let (frames, payloads): (Vec<_>, Vec<_>) = all.into_iter().unzip();
            stream(&frames, &payloads.iter().map(String::as_str).collect::<Vec<_>>())
        }),
        row("a damaged frame", move |t| {
            let mut bytes =
                stream(&[event("contentBlockDelta"), event("x")], &[TEXT, &format!("{{\"a\":\"{t}\"}}")]);
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            bytes
        }),
        row("a frame that is cut", move |t| {
            let bytes =
                stream(&[event("contentBlockDelta"), event("x")], &[TEXT, &format!("{{\"a\":\"{t}\"}}")]);
            bytes[..bytes.len() - 5].to_vec()
        }),
    ]
}

/// Errors beside a chunk of each format, whose message is told all the same.
fn errors_beside() -> Vec<Row> {
    const CHAT: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Aye"},"finish_reason":null}]}"#;
    const RESPONSES: &str = r#"{"type":"response.created","response":{"id":"r","object":"response","status":"in_progress","output":[]}}"#;
    const MESSAGES: &str = r#"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"c","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}"#;
    let chunks: [(&str, &str, &str); 12] = [
        (
            "chat",
            "",
            r#"{"id":"c","object":"chat.completion.chunk","choices":[],"error":{"message":"TOKEN","TOKEN":1}}"#,
        ),
        ("a list of chat", CHAT, r#"{"id":"c","choices":[],"errors":["",{"message":"TOKEN"}]}"#),
        ("a text of chat", CHAT, r#"{"id":"c","choices":[],"error":"failed","error_description":"TOKEN"}"#),
        (
            "a choice",
            CHAT,
            r#"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"message":"TOKEN"}}]}"#,
        ),
        (
            "a delta",
            CHAT,
            r#"{"id":"c","choices":[{"index":0,"delta":{"content":"!","error":{"message":"TOKEN"}},"finish_reason":"stop"}]}"#,
        ),
        (
            "Responses",
            RESPONSES,
            r#"{"type":"response.failed","response":{"id":"r","object":"response","status":"failed","error":{"code":"server_error","message":"TOKEN"},"output":[]}}"#,
        ),
        ("Messages", MESSAGES, r#"{"type":"error","error":{"type":"overloaded_error","message":"TOKEN"}}"#),
        (
            "a delta of Messages",
            MESSAGES,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1},"Error":{"Code":"TOKEN"}}"#,
        ),
        ("an exception's name", CHAT, r#"{"id":"c","choices":[],"throttlingException":{"message":"TOKEN"}}"#),
        ("a text", "", r#"{"generation":"Aye","error":"TOKEN"}"#),
        (
            "an invoked stop",
            r#"{"messageStart":{"role":"assistant"}}"#,
            r#"{"messageStop":{"stopReason":"end_turn","error":{"message":"TOKEN","type":"TOKEN"}}}"#,
        ),
        ("a message alone", CHAT, r#"{"message":"TOKEN"}"#),
    ];
    let invoked = chunks.into_iter().map(|(name, before, chunk)| {
        row(format!("an error beside {name}"), move |t| {
            let payloads = [before, &chunk.replace("TOKEN", t)]
                .map(|text| format!("{{\"bytes\":\"{}\"}}", base64(text)));
            let payloads: Vec<_> =
                payloads.iter().skip(usize::from(before.is_empty())).map(String::as_str).collect();
            stream(&vec![FrameBuilder::event("chunk"); payloads.len()], &payloads)
        })
    });
    let conversed =
        ["messageStart", "contentBlockDelta", "messageStop", "metadata"].into_iter().map(|name| {
            row(format!("an error beside {name} of Converse"), move |t| {
                let error = format!("\"error\":{{\"message\":\"{t}\",\"type\":\"{t}\"}},");
                let frames = [
                    ("messageStart", r#""role":"assistant"}"#),
                    ("contentBlockDelta", r#""contentBlockIndex":0,"delta":{"text":"Aye"}}"#),
                    ("contentBlockStop", r#""contentBlockIndex":0}"#),
                    ("messageStop", r#""stopReason":"end_turn"}"#),
                    ("metadata", r#""usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#),
                ];
                let payload = |(event, rest)| format!("{{{}{rest}", if event == name { &*error } else { "" });
                let payloads = frames.map(payload);
                let frames = frames.map(|(event, _)| FrameBuilder::event(event));
                stream(&frames, &payloads.iter().map(String::as_str).collect::<Vec<_>>())
            })
        });
    invoked.chain(conversed).collect()
}

/// Bodies of status 200 that are an error, or hold one.
fn errors_in_bodies() -> Vec<Row> {
    const WHOLE: &str = r#""output":{"message":{"role":"assistant","content":[{"text":"Aye"}]}},"stopReason":"end_turn","metrics":{"latencyMs":1}"#;
    const CHAT: &str = r#""id":"c","object":"chat.completion","model":"m","created":1,"#;
    let bodies = [
        r#"{"message":"TOKEN"}"#.to_owned(),
        r#"{"Message":"TOKEN"}"#.to_owned(),
        r#"{"error":{"message":"TOKEN","type":"x","TOKEN":["TOKEN"]}}"#.to_owned(),
        r#"{"\u0065rror":{"message":"TOKEN"}}"#.to_owned(),
        r#"{"errorMessage":"TOKEN","errorType":"TOKEN"}"#.to_owned(),
        r#"{"__type":"TOKEN","message":"boom"}"#.to_owned(),
        r#"{"error":"denied","error_description":"TOKEN"}"#.to_owned(),
        r#"{"detail":[{"loc":["header"],"input":"TOKEN"}]}"#.to_owned(),
        r#"{"throttlingException":{"message":"TOKEN"}}"#.to_owned(),
        r#"{"type":"error","error":{"type":"overloaded_error","message":"TOKEN"}}"#.to_owned(),
        r#"{"type":"error","text":"TOKEN"}"#.to_owned(),
        r#"[{"object":"error","data":{"of":["TOKEN"]}}]"#.to_owned(),
        r#"[{"message":"TOKEN"}]"#.to_owned(),
        r#"[{"error":{"message":"TOKEN"}}]"#.to_owned(),
        r#"{"message":"TOKEN"}{"message":"TOKEN"}"#.to_owned(),
        r#""denied: TOKEN""#.to_owned(),
        format!(r#"{{{WHOLE},"error":{{"message":"TOKEN"}}}}"#),
        format!(r#"{{{WHOLE},"errors":["TOKEN"]}}"#),
        format!(
            r#"{{{WHOLE},"usage":{{"inputTokens":"TOKEN","outputTokens":"TOKEN","totalTokens":"TOKEN"}}}}"#
        ),
        format!(
            r#"{{{CHAT}"choices":[{{"index":0,"message":{{"role":"assistant","content":"Aye"}},"finish_reason":"error","error":{{"message":"TOKEN"}}}}]}}"#
        ),
        format!(r#"{{{CHAT}"choices":[],"error":{{"message":"TOKEN"}}}}"#),
    ];
    let of_body = |body: String| {
        row(format!("200 and {body}"), move |t| {
            response(200, &[("content-type", "application/json")], body.replace("TOKEN", t).as_bytes())
        })
    };
    bodies.into_iter().map(of_body).collect()
}

//! One row asked, by each of the two clients, and what came of it in the table's words.

use std::time::Duration;

use bedrock_client::formats::openai_chat::ChatCompletionRequest;
use bedrock_client::operations::InvokeModelWithBidirectionalStream;
use bedrock_client::{Call, Client, Error, RetryClass};
use bytes::Bytes;
use serde_json::{Value, json};

use super::table::{Limit, Operation, Row};

/// What the caller got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) error: String,
    pub(crate) missing: String,
    pub(crate) arrived: String,
    /// How many requests the client says it sent.
    pub(crate) attempts: u32,
}

const CONVERSE: &str = "amazon.nova-lite-v1:0";
const CLAUDE: &str = "anthropic.claude-3-haiku-20240307-v1:0";
const SONIC: &str = "amazon.nova-sonic-v1:0";
const GPT: &str = "openai.gpt-oss-20b-1:0";
const PATIENCE: Duration = Duration::from_millis(700);

/// Sets what a row says of time, on a call of any operation.
macro_rules! limited {
    ($row:expr, $call:expr) => {
        match $row.limit {
            Limit::None => $call,
            Limit::FirstByte => $call.first_byte_timeout(PATIENCE),
            Limit::Idle => $call.idle_timeout(PATIENCE),
            Limit::Total => $call.total_timeout(PATIENCE),
        }
    };
}

impl Row {
    pub(crate) fn prompt(&self) -> String {
        format!("[[{} text=\"one two three\" chunk=4]]", self.scenario)
    }

    fn claude(&self) -> Value {
        json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 50,
            "messages": [{"role": "user", "content": self.prompt()}]})
    }

    fn chat(&self) -> ChatCompletionRequest {
        ChatCompletionRequest::user(self.prompt()).model(GPT)
    }

    pub(crate) async fn ask(&self, client: &Client) -> Got {
        let stream = match self.operation {
            Operation::Whole => {
                let response = limited!(self, client.converse(CONVERSE, self.prompt())).await;
                return whole(response.map(|response| (response.text(), response.attempts())));
            }
            Operation::Streamed => limited!(self, client.converse_stream(CONVERSE, self.prompt())).await,
            Operation::Native => {
                limited!(self, client.invoke_model_with_response_stream(CLAUDE, self.claude())).await
            }
            Operation::Sse => limited!(self, client.chat_completions_stream(self.chat())).await,
            Operation::TwoWay => return self.talk(client).await,
        };
        let mut stream = match stream {
            Ok(stream) => stream,
            Err(error) => return failed(String::new(), error),
        };
        let mut received = String::new();
        let mut pieces = stream.text_stream();
        let mut reported = None;
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => received.push_str(&piece),
                Err(error) => reported = Some(error),
            }
        }
        let attempts = stream.attempts();
        streamed(received, reported, stream.finish(), attempts)
    }

    pub(crate) fn ask_blocking(&self, client: &Client) -> Got {
        let stream = match self.operation {
            Operation::Whole => {
                let response = limited!(self, client.converse(CONVERSE, self.prompt())).send_blocking();
                return whole(response.map(|response| (response.text(), response.attempts())));
            }
            Operation::Streamed => {
                limited!(self, client.converse_stream(CONVERSE, self.prompt())).send_blocking()
            }
            Operation::Native => {
                limited!(self, client.invoke_model_with_response_stream(CLAUDE, self.claude()))
                    .send_blocking()
            }
            Operation::Sse => limited!(self, client.chat_completions_stream(self.chat())).send_blocking(),
            Operation::TwoWay => return self.talk_blocking(client),
        };
        let mut stream = match stream {
            Ok(stream) => stream,
            Err(error) => return failed(String::new(), error),
        };
        let (mut received, mut reported) = (String::new(), None);
        for piece in stream.text() {
            match piece {
                Ok(piece) => received.push_str(&piece),
                Err(error) => reported = Some(error),
            }
        }
        let attempts = stream.attempts();
        streamed(received, reported, stream.finish(), attempts)
    }
}

/// A conversation in both directions: the words in their order, each said when the one before has come back.
impl Row {
    fn line(&self, client: &Client) -> Call<InvokeModelWithBidirectionalStream> {
        let call = client.invoke_model_with_bidirectional_stream(SONIC);
        limited!(self, call.header("x-test-scenario", self.scenario))
    }

    async fn talk(&self, client: &Client) -> Got {
        let mut session = self.line(client).await.unwrap();
        let mut talk = Talk::default();
        while let Some(word) = talk.next_word() {
            // A stream that takes no more says why where it is read.
            let _ = session.send(word).await;
            loop {
                let item = session.next().await;
                if talk.receive(item) {
                    break;
                }
            }
        }
        session.close_input();
        while !talk.ended {
            let item = session.next().await;
            talk.receive(item);
        }
        assert!(session.next().await.is_none(), "an end is an end");
        talk.got()
    }

    fn talk_blocking(&self, client: &Client) -> Got {
        let mut session = self.line(client).send_blocking().unwrap();
        let mut talk = Talk::default();
        while let Some(word) = talk.next_word() {
            let _ = session.send(word);
            while !talk.receive(session.next()) {}
        }
        session.close_input();
        while !talk.ended {
            talk.receive(session.next());
        }
        assert!(session.next().is_none(), "an end is an end");
        talk.got()
    }
}

#[derive(Default)]
struct Talk {
    said: usize,
    received: String,
    error: Option<Error>,
    ended: bool,
}

impl Talk {
    /// What is said next, while there is somebody to say it to.
    fn next_word(&mut self) -> Option<Value> {
        let word = ["one ", "two ", "three"].get(self.said).filter(|_| !self.ended)?;
        self.said += 1;
        Some(json!({"text": word}))
    }

    /// Whether a word has come back, or nothing more will.
    fn receive(&mut self, item: Option<Result<Bytes, Error>>) -> bool {
        assert!(self.error.is_none() || item.is_none(), "nothing comes after an error");
        match item {
            None => self.ended = true,
            Some(Err(error)) => self.error = Some(error),
            Some(Ok(event)) => {
                let event: Value = serde_json::from_slice(&event).unwrap();
                // Events of the server's own say nothing.
                let Some(word) = event["text"].as_str() else { return false };
                self.received.push_str(word);
            }
        }
        self.ended |= self.error.is_some();
        true
    }

    fn got(self) -> Got {
        match self.error {
            None => Got { error: String::new(), missing: String::new(), arrived: self.received, attempts: 1 },
            Some(error) => {
                assert!(error.partial().is_none() && error.continuation().is_none());
                let (missing, attempts) = ("nothing".to_owned(), error.attempts());
                Got { error: words(&error), missing, arrived: self.received, attempts }
            }
        }
    }
}

fn whole(response: Result<(String, u32), Error>) -> Got {
    match response {
        Ok((arrived, attempts)) => Got { error: String::new(), missing: String::new(), arrived, attempts },
        Err(error) => failed(String::new(), error),
    }
}

/// What was received, reported and given at the end must be the same story.
fn streamed(
    received: String,
    reported: Option<Error>,
    end: Result<bedrock_client::Answer, Error>,
    attempts: u32,
) -> Got {
    match (reported, end) {
        (None, Ok(answer)) => {
            assert_eq!(answer.text(), received, "the complete answer is what was received");
            assert!(answer.completeness.is_complete(), "{:?}", answer.completeness);
            Got { error: String::new(), missing: String::new(), arrived: received, attempts }
        }
        (Some(reported), Err(end)) => {
            assert_eq!(words(&reported), words(&end), "the last item and the end say the same");
            failed(received, end)
        }
        (reported, end) => panic!("reported {reported:?}, but in the end {end:?}"),
    }
}

fn failed(received: String, error: Error) -> Got {
    let (missing, arrived) = match error.partial() {
        None => ("nothing".to_owned(), String::new()),
        Some(answer) => {
            let missing = answer.completeness.missing().expect("an error's answer is not complete");
            (missing.names().join(" "), answer.text())
        }
    };
    assert_eq!(arrived, received, "the error has what was received: {error:?}");
    if let Some(message) = error.continuation() {
        assert_eq!(message.text(), arrived.trim_end());
    }
    Got { error: words(&error), missing, arrived, attempts: error.attempts() }
}

/// An error in the table's words.
fn words(error: &Error) -> String {
    let mut words = format!("{:?}", error.kind());
    if error.service().is_some() {
        let status = error.status().map_or("-".to_owned(), |status| status.as_u16().to_string());
        words += &format!(" {} {status}", error.error_type().unwrap_or("-"));
    }
    let class = match () {
        () if error.is_throttling() => RetryClass::Throttling,
        () if error.is_retryable() => RetryClass::Transient,
        () => RetryClass::Final,
    };
    words += match class {
        RetryClass::Throttling => " slower",
        RetryClass::Transient => " again",
        RetryClass::Final => " final",
    };
    if error.continuation().is_some() {
        words += " on";
    }
    words
}

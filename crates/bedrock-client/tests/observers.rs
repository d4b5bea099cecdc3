//! What observers are told of answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::sync::{Arc, Mutex};

use crate::common::{MODEL, client};
use bedrock_client::{AnswerEvent, AnswerInfo, AnswerObserver, Client, ErrorKind};
use bedrock_emulator::{Answer, Emulator};

/// Writes down what it is told, one word a time.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl AnswerObserver for Diary {
    fn observe(&self, answer: &AnswerInfo, event: &AnswerEvent<'_>) {
        let is_whole = matches!(event, AnswerEvent::Whole { .. });
        let operation = if is_whole { "Converse" } else { "ConverseStream" };
        assert_eq!((answer.operation, answer.model_id.as_str()), (operation, MODEL));
        assert!(answer.request_id.is_some());
        self.0.lock().unwrap().push(match event {
            AnswerEvent::FirstEvent { .. } => format!("first of attempt {}", answer.attempts),
            AnswerEvent::Event(_) => "event".to_owned(),
            AnswerEvent::End { answer, error, .. } => {
                format!("end {:?} {:?}", answer.text(), error.map(|error| error.kind()))
            }
            AnswerEvent::Abandoned { .. } => "abandoned".to_owned(),
            AnswerEvent::Whole { usage, bytes, .. } => {
                assert!(*bytes > 50);
                format!("whole {:?}", usage.and_then(|usage| usage.output_tokens))
            }
            other => format!("{other:?}"),
        });
    }
}

impl Diary {
    /// What was told since the last time: how many events, and the other words.
    fn read(&self) -> (usize, Vec<String>) {
        let all = std::mem::take(&mut *self.0.lock().unwrap());
        let events = all.iter().filter(|word| *word == "event").count();
        (events, all.into_iter().filter(|word| word != "event").collect())
    }
}

#[tokio::test]
async fn every_way_of_reading_is_watched() {
    let server = Emulator::builder().start().await.unwrap();
    let diary = Arc::new(Diary::default());
    let client: Client = client(&server.url()).answer_observer(diary.clone()).build().unwrap();
    let open = || async {
        server.enqueue(Answer::text("Rain."));
        client.converse_stream(MODEL, "Weather?").await.unwrap()
    };

    let mut answer = open().await;
    let mut heard = 0;
    while let Some(event) = answer.next().await {
        event.unwrap();
        heard += 1;
    }
    answer.finish().unwrap();
    let whole = (heard, vec!["first of attempt 1".to_owned(), "end \"Rain.\" None".to_owned()]);
    assert_eq!(diary.read(), whole);
    open().await.collect().await.unwrap();
    assert_eq!(diary.read(), whole);
    open().await.for_each(|_| ()).await.unwrap();
    assert_eq!(diary.read(), whole);

    drop(open().await);
    assert_eq!(diary.read().1, ["first of attempt 1", "abandoned"]);
    drop(open().await.into_answer());
    let (_, words) = diary.read();
    assert!(words[1].starts_with("end") && words[1].ends_with("Some(Incomplete)"), "{words:?}");

    server.enqueue(Answer::text("Rain.").with_fault("eof after=3".parse().unwrap()));
    let error = client.converse_stream(MODEL, "Weather?").await.unwrap().collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(diary.read().1[1].ends_with("Some(Incomplete)"));

    // What was asked for again is not told of.
    server.enqueue(
        Answer::text("Rain.").with_fault("exception type=throttlingException after=1".parse().unwrap()),
    );
    open().await.collect().await.unwrap();
    assert_eq!(diary.read().1, ["first of attempt 2", "end \"Rain.\" None"]);

    server.enqueue("throttle n=1 key=whole".parse::<Answer>().unwrap());
    server.enqueue("plain out=12".parse::<Answer>().unwrap());
    client.converse(MODEL, "Weather?").await.unwrap();
    assert_eq!(diary.read().1, ["whole Some(12)"]);
}

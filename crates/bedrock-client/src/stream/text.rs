//! The text of an answer, and nothing else of it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bedrock_aggregate::Event;
use futures_core::Stream;

use super::answer::AnswerStream;
use crate::Error;

impl AnswerStream {
    /// The text of the answer, piece by piece, and nothing else of it. Afterwards [`finish`](Self::finish) gives the
    /// whole.
    ///
    /// ```no_run
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
    /// let mut text = answer.text_stream();
    /// while let Some(piece) = text.next().await {
    ///     print!("{}", piece?);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn text_stream(&mut self) -> TextStream<'_> {
        TextStream { answer: self }
    }
}

/// The text of an answer, piece by piece: see [`AnswerStream::text_stream`].
#[derive(Debug)]
pub struct TextStream<'a> {
    answer: &'a mut AnswerStream,
}

impl TextStream<'_> {
    /// The next piece of text, never empty; `None` when there is no more.
    ///
    /// # Errors
    ///
    /// As [`AnswerStream::next`].
    pub async fn next(&mut self) -> Option<Result<String, Error>> {
        std::future::poll_fn(|cx| self.poll_text(cx)).await
    }

    fn poll_text(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<String, Error>>> {
        loop {
            match ready!(self.answer.poll_event(cx)) {
                Some(Ok(Event::TextDelta(delta))) => return Poll::Ready(Some(Ok(delta.text.into_owned()))),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Stream for TextStream<'_> {
    type Item = Result<String, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_text(cx)
    }
}

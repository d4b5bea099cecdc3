//! Going on where an answer broke off.
//!
//! Not for when a request is sent again by itself; see `stream/open.rs`.

use bedrock_formats::converse::Message;
use bedrock_formats::reply::Block;

use super::Error;

impl Error {
    /// What to put at the end of the conversation so that the model goes on where its answer broke off: the text that had
    /// arrived, as the assistant's last message. What it answers then begins where this text ends.
    ///
    /// `None` where going on is not possible:
    ///
    /// - no text had arrived;
    /// - more than text had: a tool call that is cut has no meaning, and reasoning must come back whole;
    /// - the text has a gap, as a chunk could not be read;
    /// - all of the text had arrived: the model had stopped;
    /// - the service would refuse again.
    ///
    /// White space at the end is left off, because models refuse to begin after some. Not all models go on from an assistant's
    /// message: the newest of Claude want the user to speak last.
    ///
    /// ```no_run
    /// # use bedrock_client::{Client, formats::converse::Message};
    /// # async fn example(client: Client) -> Result<(), bedrock_client::Error> {
    /// let model = "us.amazon.nova-lite-v1:0";
    /// let question = Message::user("Write a novel.");
    /// let text = match client.converse_stream(model, question.clone()).await?.collect().await {
    ///     Ok(answer) => answer.text(),
    ///     Err(error) => {
    ///         let Some(beginning) = error.continuation() else { return Err(error) };
    ///         let rest = client.converse_stream(model, vec![question, beginning.clone()]).await?.collect().await?;
    ///         beginning.text() + &rest.text()
    ///     }
    /// };
    /// # let _ = text; Ok(()) }
    /// ```
    pub fn continuation(&self) -> Option<Message> {
        let answer = self.partial()?;
        // A limit of the caller's own is final for the transport, and no reason not to go on.
        let passes = self.is_retryable() || self.is_timeout();
        let reply = &answer.reply;
        if !passes || reply.stop_reason.is_some() || !answer.malformed.is_empty() {
            return None;
        }
        let texts = reply.content.iter().map(|block| match block {
            Block::Text { text, .. } => Some(text.as_str()),
            _ => None,
        });
        // One block that is no text makes it none.
        let text = texts.collect::<Option<String>>()?;
        Some(text.trim_end()).filter(|text| !text.is_empty()).map(Message::assistant)
    }
}

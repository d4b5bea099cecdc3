//! InvokeModelWithBidirectionalStream: events to a model and from it at the same time, over HTTP/2.
//!
//! Not for what the events mean: they are the model's own, and no message is folded from them.

use bedrock_codegen::codegen_at_use;
use bedrock_http::EventSigner;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::call::{Call, Options, sealed, to_model};
use crate::response::Head;
use crate::stream::{Input, InputClosed, Output, Session, SignedFrames};
use crate::{Client, Error};

/// The operation InvokeModelWithBidirectionalStream: see [`Client::invoke_model_with_bidirectional_stream`].
#[derive(Debug, Clone)]
pub struct InvokeModelWithBidirectionalStream {
    model_id: String,
}

/// How many events wait to be sent before [`Input::send`] does.
// Small: what waits here has not been signed, and a caller should feel a slow network.
const WAITING: usize = 16;

impl Client {
    /// Opens a stream in both directions to a model that speaks and listens at once.
    ///
    /// Every event is signed over the one before it. The stream is there at once, before the service has answered, because
    /// a model may wait for the first event: a refusal is what [`Session::next`] gives first. Say with
    /// [`Session::close_input`] that all has been said: a stream that the service ends before is not complete.
    ///
    /// ```no_run
    /// use serde_json::{Value, json};
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let mut session = client.invoke_model_with_bidirectional_stream("amazon.nova-sonic-v1:0").await?;
    /// session.send(json!({"event": {"sessionStart": {}}})).await?;
    /// session.send(json!({"event": {"sessionEnd": {}}})).await?;
    /// session.close_input();
    /// while let Some(event) = session.next().await {
    ///     let event: Value = serde_json::from_slice(&event?).unwrap_or_default();
    ///     println!("{event}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn invoke_model_with_bidirectional_stream(
        &self,
        model_id: impl Into<String>,
    ) -> Call<InvokeModelWithBidirectionalStream> {
        Call::new(self, InvokeModelWithBidirectionalStream { model_id: model_id.into() })
    }
}

#[codegen_at_use]
impl sealed::Run for InvokeModelWithBidirectionalStream {
    type Output = Session;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let operation = "InvokeModelWithBidirectionalStream";
        let request = to_model(operation, &self.model_id, "invoke-with-bidirectional-stream")?
            .header("content-type", "application/vnd.amazon.eventstream")?
            // Not in the service's model, which binds nothing but the model's id; never tried on
            // the live service.
            .header("accept", "application/json")?;
        let request = options.apply(request)?;
        let (events, waiting) = mpsc::channel::<Bytes>(WAITING);
        let (answered, answer) = oneshot::channel();
        let transport = client.transport.clone();
        let input_closed = InputClosed::default();
        let closed = input_closed.clone();
        let (listening, is_listening) = oneshot::channel();
        // A task, because events must flow while the response has not begun: a
        // model may wait for them.
        let task = tokio::spawn(async move {
            let input = |signer: Option<EventSigner>| SignedFrames {
                events: waiting,
                signer,
                closed,
                listening: is_listening,
                ended: false,
            };
            let response = transport.duplex(&request, input).await;
            // When the session is gone this fails, and the stream is closed.
            drop(answered.send(response.map(|response| (Head::of(&response), response.into_body()))));
        });
        let classifier = client.inner.classifier.clone();
        let output = Output::new(answer, task.abort_handle(), classifier, input_closed, listening);
        Ok(Session::new(Input::new(events), output))
    }
}

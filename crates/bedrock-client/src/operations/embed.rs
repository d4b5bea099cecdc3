//! Embed: texts as vectors, by a model of any family, through as many InvokeModel calls as it takes.
//!
//! Not for pictures, sound and video (InvokeModel takes their bodies) nor for how each family writes its bodies, which
//! `embedding` knows.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bedrock_codegen::codegen_at_use;
use bedrock_http::BoxFuture;

use crate::blocking::{Blocking, Runtime};
use crate::call::{Call, Options, sealed};
use crate::embedding::{
    Embedding, EmbeddingBatch, EmbeddingFamily, EmbeddingPurpose, EmbeddingSettings, Plan, Truncation,
};
use crate::{Client, Error};

/// How many requests are on their way at once unless set.
const AT_ONCE: usize = 4;

/// The operation Embed: see [`Client::embed`].
#[derive(Debug, Clone)]
pub struct Embed {
    model_id: String,
    texts: Vec<String>,
    settings: EmbeddingSettings,
    family: Option<EmbeddingFamily>,
    texts_per_request: Option<usize>,
    at_once: usize,
}

impl Client {
    /// Turns texts into vectors. It is one call for every family of embedding models; each is asked in its own format,
    /// for as many texts at once as it takes.
    ///
    /// Awaited, it gives all vectors or an error; [`Call::batches`] gives them as they come, so that what had arrived is
    /// there when something goes wrong later. The settings of a call (limits on time, retries, …) hold for each request.
    ///
    /// ```no_run
    /// use bedrock_client::EmbeddingPurpose;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let texts = ["Oslo is a city.", "Bergen is rainy."];
    /// let found = client
    ///     .embed("cohere.embed-v4:0", texts)
    ///     .purpose(EmbeddingPurpose::Document)
    ///     .dimensions(512)
    ///     .await?;
    /// for (text, vector) in texts.iter().zip(found.vectors()) {
    ///     println!("{text}: {} numbers", vector.len());
    /// }
    /// println!("{:?} tokens", found.input_tokens());
    /// # Ok(()) }
    /// ```
    pub fn embed(
        &self,
        model_id: impl Into<String>,
        texts: impl IntoIterator<Item = impl Into<String>>,
    ) -> Call<Embed> {
        let texts = texts.into_iter().map(Into::into).collect();
        let operation = Embed {
            model_id: model_id.into(),
            texts,
            settings: EmbeddingSettings::default(),
            family: None,
            texts_per_request: None,
            at_once: AT_ONCE,
        };
        Call::new(self, operation)
    }
}

/// The settings of Embed.
#[codegen_at_use]
impl Call<Embed> {
    /// What the vectors are for. Default [`EmbeddingPurpose::Document`].
    pub fn purpose(self, purpose: EmbeddingPurpose) -> Self {
        self.set(|operation| operation.settings.purpose = purpose)
    }

    /// How many numbers a vector has; each family knows only some lengths, and some only one.
    pub fn dimensions(self, numbers: u64) -> Self {
        self.set(|operation| operation.settings.dimensions = Some(numbers))
    }

    /// What is done with a text that is too long. Default [`Truncation::Refuse`].
    pub fn truncation(self, truncation: Truncation) -> Self {
        self.set(|operation| operation.settings.truncation = truncation)
    }

    /// Which family the model belongs to, where its id does not say (as the ARN of an application's profile).
    pub fn family(self, family: EmbeddingFamily) -> Self {
        self.set(|operation| operation.family = Some(family))
    }

    /// At most so many texts in one request, if the family takes more. Default is as many as it takes.
    pub fn texts_per_request(self, most: usize) -> Self {
        self.set(|operation| operation.texts_per_request = Some(most))
    }

    /// How many requests are on their way at once. Default 4.
    pub fn requests_at_once(self, most: usize) -> Self {
        self.set(|operation| operation.at_once = most.max(1))
    }

    /// The vectors as they come, request by request, in the order of the texts.
    ///
    /// ```no_run
    /// # async fn example(client: bedrock_client::Client, texts: Vec<String>) -> Result<(), bedrock_client::Error> {
    /// let mut batches = client.embed("amazon.titan-embed-text-v2:0", texts).batches();
    /// while let Some(batch) = batches.next().await {
    ///     for embedding in batch?.embeddings {
    ///         println!("{}: {:?}", embedding.index, embedding.vector);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn batches(self) -> EmbeddingBatches {
        let Self { client, operation, options } = self;
        EmbeddingBatches {
            at_once: operation.at_once,
            state: Batches::Unopened(Box::new((client, options, operation))),
            under_way: VecDeque::new(),
        }
    }
}

#[codegen_at_use]
impl sealed::Run for Embed {
    type Output = Embeddings;

    async fn run(self, client: Client, options: Options) -> Result<Embeddings, Error> {
        let mut batches = Call { client, operation: self, options }.batches();
        let mut all = Embeddings::default();
        while let Some(batch) = batches.next().await {
            all.add(batch?);
        }
        Ok(all)
    }
}

/// The vectors of all texts of a call.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Embeddings {
    /// One for each text, in their order.
    pub embeddings: Vec<Embedding>,
    requests: usize,
    counted: usize,
    input_tokens: u64,
}

#[codegen_at_use]
impl Embeddings {
    /// The vectors, in the order of the texts.
    pub fn vectors(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.embeddings.iter().map(|embedding| embedding.vector.as_slice())
    }

    /// Tokens of all texts; `None` where the service did not say it of every request.
    #[must_use]
    pub fn input_tokens(&self) -> Option<u64> {
        (self.counted == self.requests).then_some(self.input_tokens)
    }

    /// How many requests gave an answer.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests
    }

    fn add(&mut self, batch: EmbeddingBatch) {
        self.embeddings.extend(batch.embeddings);
        self.requests += 1;
        self.counted += usize::from(batch.input_tokens.is_some());
        self.input_tokens = self.input_tokens.saturating_add(batch.input_tokens.unwrap_or(0));
    }
}

/// The vectors of many texts, request by request: see [`Call::batches`]. Dropping it closes the requests under way.
pub struct EmbeddingBatches {
    at_once: usize,
    state: Batches,
    /// In the order of the texts, whichever is answered first.
    under_way: VecDeque<UnderWay>,
}

enum Batches {
    Unopened(Box<(Client, Options, Embed)>),
    Open(Box<Plan>),
    Ended,
}

enum UnderWay {
    Waiting(BoxFuture<'static, Result<EmbeddingBatch, Error>>),
    Done(Result<EmbeddingBatch, Error>),
}

#[codegen_at_use]
impl EmbeddingBatches {
    /// The vectors of the next texts; `None` after the last, and after an error.
    ///
    /// It may be dropped while it waits and called again: no request is sent twice for that.
    ///
    /// # Errors
    ///
    /// Those of InvokeModel; [`ErrorKind::Usage`](crate::ErrorKind::Usage) where the model's family is not known or has
    /// no setting for what the call asks; [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) where an answer has not one vector
    /// for each text.
    pub async fn next(&mut self) -> Option<Result<EmbeddingBatch, Error>> {
        std::future::poll_fn(|cx| self.poll_batch(cx)).await
    }

    /// The batches as an iterator that blocks this thread.
    pub fn blocking(mut self) -> impl Iterator<Item = Result<EmbeddingBatch, Error>> {
        let mut runtime: Option<Arc<Runtime>> = None;
        std::iter::from_fn(move || {
            if let Batches::Unopened(unopened) = &self.state {
                match unopened.0.runtime() {
                    Ok(started) => runtime = Some(started),
                    Err(error) => {
                        self.state = Batches::Ended;
                        return Some(Err(error));
                    }
                }
            }
            runtime.as_ref()?.wait(self.next())
        })
    }

    fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<EmbeddingBatch, Error>>> {
        if let Err(error) = self.open() {
            return Poll::Ready(Some(Err(error)));
        }
        if let Batches::Open(plan) = &mut self.state {
            // What is answered and not yet given counts too: a slow first answer holds the others
            // back, and memory stays bounded.
            while self.under_way.len() < self.at_once
                && let Some(request) = plan.next_request()
            {
                self.under_way.push_back(UnderWay::Waiting(request));
            }
        }
        // All are polled at each wake-up: they share one waker, and are few.
        for request in &mut self.under_way {
            if let UnderWay::Waiting(future) = request
                && let Poll::Ready(done) = future.as_mut().poll(cx)
            {
                *request = UnderWay::Done(done);
            }
        }
        match self.under_way.pop_front() {
            None => {
                self.state = Batches::Ended;
                Poll::Ready(None)
            }
            Some(UnderWay::Done(done)) => {
                if done.is_err() {
                    self.state = Batches::Ended;
                    // The requests behind it are dropped, and so closed; what they would have cost
                    // may be billed all the same.
                    self.under_way.clear();
                }
                Poll::Ready(Some(done))
            }
            Some(waiting) => {
                self.under_way.push_front(waiting);
                Poll::Pending
            }
        }
    }

    /// Says what is wrong with the call before anything is sent.
    fn open(&mut self) -> Result<(), Error> {
        // `Ended` also stands there if what follows refuses the call.
        let unopened = match std::mem::replace(&mut self.state, Batches::Ended) {
            Batches::Unopened(unopened) => unopened,
            other => {
                self.state = other;
                return Ok(());
            }
        };
        let (client, options, operation) = *unopened;
        let family = operation.family.or_else(|| EmbeddingFamily::of_model(&operation.model_id));
        let family = family.ok_or_else(|| {
            Error::usage(format!(
                "{:?} names no family of embedding models; say which one it belongs to",
                operation.model_id
            ))
        })?;
        family.check(&operation.settings)?;
        let most = family.texts_per_request();
        self.state = Batches::Open(Box::new(Plan {
            client,
            options,
            model_id: operation.model_id,
            family,
            settings: operation.settings,
            most: operation.texts_per_request.map_or(most, |wanted| wanted.clamp(1, most)),
            texts: operation.texts.into_iter(),
            held: None,
            next_index: 0,
        }));
        Ok(())
    }
}

#[codegen_at_use]
impl fmt::Debug for EmbeddingBatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            Batches::Unopened(_) => "unopened",
            Batches::Open(_) => "open",
            Batches::Ended => "ended",
        };
        let under_way = self.under_way.len();
        f.debug_struct("EmbeddingBatches").field("state", &state).field("under_way", &under_way).finish()
    }
}

#[codegen_at_use]
impl Blocking for Embeddings {
    type Blocking = Self;

    fn into_blocking(self, _runtime: Arc<Runtime>) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::MOST_BYTES;
    use bedrock_http::Credentials;

    #[test]
    fn texts_are_parted_by_number_and_by_length() {
        let client = Client::builder()
            .region("us-east-1")
            .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
            .build()
            .unwrap();
        let third = "x".repeat(MOST_BYTES / 3);
        for (texts, sizes) in [
            (vec![String::new(); 200], vec![96, 96, 8]),
            (vec![third.clone(); 5], vec![2, 2, 1]),
            (vec!["x".repeat(MOST_BYTES + 1), String::new(), third.clone()], vec![1, 2]),
            (vec![String::new(), "x".repeat(MOST_BYTES + 1)], vec![1, 1]),
        ] {
            let mut batches = client.embed("cohere.embed-v4:0", texts).batches();
            batches.open().unwrap();
            let Batches::Open(plan) = &mut batches.state else { panic!("it is open") };
            let parted = std::iter::from_fn(|| Some(plan.next_texts().len()).filter(|count| *count > 0));
            assert_eq!(parted.collect::<Vec<_>>(), sizes);
        }
    }
}

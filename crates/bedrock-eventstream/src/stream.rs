//! From a stream of byte pieces to a stream of frames or events (feature `stream`): a thin driver over the push decoders,
//! for any runtime.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

/// The part of a push decoder that [`Decoded`] needs. Implemented by the decoders of this crate.
pub trait PushDecoder {
    /// What comes out.
    type Item;
    /// What can be wrong with the bytes.
    type Error;

    /// Takes the next piece.
    fn push(&mut self, piece: Bytes);

    /// The next item that is whole.
    ///
    /// # Errors
    ///
    /// The first error, which is final.
    fn next_item(&mut self) -> Result<Option<Self::Item>, Self::Error>;

    /// Says whether the stream may end here.
    ///
    /// # Errors
    ///
    /// Something is cut.
    fn finish(&self) -> Result<(), Self::Error>;
}

pin_project! {
    /// A stream of whole items, out of a stream of pieces.
    ///
    /// It ends after the first error, and a stream of pieces that ends inside an item is an error too, so that a cut answer
    /// cannot be taken for a whole one.
    #[derive(Debug)]
    pub struct Decoded<S, D> {
        #[pin]
        pieces: S,
        decoder: D,
        ended: bool,
    }
}

impl<S, D> Decoded<S, D> {
    /// Decodes `pieces` with a decoder that may have its own limits.
    pub fn with_decoder(pieces: S, decoder: D) -> Self {
        Self { pieces, decoder, ended: false }
    }

    /// The decoder, to ask how far it has come.
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// Gives the decoder back, for instance to see the bytes it held when an error came.
    pub fn into_decoder(self) -> D {
        self.decoder
    }
}

impl<S, D: Default> Decoded<S, D> {
    /// Decodes `pieces` with the default limits.
    pub fn new(pieces: S) -> Self {
        Self::with_decoder(pieces, D::default())
    }
}

impl<S, D, E> Stream for Decoded<S, D>
where
    S: Stream<Item = Result<Bytes, E>>,
    D: PushDecoder,
{
    type Item = Result<D::Item, StreamError<E, D::Error>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            if *this.ended {
                return Poll::Ready(None);
            }
            // Items first, pieces after: all that a piece completes is given before more is read.
            match this.decoder.next_item() {
                Ok(Some(item)) => return Poll::Ready(Some(Ok(item))),
                Ok(None) => {}
                Err(error) => {
                    *this.ended = true;
                    return Poll::Ready(Some(Err(StreamError::Decode(error))));
                }
            }
            match ready!(this.pieces.as_mut().poll_next(context)) {
                Some(Ok(piece)) => this.decoder.push(piece),
                Some(Err(error)) => {
                    *this.ended = true;
                    return Poll::Ready(Some(Err(StreamError::Source(error))));
                }
                None => {
                    *this.ended = true;
                    // Asked once: `ended` is set before, so that
                    // polling on gives `None` and not the cut again.
                    let end = this.decoder.finish().err();
                    return Poll::Ready(end.map(|error| Err(StreamError::Decode(error))));
                }
            }
        }
    }
}

impl<S, D, E> FusedStream for Decoded<S, D>
where
    S: Stream<Item = Result<Bytes, E>>,
    D: PushDecoder,
{
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

/// What ends a [`Decoded`] stream before its time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError<E, D> {
    /// The stream of pieces failed.
    #[error("the bytes stopped coming: {0}")]
    Source(E),
    /// What came is not well-formed, or is cut.
    #[error("{0}")]
    Decode(D),
}

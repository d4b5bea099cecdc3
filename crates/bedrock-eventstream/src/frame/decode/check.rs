//! The one place where bytes are found to be a good frame, and where the first error is kept. It is given slices and holds
//! none; which bytes to look at, the decoders decide.

use crate::frame::view::{CHECKSUM_LENGTH, PRELUDE_LENGTH};
use crate::frame::{FrameError, FrameErrorKind, Limits, header};

pub(super) const PRELUDE: usize = PRELUDE_LENGTH;
pub(super) const CHECKSUM: usize = CHECKSUM_LENGTH;

/// A block of headers longer than this is not remembered.
// All recorded frames of Bedrock have 75 to 97 bytes of headers.
const REMEMBERED: usize = 1024;

/// The two lengths at the beginning of a frame, found good.
#[derive(Debug, Clone, Copy)]
pub(in crate::frame) struct Prelude {
    length: u32,
    headers_length: u32,
}

impl Prelude {
    #[inline]
    pub(in crate::frame) const fn length(self) -> usize {
        self.length as usize
    }
}

/// Where a frame is that was found good.
#[derive(Debug, Clone, Copy)]
pub(in crate::frame) struct Taken {
    pub(in crate::frame) length: usize,
    pub(in crate::frame) headers_length: usize,
    pub(in crate::frame) offset: u64,
}

#[derive(Debug, Default)]
pub(in crate::frame) struct Checker {
    pub(super) limits: Limits,
    /// Where in the stream the next frame begins.
    pub(super) offset: u64,
    pub(in crate::frame) error: Option<FrameError>,
    /// The prelude of the next frame, when it has been found good and the frame is not whole.
    pub(in crate::frame) begun: Option<Prelude>,
    /// More was refused while this many bytes were waiting: an error once they have been taken.
    pub(super) refused: Option<usize>,
    /// The last block of headers found good. Nearly all frames of a stream have the same: comparing is many times cheaper
    /// than checking, and so a frame can be handed out with nothing in it left unchecked.
    // Empty at first, which is right: a block of no bytes needs no check.
    good_headers: Vec<u8>,
    /// Never updated, only cloned: making a new one asks the processor for its features every time.
    hasher: crc32fast::Hasher,
}

impl Checker {
    pub(in crate::frame) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(super) fn reset(&mut self) {
        // `good_headers` stays: what is good does not depend on the stream.
        self.offset = 0;
        self.error = None;
        self.begun = None;
        self.refused = None;
    }

    /// Checks the frame that `bytes` begin with; `None` when it is not whole. `checksum` is that of the frame without its
    /// last four bytes, where it has been computed before.
    #[inline]
    pub(in crate::frame) fn take(
        &mut self,
        bytes: &[u8],
        checksum: Option<u32>,
    ) -> Result<Option<Taken>, FrameError> {
        let Some(first) = bytes.first_chunk() else { return Ok(None) };
        let prelude = self.prelude(first)?;
        let Some((frame, stated)) =
            bytes.get(..prelude.length()).and_then(|frame| frame.split_last_chunk::<CHECKSUM>())
        else {
            // Nothing is taken: `offset` stays at the first
            // byte of this frame for the error to come.
            self.begun = Some(prelude);
            return Ok(None);
        };
        let computed = checksum.unwrap_or_else(|| self.hash(frame));
        let stated = u32::from_be_bytes(*stated);
        if computed != stated {
            // Before the headers are looked at: damage is to be called damage, not an odd header.
            return Err(self.fail(FrameErrorKind::MessageChecksum { computed, stated }));
        }
        let headers_length = prelude.headers_length as usize;
        let headers = &frame[PRELUDE..PRELUDE + headers_length];
        if headers != self.good_headers {
            self.check_headers(headers)?;
        }
        let offset = self.offset;
        self.offset += u64::from(prelude.length);
        self.begun = None;
        Ok(Some(Taken { length: prelude.length(), headers_length, offset }))
    }

    /// Whether the bytes that come now are those that follow: not after an error, nor after others were refused.
    #[inline]
    pub(super) fn goes_on(&self) -> bool {
        self.error.is_none() && self.refused.is_none()
    }

    /// What to answer when there is no whole frame: an error if bytes behind it were refused.
    #[inline]
    pub(super) fn none_whole<T>(&mut self) -> Result<Option<T>, FrameError> {
        match self.refused {
            Some(held) => Err(self.fail(FrameErrorKind::Unread { held })),
            None => Ok(None),
        }
    }

    #[cold]
    pub(in crate::frame) fn fail(&mut self, kind: FrameErrorKind) -> FrameError {
        *self.error.insert(FrameError::new(kind, self.offset))
    }

    /// The lengths at the beginning of a frame, if they can be believed and are within the limits.
    #[inline]
    pub(super) fn prelude(&mut self, first: &[u8; PRELUDE]) -> Result<Prelude, FrameError> {
        let [l0, l1, l2, l3, h0, h1, h2, h3, c0, c1, c2, c3] = *first;
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        let headers_length = u32::from_be_bytes([h0, h1, h2, h3]);
        let stated = u32::from_be_bytes([c0, c1, c2, c3]);
        let computed = self.hash(&first[..8]);
        // One condition for the good case; only a bad prelude is asked what is wrong with it. A sum of 64 bits cannot overflow.
        let smallest = u64::from(headers_length) + (PRELUDE + CHECKSUM) as u64;
        if computed == stated
            && smallest <= u64::from(length)
            && headers_length != 1
            && length <= self.limits.max_frame_bytes()
            && headers_length <= self.limits.max_headers_bytes()
        {
            return Ok(Prelude { length, headers_length });
        }
        Err(self.fail(self.fault_of_prelude(length, headers_length, computed, stated)))
    }

    #[cold]
    fn fault_of_prelude(
        &self,
        length: u32,
        headers_length: u32,
        computed: u32,
        stated: u32,
    ) -> FrameErrorKind {
        let (max_frame, max_headers) = (self.limits.max_frame_bytes(), self.limits.max_headers_bytes());
        if computed != stated {
            // First: lengths under a wrong checksum say nothing, not even that they are too long.
            FrameErrorKind::PreludeChecksum { computed, stated }
        } else if (length as usize) < PRELUDE + CHECKSUM {
            FrameErrorKind::FrameLength { length }
        } else if length > max_frame {
            FrameErrorKind::FrameTooLong { length, limit: max_frame }
        } else if headers_length > max_headers {
            FrameErrorKind::HeadersTooLong { length: headers_length, limit: max_headers }
        } else {
            FrameErrorKind::HeadersLength { length: headers_length, frame_length: length }
        }
    }

    #[inline(never)]
    fn check_headers(&mut self, headers: &[u8]) -> Result<(), FrameError> {
        if let Err((at, fault)) = header::check(headers) {
            // The headers' length is 32 bits wide.
            let at = (PRELUDE + at) as u32;
            return Err(self.fail(FrameErrorKind::Header { at, fault }));
        }
        self.good_headers.clear();
        if headers.len() <= REMEMBERED {
            self.good_headers.extend_from_slice(headers);
        }
        Ok(())
    }

    #[inline]
    fn hash(&self, bytes: &[u8]) -> u32 {
        let mut hasher = self.hasher.clone();
        hasher.update(bytes);
        hasher.finalize()
    }
}

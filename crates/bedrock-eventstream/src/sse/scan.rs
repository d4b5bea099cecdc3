//! Finds the end of an event and its fields, line by line, looking at every byte once however it is cut. It is given all the
//! bytes of the event so far and keeps none of them.

use super::{SseErrorKind, SseLimits};

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A place in the bytes of an event, which are at most 2 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) fn of(self, block: &[u8]) -> &[u8] {
        block.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Where in the bytes of an event its fields are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fields {
    /// There was a line that counts.
    any: bool,
    /// The value of the first `data` line.
    pub(super) data: Option<Span>,
    pub(super) data_lines: u32,
    pub(super) name: Option<Span>,
    pub(super) id: Option<Span>,
    pub(super) retry: Option<u64>,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The first so many bytes are an event.
    Event(usize),
    /// The first so many bytes make no event: a comment, a blank line, fields without data. So an event always begins with
    /// its first field, and nothing is kept of the comments that a server may send for hours.
    Nothing(usize),
    /// Neither; all bytes have been looked at.
    More,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Scanner {
    limits: SseLimits,
    /// Up to where the bytes of this event have been looked at.
    seen: usize,
    /// Where the line begins that is being looked at.
    line: usize,
    /// The last line ended with CR, and it is not known yet whether LF follows, which would belong to it.
    after_cr: bool,
    fields: Fields,
}

impl Scanner {
    pub(super) fn new(limits: SseLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(super) const fn limits(&self) -> SseLimits {
        self.limits
    }

    pub(super) const fn seen(&self) -> usize {
        self.seen
    }

    /// Goes on where it stopped. `block` begins with the bytes that it was given before; `offset` is where in the stream
    /// that is. An error comes with the place in `block`.
    #[inline]
    pub(super) fn scan(&mut self, block: &[u8], offset: u64) -> Result<Found, (SseErrorKind, usize)> {
        loop {
            // The LF of a CR LF that was cut in two. Before the first field it is handed back as
            // nothing, so that the next event begins with its first field and has the right offset.
            if self.after_cr && self.seen < block.len() {
                self.after_cr = false;
                if block[self.seen] == b'\n' {
                    self.seen += 1;
                    self.line = self.seen;
                    if !self.fields.any {
                        return Ok(Found::Nothing(self.seen));
                    }
                }
            }
            let Some(length) = end_of_line(&block[self.seen..]) else {
                self.admit(block.len(), 0)?;
                self.seen = block.len();
                return Ok(Found::More);
            };
            let end = self.seen + length;
            self.admit(end, 1)?;
            let begin = self.line;
            self.after_cr = block[end] == b'\r';
            self.seen = end + 1;
            self.line = self.seen;
            let line = &block[begin..end];
            // Only at the first byte of the stream, as the standard has it; later the mark is text.
            let line = if begin as u64 + offset == 0 { without_mark(line) } else { line };
            if !line.is_empty() {
                self.fields.add(line, end).map_err(|kind| (kind, begin))?;
            } else if self.fields.data_lines > 0 {
                return Ok(Found::Event(self.seen));
            }
            // A comment between two fields is kept with the event, for its bytes lie inside of it.
            if line.is_empty() || !self.fields.any {
                return Ok(Found::Nothing(self.seen));
            }
        }
    }

    /// Gives the fields found and begins anew, behind the bytes that made the event or nothing.
    #[inline]
    pub(super) fn take(&mut self, bytes: usize) -> Fields {
        // `after_cr` stays: the LF of the blank line may be the next byte.
        self.seen -= bytes;
        self.line = 0;
        std::mem::take(&mut self.fields)
    }

    /// Begins anew, at bytes that may have been looked at before.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.limits);
    }

    /// Whether there is data, if the stream ends here. It needs no look at the fields, which may be long.
    pub(super) fn has_data_at_end(&self, block: &[u8], offset: u64) -> bool {
        let line = self.last_line(block, offset);
        self.fields.data_lines > 0 || line.starts_with(b"data:") || line == b"data"
    }

    /// The line whose end has not come.
    fn last_line<'b>(&self, block: &'b [u8], offset: u64) -> &'b [u8] {
        let line = block.get(self.line..).unwrap_or_default();
        if self.line as u64 + offset == 0 { without_mark(line) } else { line }
    }

    /// The fields, if the stream ends here: the last line needs no end then.
    pub(super) fn fields_at_end(mut self, block: &[u8], offset: u64) -> Fields {
        let line = self.last_line(block, offset);
        if !line.is_empty() {
            // A name that is not UTF-8 is left out: the data is what matters here.
            let _ = self.fields.add(line, block.len());
        }
        self.fields
    }

    /// Refuses a line or an event that goes on to byte `end` and is then too long. `more` bytes end the line.
    #[inline]
    pub(super) fn admit(&self, end: usize, more: usize) -> Result<(), (SseErrorKind, usize)> {
        let (max_line, max_event) = (self.limits.max_line_bytes(), self.limits.max_event_bytes());
        if end - self.line > max_line as usize {
            return Err((SseErrorKind::LineTooLong { limit: max_line }, self.line));
        }
        if end + more > max_event as usize {
            return Err((SseErrorKind::EventTooLong { limit: max_event }, 0));
        }
        Ok(())
    }
}

impl Fields {
    /// Takes up one line, not blank, that ends at `end`.
    #[inline]
    fn add(&mut self, line: &[u8], end: usize) -> Result<(), SseErrorKind> {
        let (field, value) = split(line);
        let span = Span { start: (end - value.len()) as u32, end: end as u32 };
        match field {
            b"data" => {
                self.data.get_or_insert(span);
                self.data_lines += 1;
            }
            // Stricter than the standard, which would read U+FFFD: names and ids are lent as `&str`
            // out of the bytes as they came.
            b"event" => {
                check_utf8(value, "event")?;
                self.name = Some(span);
            }
            b"id" => {
                check_utf8(value, "id")?;
                // The standard: an id with a NUL in it does not count.
                if memchr::memchr(0, value).is_none() {
                    self.id = Some(span);
                }
            }
            b"retry" => {
                // The standard: anything else does not count. Nor does a number beyond 64 bits.
                if value.iter().all(u8::is_ascii_digit) {
                    let digits = std::str::from_utf8(value).unwrap_or_default();
                    self.retry = digits.parse().ok().or(self.retry);
                }
            }
            // Comments, whose field has no name, and what the standard does not know.
            _ => return Ok(()),
        }
        self.any = true;
        Ok(())
    }
}

/// The values of all `data` lines of an event. `first` says whether it stands at the beginning of the stream.
pub(super) fn data_lines(block: &[u8], first: bool) -> impl Iterator<Item = &[u8]> {
    let mut rest = if first { without_mark(block) } else { block };
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            // CR LF leaves an empty line here, which is no data.
            rest = rest.get(end + 1..).unwrap_or_default();
            if let (b"data", value) = split(line) {
                return Some(value);
            }
        }
        None
    })
}

/// Where the line ends that `bytes` begin with. The line behind an event's last is empty, so that is looked for first.
#[inline]
fn end_of_line(bytes: &[u8]) -> Option<usize> {
    if bytes.first() == Some(&b'\n') { Some(0) } else { memchr::memchr2(b'\n', b'\r', bytes) }
}

/// The name of the field and its value: one space behind the colon does not count.
#[inline]
fn split(line: &[u8]) -> (&[u8], &[u8]) {
    // Nearly every line; the value may be long and hold colons, or none.
    let colon = if line.starts_with(b"data:") { Some(4) } else { memchr::memchr(b':', line) };
    let Some(colon) = colon else { return (line, &line[line.len()..]) };
    let value = &line[colon + 1..];
    (&line[..colon], value.strip_prefix(b" ").unwrap_or(value))
}

#[inline]
fn check_utf8(value: &[u8], field: &'static str) -> Result<(), SseErrorKind> {
    if value.is_ascii() || std::str::from_utf8(value).is_ok() {
        Ok(())
    } else {
        Err(SseErrorKind::NotUtf8 { field })
    }
}

fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
}

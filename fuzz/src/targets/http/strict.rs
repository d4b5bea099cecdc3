//! A response of HTTP/1.1 as RFC 9112 has it, with nothing let pass that the standard only tolerates. Slow and short.

/// What some bytes are.
#[derive(Debug)]
pub(crate) enum Strict {
    /// A response, and perhaps more behind it.
    Whole(Message),
    /// The beginning of a response; what is there of its body.
    Cut { body: Vec<u8> },
    /// Not what the standard allows, or more than the client takes.
    Wrong,
}

/// A whole response.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// How many bytes it has, with the informational ones before it.
    pub(crate) length: usize,
    /// Whether its connection may be used again.
    pub(crate) keeps: bool,
    /// Whether its end is the connection's.
    pub(crate) ends_with_connection: bool,
}

/// The most that the client takes.
const LONGEST_HEAD: usize = 64 << 10;
const MOST_HEADERS: usize = 128;

/// Why there is no message.
enum No {
    /// More is needed.
    More(Vec<u8>),
    Wrong,
}

type Found<T> = Result<T, No>;

impl Strict {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        match message(bytes) {
            Ok(message) => Self::Whole(message),
            Err(No::More(body)) => Self::Cut { body },
            Err(No::Wrong) => Self::Wrong,
        }
    }
}

/// Names in lower case, and values.
type Fields<'a> = Vec<(String, &'a [u8])>;

struct Head<'a> {
    version: u8,
    status: u16,
    headers: Fields<'a>,
}

impl Head<'_> {
    fn all(&self, name: &str) -> Vec<String> {
        let values = self.headers.iter().filter(|header| header.0 == name);
        values.map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase()).collect()
    }
}

fn message(bytes: &[u8]) -> Found<Message> {
    let mut at = 0;
    let head = loop {
        let (head, length) = head(&bytes[at..])?;
        at += length;
        match head.status {
            101 => return Err(No::Wrong),
            100..200 => {}
            _ => break head,
        }
    };
    if at > LONGEST_HEAD {
        return Err(No::Wrong);
    }
    let rest = &bytes[at..];
    let (codings, lengths) = (head.all("transfer-encoding"), head.all("content-length"));
    let closes = head
        .all("connection")
        .iter()
        .flat_map(|value| value.split(','))
        .any(|token| token.trim_matches([' ', '\t']) == "close");
    let keeps = head.version == 1 && !closes;
    let whole = |body: Vec<u8>, length: usize| Message {
        status: head.status,
        body,
        length: at + length,
        keeps,
        ends_with_connection: false,
    };
    if !codings.is_empty() && !lengths.is_empty() {
        return Err(No::Wrong);
    }
    if matches!(head.status, 204 | 304) {
        return Ok(whole(Vec::new(), 0));
    }
    match (codings.as_slice(), lengths.as_slice()) {
        ([], []) => {
            Ok(Message { ends_with_connection: true, keeps: false, ..whole(rest.to_vec(), rest.len()) })
        }
        ([coding], []) if coding == "chunked" && head.version == 1 => {
            let (body, length) = chunked(rest)?;
            Ok(whole(body, length))
        }
        ([], [first, others @ ..]) if others.iter().all(|other| other == first) => {
            if first.is_empty() || !first.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(No::Wrong);
            }
            let length: u64 = first.parse().map_err(|_| No::Wrong)?;
            match usize::try_from(length).ok().and_then(|length| rest.get(..length)) {
                Some(body) => Ok(whole(body.to_vec(), body.len())),
                None => Err(No::More(rest.to_vec())),
            }
        }
        _ => Err(No::Wrong),
    }
}

/// A head and its length.
fn head(bytes: &[u8]) -> Found<(Head<'_>, usize)> {
    let (start, mut at) = line(bytes)?;
    let (version, rest) = match (start.strip_prefix(b"HTTP/1.1 "), start.strip_prefix(b"HTTP/1.0 ")) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (0, rest),
        _ => return Err(No::Wrong),
    };
    let digits = rest.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit)).ok_or(No::Wrong)?;
    let status = digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
    let reason = rest[3..].strip_prefix(b" ").ok_or(No::Wrong)?;
    if status < 100 || !reason.iter().all(|byte| is_text(*byte)) {
        return Err(No::Wrong);
    }
    let (headers, length) = fields(&bytes[at..])?;
    at += length;
    Ok((Head { version, status, headers }, at))
}

/// Fields up to an empty line, and their length with it.
fn fields(bytes: &[u8]) -> Found<(Fields<'_>, usize)> {
    let mut at = 0;
    let mut fields = Vec::new();
    loop {
        let (line, length) = line(&bytes[at..])?;
        at += length;
        if line.is_empty() {
            return Ok((fields, at));
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(No::Wrong)?;
        let (name, value) = (&line[..colon], trimmed(&line[colon + 1..]));
        if name.is_empty()
            || !name.iter().all(|byte| is_token(*byte))
            || !value.iter().all(|byte| is_text(*byte))
        {
            return Err(No::Wrong);
        }
        fields.push((String::from_utf8_lossy(name).to_ascii_lowercase(), value));
        if fields.len() > MOST_HEADERS {
            return Err(No::Wrong);
        }
    }
}

/// A line that ends with CR LF, and its length with them.
fn line(bytes: &[u8]) -> Found<(&[u8], usize)> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).ok_or(No::More(Vec::new()))?;
    match (bytes[end], bytes.get(end + 1)) {
        (b'\r', Some(b'\n')) => Ok((&bytes[..end], end + 2)),
        (b'\r', None) => Err(No::More(Vec::new())),
        _ => Err(No::Wrong),
    }
}

/// A body in chunks, and its length on the wire.
fn chunked(bytes: &[u8]) -> Found<(Vec<u8>, usize)> {
    let (mut at, mut body) = (0, Vec::new());
    let cut = |no: No, body: &[u8]| if let No::More(_) = no { No::More(body.to_vec()) } else { No::Wrong };
    loop {
        let (line, length) = line(&bytes[at..]).map_err(|no| cut(no, &body))?;
        at += length;
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (size, extension) = line.split_at(digits);
        let sound = extension.is_empty()
            || extension.starts_with(b";") && extension.iter().all(|byte| is_text(*byte));
        // More digits than a number has are refused, though they be zeros.
        if digits == 0 || digits > 16 || !sound {
            return Err(No::Wrong);
        }
        let size = size
            .iter()
            .fold(0_u64, |size, digit| size << 4 | u64::from((*digit as char).to_digit(16).unwrap_or(0)));
        if size == 0 {
            let (_, length) = fields(&bytes[at..]).map_err(|no| cut(no, &body))?;
            return Ok((body, at + length));
        }
        let rest = &bytes[at..];
        let Some(data) = usize::try_from(size).ok().and_then(|size| rest.get(..size)) else {
            body.extend_from_slice(rest);
            return Err(No::More(body));
        };
        body.extend_from_slice(data);
        at += data.len();
        match &bytes[at..] {
            [b'\r', b'\n', ..] => at += 2,
            [] | [b'\r'] => return Err(No::More(body)),
            _ => return Err(No::Wrong),
        }
    }
}

/// Without the blanks around it, of which there are two kinds and no more.
fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// What may stand in a value, a reason or an extension.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || byte >= b' ' && byte != 0x7f
}

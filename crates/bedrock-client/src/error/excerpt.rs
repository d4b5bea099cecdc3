//! The beginning of a body, for messages.

/// The beginning of a body, on one line, for people.
pub(crate) fn excerpt(body: &[u8]) -> String {
    const LONGEST: usize = 200;
    let text = String::from_utf8_lossy(body);
    // Joined: gateways send keep-alive white space before they say what is wrong.
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out: String =
        words.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(LONGEST).collect();
    if out.len() < words.len() {
        out.push('…');
    }
    out
}

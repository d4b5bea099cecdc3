//! The path of a request: fixed words and labels, encoded so that what is signed, sent and routed is one and the same.
//!
//! Not for reading model ids: any text may be one, as long as it can stand in one segment of a path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Error;

/// Everything except `A-Z a-z 0-9 - . _ ~`: what the AWS SDKs leave alone in a label, and what no URL parser rewrites.
// botocore and the Rust SDK send `:` as `%3A` too; the service takes both.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request path under construction.
///
/// ```
/// use bedrock_http::Path;
///
/// let arn = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0";
/// let path = Path::new().segment("model").label("modelId", arn)?.segment("converse");
/// assert_eq!(
///     path.as_str(),
///     "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0/converse",
/// );
/// # Ok::<(), bedrock_http::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// The empty path, to which segments are added.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds fixed words of the operation, as `segment("async-invoke")` or `segment("openai/v1/responses")`: text that is
    /// written in the program and needs no encoding except what a URL cannot hold. A `/` separates segments.
    #[must_use]
    pub fn segment(mut self, words: &'static str) -> Self {
        for word in words.split('/') {
            self.push(word);
        }
        self
    }

    /// Adds a value of the caller's as one segment, whatever characters it has; `name` is what an error calls it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when the value, or the part of it before its first `;`, is empty,
    /// `.` or `..`: such a segment climbs out of its place in the path, on servers that drop `;` parameters also when it
    /// is encoded.
    pub fn label(mut self, name: &str, value: &str) -> Result<Self, Error> {
        // The Anthropic SDK refuses the same ids.
        let head = value.split(';').next().unwrap_or_default();
        if matches!(head, "" | "." | "..") {
            return Err(Error::usage(format!(
                "{name} must not be empty, `.` or `..` (also before a `;`); it is {value:?}"
            )));
        }
        self.push(value);
        Ok(self)
    }

    /// The encoded path; begins with `/`.
    pub fn as_str(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }

    fn push(&mut self, value: &str) {
        self.0.push('/');
        self.0.extend(utf8_percent_encode(value, ENCODED));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        let rows = [
            ("anthropic.claude-3-haiku-20240307-v1:0", Some("anthropic.claude-3-haiku-20240307-v1%3A0")),
            ("a/b", Some("a%2Fb")),
            ("%2e%2e", Some("%252e%252e")),
            ("a b+c&d=é", Some("a%20b%2Bc%26d%3D%C3%A9")),
            ("-._~", Some("-._~")),
            ("...", Some("...")),
            ("x;..", Some("x%3B..")),
            ("\u{0}\r\n", Some("%00%0D%0A")),
            ("", None),
            (".", None),
            ("..", None),
            (";x", None),
            (".;x", None),
            ("..;x", None),
        ];
        for (value, want) in rows {
            let got = Path::new().segment("model").label("modelId", value);
            match want {
                Some(want) => assert_eq!(got.unwrap().as_str(), format!("/model/{want}")),
                None => assert!(got.unwrap_err().to_string().contains("modelId"), "{value:?}"),
            }
        }
    }

    #[test]
    fn segments() {
        assert_eq!(Path::new().as_str(), "/");
        assert_eq!(Path::new().segment("openai/v1/responses").as_str(), "/openai/v1/responses");
    }
}

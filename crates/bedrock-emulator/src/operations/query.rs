//! What operations with lists share: parameters of the query, and pages.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::error::ServiceError;
use crate::exchange::Call;

/// Items a page, where the caller does not say.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;

/// The parameters of one request.
pub(super) struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    pub(super) fn of(call: &'a Call) -> Self {
        Self(call.head.uri.query().unwrap_or_default())
    }

    /// The value of a parameter, decoded.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let mut pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(key, _)| *key == name)?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    /// Whether the parameter is not there, or is this.
    pub(super) fn allows(&self, name: &str, value: &Value) -> bool {
        self.text(name)
            .is_none_or(|wanted| value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(&wanted)))
    }

    /// Whether a time lies between two parameters, as far as they are there. Times in this form sort as text does.
    pub(super) fn allows_time(&self, after: &str, before: &str, time: &Value) -> bool {
        let time = time.as_str().unwrap_or_default();
        self.text(after).is_none_or(|after| time >= after.as_str())
            && self.text(before).is_none_or(|before| time <= before.as_str())
    }

    /// One page of the items, in the member of this name, with the token of the next page if there is one.
    pub(super) fn page(&self, member: &str, mut found: Vec<Value>) -> Result<Value, ServiceError> {
        let (first, size) =
            (self.number("nextToken")?.unwrap_or(0), self.number("maxResults")?.unwrap_or(PAGE));
        match self.text("sortOrder").as_deref() {
            None | Some("Ascending") => {}
            Some("Descending") => found.reverse(),
            Some(other) => return Err(invalid("sortOrder", other)),
        }
        // The token is where the next page begins; the service's tokens say nothing.
        let end = first.saturating_add(size.clamp(1, MAX_PAGE));
        let more = found.len() > end;
        let page: Vec<Value> = found.into_iter().skip(first).take(end.saturating_sub(first)).collect();
        let mut answer = Map::from_iter([(member.to_owned(), Value::from(page))]);
        if more {
            answer.insert("nextToken".to_owned(), json!(end.to_string()));
        }
        Ok(Value::Object(answer))
    }

    fn number(&self, name: &str) -> Result<Option<usize>, ServiceError> {
        let parse = |text: String| text.parse().map_err(|_| invalid(name, &text));
        self.text(name).map(parse).transpose()
    }
}

fn invalid(name: &str, value: &str) -> ServiceError {
    ServiceError::validation(format!("1 validation error detected: Value '{value}' at '{name}' is not valid"))
}

/// The service's error for a missing member.
pub(super) fn missing(member: &str) -> ServiceError {
    ServiceError::validation(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must not be null"
    ))
}

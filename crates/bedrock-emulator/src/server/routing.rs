//! From a method and a path to the row of the table of operations.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::error::ServiceError;
use crate::operations::{Api, RUNTIME, Row, TABLE};

/// Where a request leads.
pub(super) enum Route {
    To(Target),
    /// The address is known, but not with this method.
    WrongMethod(Api),
    Unknown,
}

/// An operation, addressed.
pub(super) struct Target {
    pub(super) row: &'static Row,
    /// The decoded segments of the address.
    pub(super) segments: Vec<String>,
}

impl Route {
    /// The API that the address belongs to.
    pub(super) fn api(&self) -> Api {
        match self {
            Self::To(target) => target.row.api,
            Self::WrongMethod(api) => *api,
            Self::Unknown => RUNTIME,
        }
    }

    /// The operation, if there is one.
    pub(super) fn target(self) -> Result<Target, ServiceError> {
        match self {
            Self::To(target) => Ok(target),
            Self::WrongMethod(_) => Err(ServiceError::new("MethodNotAllowedException", "")),
            Self::Unknown => Err(ServiceError::new("UnknownOperationException", "")),
        }
    }
}

impl Target {
    /// The model of the address, if it has one.
    pub(super) fn model_id(&self) -> Option<&str> {
        let has_model = self.row.path.starts_with("/model/{}");
        self.segments.first().filter(|_| has_model).map(String::as_str)
    }
}

/// Finds the operation of a method and a path as it came over the wire. A slash separates segments even where it was meant
/// to be part of an ARN: such an id must be sent as `%2F`.
pub(super) fn route(method: &Method, path: &str) -> Route {
    let mut known = None;
    for row in TABLE {
        if let Some(segments) = segments(row.path, path) {
            if row.method == *method {
                return Route::To(Target { row, segments });
            }
            known.get_or_insert(row.api);
        }
    }
    known.map_or(Route::Unknown, Route::WrongMethod)
}

fn segments(pattern: &str, path: &str) -> Option<Vec<String>> {
    // `zip` below ends with the shorter of the two.
    if pattern.matches('/').count() != path.matches('/').count() {
        return None;
    }
    let mut found = Vec::new();
    for (wanted, given) in pattern.split('/').zip(path.split('/')) {
        match wanted {
            "{}" if !given.is_empty() => {
                found.push(percent_decode_str(given).decode_utf8().ok()?.into_owned())
            }
            wanted if wanted == given => {}
            _ => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Operation;

    #[test]
    fn addresses() {
        let to = |operation: Operation, segments: &[&str]| format!("{operation} {segments:?}");
        let found = |method: &Method, path: &str| match route(method, path) {
            Route::To(target) => format!("{} {:?}", target.row.operation, target.segments),
            Route::WrongMethod(_) => "wrong method".to_owned(),
            Route::Unknown => "unknown".to_owned(),
        };
        for (method, path, expected) in [
            (Method::POST, "/model/a%3Ab/converse", to(Operation::Converse, &["a:b"])),
            (Method::POST, "/model/a:b/converse-stream", to(Operation::ConverseStream, &["a:b"])),
            (Method::POST, "/model/arn%3Ax%2Fy/invoke", to(Operation::InvokeModel, &["arn:x/y"])),
            (Method::POST, "/model/arn:x/y/invoke", "unknown".to_owned()),
            (Method::POST, "/model//invoke", "unknown".to_owned()),
            (Method::GET, "/model/m/invoke", "wrong method".to_owned()),
            (Method::POST, "/guardrail/g/version/1/apply", to(Operation::ApplyGuardrail, &["g", "1"])),
            (Method::GET, "/async-invoke", to(Operation::ListAsyncInvokes, &[])),
            (Method::POST, "/async-invoke", to(Operation::StartAsyncInvoke, &[])),
            (Method::POST, "/model/%FF/invoke", "unknown".to_owned()),
        ] {
            assert_eq!(found(&method, path), expected, "{path}");
        }
    }

    #[test]
    fn every_row_finds_itself() {
        for row in TABLE {
            let route = route(&row.method, &row.path.replace("{}", "x"));
            assert!(matches!(route, Route::To(target) if std::ptr::eq(target.row, row)), "{}", row.path);
        }
    }
}

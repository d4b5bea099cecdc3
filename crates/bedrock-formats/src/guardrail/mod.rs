//! Guardrails: what they found in an answer, ApplyGuardrail, and checks without a stored guardrail.
//!
//! For: the assessments that Converse's trace, ApplyGuardrail and (with other keys around them) InvokeModel's bodies
//! hold, and the bodies of the two guardrail operations.
//! Not for: switching a guardrail on in a call; that is `guardrailConfig` in Converse, and headers in InvokeModel.
//!
//! ```
//! use bedrock_formats::guardrail::{ApplyGuardrailRequest, ApplyGuardrailResponse, GuardrailAction};
//!
//! let request = ApplyGuardrailRequest::input("My name is Jane");
//! assert_eq!(serde_json::to_string(&request)?, r#"{"source":"INPUT","content":[{"text":{"text":"My name is Jane"}}]}"#);
//!
//! let response: ApplyGuardrailResponse = serde_json::from_str(
//!     r#"{"usage":{},"action":"GUARDRAIL_INTERVENED","outputs":[{"text":"My name is {NAME}"}],"assessments":[]}"#,
//! )?;
//! assert_eq!(response.action, GuardrailAction::GuardrailIntervened);
//! assert_eq!(response.text().as_deref(), Some("My name is {NAME}"));
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! In what the service sends, every field but an enum is an `Option` here, whatever the service model says: it leaves
//! out lists that are empty.

mod apply;
mod assessment;
mod automated_reasoning;
mod checks;
mod policy;

pub use apply::*;
pub use assessment::*;
pub use automated_reasoning::*;
pub use checks::*;
pub use policy::*;

//! InvokeModel and its streaming relatives: what travels around a body that is the model's own.
//!
//! For: the headers that InvokeModel and InvokeModelWithResponseStream take and give, and the events of the streamed and
//! the bidirectional operation.
//! Not for: the bodies, which are the formats of this crate, and the frames the events come in.
//!
//! ```
//! use bedrock_formats::invoke::{InvokeModelRequest, ResponseStream};
//!
//! let request = InvokeModelRequest::default().content_type("application/json").guardrail_version("DRAFT");
//! assert_eq!(
//!     request.headers().collect::<Vec<_>>(),
//!     [("Content-Type", "application/json"), ("X-Amzn-Bedrock-GuardrailVersion", "DRAFT")],
//! );
//!
//! let event = ResponseStream::from_event("chunk", br#"{"bytes":"e30=","p":"abc"}"#)?;
//! let ResponseStream::Chunk(part) = event else { panic!("not a chunk") };
//! assert_eq!(part.bytes.unwrap().decode()?, b"{}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use bedrock_codegen::codegen_at_use;

use crate::converse::{PerformanceConfigLatency, ServiceTierType};
use crate::exceptions::{
    InternalServerException, ModelStreamErrorException, ModelTimeoutException, ServiceUnavailableException,
    ThrottlingException, ValidationException,
};
use crate::wire::{Blob, IntoField};

wire_enum! {
    /// Whether an answer has what the guardrail found.
    pub enum Trace {
        /// It has what the guardrail acted on.
        "ENABLED" => Enabled,
        /// It has nothing of it.
        "DISABLED" => Disabled,
        /// It also has what was looked at and passed.
        "ENABLED_FULL" => EnabledFull,
    }
}

/// Declares what travels in headers: for each field the header, the name here and the type.
// The service model: its members in headers. `Accept` has another name where the answer is a
// stream.
macro_rules! headers {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $header:literal $field:ident : $ty:ty ),* $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: Option<$ty>, )*
        }

        impl $name {
            /// The headers' names.
            pub const NAMES: &'static [&'static str] = &[$($header),*];

            /// The headers that are set: their names and values.
            pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
                let values: [Option<&str>; Self::NAMES.len()] =
                    [$( self.$field.as_ref().map(|value| value.as_str()) ),*];
                Self::NAMES.iter().zip(values).filter_map(|(name, value)| Some((*name, value?)))
            }

            /// Takes the values out of headers; `get` finds one by its name.
            pub fn from_headers<'a>(get: impl Fn(&'static str) -> Option<&'a str>) -> Self {
                Self { $( $field: get($header).map(<$ty>::from), )* }
            }

            $(
                #[doc = concat!("Sets the header `", $header, "`.")]
                #[must_use]
                pub fn $field(mut self, value: impl IntoField<Option<$ty>>) -> Self {
                    self.$field = value.into_field();
                    self
                }
            )*
        }
    )+};
}

headers! {
    /// The headers of an InvokeModel request. The body, at most 25,000,000 bytes, travels as it is.
    pub struct InvokeModelRequest {
        /// What the body is; the models that take JSON want `application/json`.
        "Content-Type" content_type: String,
        /// What the answer is to be.
        "Accept" accept: String,
        /// Whether the answer has what the guardrail found.
        "X-Amzn-Bedrock-Trace" trace: Trace,
        /// The guardrail's id or ARN.
        "X-Amzn-Bedrock-GuardrailIdentifier" guardrail_identifier: String,
        /// The guardrail's version: a number, or `DRAFT`.
        "X-Amzn-Bedrock-GuardrailVersion" guardrail_version: String,
        /// Which latency the model runs at.
        "X-Amzn-Bedrock-PerformanceConfig-Latency" performance_config_latency: PerformanceConfigLatency,
        /// Which tier the request is served in.
        "X-Amzn-Bedrock-Service-Tier" service_tier: ServiceTierType,
        /// Labels for the invocation log, as the text of a JSON object: at most 8500 characters.
        "X-Amzn-Bedrock-Request-Metadata" request_metadata: String,
        /// The project that the call belongs to: its id or ARN, at most 2048 characters.
        "X-Amzn-Bedrock-ProjectIdentifier" project_identifier: String,
    }
    /// The headers of an InvokeModelWithResponseStream request: those of InvokeModel, but for the name of the one that
    /// says what the answer is to be.
    pub struct InvokeModelWithResponseStreamRequest {
        /// What the body is; the models that take JSON want `application/json`.
        "Content-Type" content_type: String,
        /// What the chunks of the answer are to be; the answer itself is always an event stream.
        "X-Amzn-Bedrock-Accept" accept: String,
        /// Whether the answer has what the guardrail found.
        "X-Amzn-Bedrock-Trace" trace: Trace,
        /// The guardrail's id or ARN.
        "X-Amzn-Bedrock-GuardrailIdentifier" guardrail_identifier: String,
        /// The guardrail's version: a number, or `DRAFT`.
        "X-Amzn-Bedrock-GuardrailVersion" guardrail_version: String,
        /// Which latency the model runs at.
        "X-Amzn-Bedrock-PerformanceConfig-Latency" performance_config_latency: PerformanceConfigLatency,
        /// Which tier the request is served in.
        "X-Amzn-Bedrock-Service-Tier" service_tier: ServiceTierType,
        /// Labels for the invocation log, as the text of a JSON object: at most 8500 characters.
        "X-Amzn-Bedrock-Request-Metadata" request_metadata: String,
        /// The project that the call belongs to: its id or ARN, at most 2048 characters.
        "X-Amzn-Bedrock-ProjectIdentifier" project_identifier: String,
    }
    /// The headers of InvokeModel's answer.
    pub struct InvokeModelResponse {
        /// What the body is.
        "Content-Type" content_type: String,
        /// Which latency the model ran at.
        "X-Amzn-Bedrock-PerformanceConfig-Latency" performance_config_latency: PerformanceConfigLatency,
        /// Which tier the request was served in.
        "X-Amzn-Bedrock-Service-Tier" service_tier: ServiceTierType,
    }
    /// The headers of InvokeModelWithResponseStream's answer.
    pub struct InvokeModelWithResponseStreamResponse {
        /// What the chunks are.
        "X-Amzn-Bedrock-Content-Type" content_type: String,
        /// Which latency the model ran at.
        "X-Amzn-Bedrock-PerformanceConfig-Latency" performance_config_latency: PerformanceConfigLatency,
        /// Which tier the request was served in.
        "X-Amzn-Bedrock-Service-Tier" service_tier: ServiceTierType,
    }
}

#[codegen_at_use]
impl From<InvokeModelRequest> for InvokeModelWithResponseStreamRequest {
    fn from(request: InvokeModelRequest) -> Self {
        Self {
            content_type: request.content_type,
            accept: request.accept,
            trace: request.trace,
            guardrail_identifier: request.guardrail_identifier,
            guardrail_version: request.guardrail_version,
            performance_config_latency: request.performance_config_latency,
            service_tier: request.service_tier,
            request_metadata: request.request_metadata,
            project_identifier: request.project_identifier,
        }
    }
}

macro_rules! parts {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        wire_struct! {$(
            $(#[$meta])*
            pub struct $name {
                /// The document, at most 1,000,000 bytes.
                "bytes" bytes: Option<Blob>,
            }
        )*}

        $(
            impl $name {
                /// A part that carries this document.
                #[must_use]
                pub fn new(document: impl AsRef<[u8]>) -> Self {
                    Self { bytes: Some(Blob::from_bytes(document)), ..Self::default() }
                }
            }
        )*
    };
}

parts! {
    /// One chunk of a streamed answer.
    PayloadPart,
    /// One event to the model, in a bidirectional stream.
    BidirectionalInputPayloadPart,
    /// One event from the model, in a bidirectional stream.
    BidirectionalOutputPayloadPart,
}

wire_union! {
    /// One event of InvokeModelWithResponseStream's answer.
    pub enum ResponseStream {
        /// A chunk.
        "chunk" => Chunk(PayloadPart),
        /// The service failed, and the stream is over.
        "internalServerException" => InternalServerException(InternalServerException),
        /// The model failed, and the stream is over.
        "modelStreamErrorException" => ModelStreamErrorException(ModelStreamErrorException),
        /// The request was wrong, and the stream is over.
        "validationException" => ValidationException(ValidationException),
        /// Too much was asked for, and the stream is over.
        "throttlingException" => ThrottlingException(ThrottlingException),
        /// The model took too long, and the stream is over.
        "modelTimeoutException" => ModelTimeoutException(ModelTimeoutException),
        /// The service is overloaded, and the stream is over.
        "serviceUnavailableException" => ServiceUnavailableException(ServiceUnavailableException),
    }
    /// One event to a bidirectional stream.
    pub enum InvokeModelWithBidirectionalStreamInput {
        /// An event of the model's own format.
        "chunk" => Chunk(BidirectionalInputPayloadPart),
    }
    /// One event from a bidirectional stream.
    pub enum InvokeModelWithBidirectionalStreamOutput {
        /// An event of the model's own format.
        "chunk" => Chunk(BidirectionalOutputPayloadPart),
        /// The service failed, and the stream is over.
        "internalServerException" => InternalServerException(InternalServerException),
        /// The model failed, and the stream is over.
        "modelStreamErrorException" => ModelStreamErrorException(ModelStreamErrorException),
        /// The request was wrong, and the stream is over.
        "validationException" => ValidationException(ValidationException),
        /// Too much was asked for, and the stream is over.
        "throttlingException" => ThrottlingException(ThrottlingException),
        /// The model took too long, and the stream is over.
        "modelTimeoutException" => ModelTimeoutException(ModelTimeoutException),
        /// The service is overloaded, and the stream is over.
        "serviceUnavailableException" => ServiceUnavailableException(ServiceUnavailableException),
    }
}

event_union!(ResponseStream {
    "chunk" => Chunk(PayloadPart),
    "internalServerException" => InternalServerException(InternalServerException),
    "modelStreamErrorException" => ModelStreamErrorException(ModelStreamErrorException),
    "validationException" => ValidationException(ValidationException),
    "throttlingException" => ThrottlingException(ThrottlingException),
    "modelTimeoutException" => ModelTimeoutException(ModelTimeoutException),
    "serviceUnavailableException" => ServiceUnavailableException(ServiceUnavailableException),
});

event_union!(InvokeModelWithBidirectionalStreamInput {
    "chunk" => Chunk(BidirectionalInputPayloadPart),
});

event_union!(InvokeModelWithBidirectionalStreamOutput {
    "chunk" => Chunk(BidirectionalOutputPayloadPart),
    "internalServerException" => InternalServerException(InternalServerException),
    "modelStreamErrorException" => ModelStreamErrorException(ModelStreamErrorException),
    "validationException" => ValidationException(ValidationException),
    "throttlingException" => ThrottlingException(ThrottlingException),
    "modelTimeoutException" => ModelTimeoutException(ModelTimeoutException),
    "serviceUnavailableException" => ServiceUnavailableException(ServiceUnavailableException),
});

wire_struct! {
    /// A bidirectional request. Its body is an event stream, so the type holds at most one event of it.
    pub struct InvokeModelWithBidirectionalStreamRequest {
        /// The event.
        "body" body: Option<InvokeModelWithBidirectionalStreamInput>,
    }
    /// A bidirectional answer. Its body is an event stream, so the type holds at most one event of it.
    pub struct InvokeModelWithBidirectionalStreamResponse {
        /// The event.
        "body" body: Option<InvokeModelWithBidirectionalStreamOutput>,
    }
}

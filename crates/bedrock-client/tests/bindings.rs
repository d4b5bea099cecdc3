//! Where the service's model puts what does not travel in the body: each member that is bound to the path, the query or a
//! header can be set, and lands there. `BEDROCK_VECTORS` leads to the model itself, which the table is held to.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::future::Future;
use std::pin::Pin;

use crate::common::client;
use bedrock_client::formats::async_invoke::{
    AsyncInvokeStatus, SortAsyncInvocationBy, SortOrder, StartAsyncInvokeRequest,
};
use bedrock_client::formats::batch::{CreateModelInvocationJobRequest, ModelInvocationJobStatus, SortJobsBy};
use bedrock_client::formats::catalog::{
    InferenceProfileType, InferenceType, ModelCustomization, ModelModality,
};
use bedrock_client::formats::converse::{ConverseRequest, PerformanceConfigLatency, ServiceTierType};
use bedrock_client::formats::guardrail::{ApplyGuardrailRequest, InvokeGuardrailChecksRequest};
use bedrock_client::formats::invoke::Trace;
use bedrock_client::formats::rerank::RerankRequest;
use bedrock_client::{Client, Error};
use bedrock_testing::server::{Seen, Server, reply};
use serde_json::json;

type Sent = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// An operation of the service: method and path of the model, how it is called with everything bound set, and what is
/// expected where.
struct Row {
    operation: &'static str,
    /// Labels in braces; the values of `bound` stand there.
    address: &'static str,
    bound: &'static [(&'static str, Place, &'static str, &'static str)],
    call: fn(&Client) -> Sent,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Uri,
    Query,
    Header,
}
use Place::{Header, Query, Uri};

macro_rules! call {
    (|$client:ident| $call:expr) => {
        |$client| {
            let call = $call;
            Box::pin(async move { call.await.map(drop) })
        }
    };
}

const ID: &str = "arn:aws:bedrock:us-east-1:1:x/y-v1:0";
const ID_ENCODED: &str = "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ax%2Fy-v1%3A0";
const TIME: &str = "2026-01-02T03:04:05Z";

/// The members of both native operations, but for the one whose name differs.
macro_rules! native {
    ($accept:literal) => {
        &[
            ("modelId", Uri, "modelId", ID_ENCODED),
            ("contentType", Header, "Content-Type", "application/x"),
            ("accept", Header, $accept, "image/png"),
            ("trace", Header, "X-Amzn-Bedrock-Trace", "ENABLED_FULL"),
            ("guardrailIdentifier", Header, "X-Amzn-Bedrock-GuardrailIdentifier", "gr-1"),
            ("guardrailVersion", Header, "X-Amzn-Bedrock-GuardrailVersion", "DRAFT"),
            ("performanceConfigLatency", Header, "X-Amzn-Bedrock-PerformanceConfig-Latency", "optimized"),
            ("serviceTier", Header, "X-Amzn-Bedrock-Service-Tier", "flex"),
            ("requestMetadata", Header, "X-Amzn-Bedrock-Request-Metadata", r#"{"team":"bl\u00e4u"}"#),
        ]
    };
}

macro_rules! native_call {
    ($client:ident . $operation:ident) => {
        $client
            .$operation(ID, "{}")
            .content_type("application/x")
            .accept("image/png")
            .trace(Trace::EnabledFull)
            .guardrail("gr-1", "DRAFT")
            .latency(PerformanceConfigLatency::Optimized)
            .service_tier(ServiceTierType::Flex)
            .metadata([("team", "bläu")])
    };
}

const MODEL_ID: (&str, Place, &str, &str) = ("modelId", Uri, "modelId", ID_ENCODED);

const RUNTIME: &[Row] = &[
    Row {
        operation: "ApplyGuardrail",
        address: "POST /guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply",
        bound: &[
            ("guardrailIdentifier", Uri, "guardrailIdentifier", ID_ENCODED),
            ("guardrailVersion", Uri, "guardrailVersion", "DRAFT"),
        ],
        call: call!(|client| client.apply_guardrail(ID, "DRAFT", ApplyGuardrailRequest::input("x"))),
    },
    Row {
        operation: "Converse",
        address: "POST /model/{modelId}/converse",
        bound: &[MODEL_ID],
        call: call!(|client| client.converse(ID, "x")),
    },
    Row {
        operation: "ConverseStream",
        address: "POST /model/{modelId}/converse-stream",
        bound: &[MODEL_ID],
        call: call!(|client| client.converse_stream(ID, "x")),
    },
    Row {
        operation: "CountTokens",
        address: "POST /model/{modelId}/count-tokens",
        bound: &[MODEL_ID],
        call: call!(|client| client.count_tokens(ID, ConverseRequest::from("x"))),
    },
    Row {
        operation: "GetAsyncInvoke",
        address: "GET /async-invoke/{invocationArn}",
        bound: &[("invocationArn", Uri, "invocationArn", ID_ENCODED)],
        call: call!(|client| client.get_async_invoke(ID)),
    },
    Row {
        operation: "InvokeGuardrailChecks",
        address: "POST /guardrail-checks/invoke",
        bound: &[],
        call: call!(|client| client.invoke_guardrail_checks(InvokeGuardrailChecksRequest::of("x"))),
    },
    Row {
        operation: "InvokeModel",
        address: "POST /model/{modelId}/invoke",
        bound: native!("Accept"),
        call: call!(|client| native_call!(client.invoke_model)),
    },
    Row {
        operation: "InvokeModelWithResponseStream",
        address: "POST /model/{modelId}/invoke-with-response-stream",
        bound: native!("X-Amzn-Bedrock-Accept"),
        call: call!(|client| native_call!(client.invoke_model_with_response_stream)),
    },
    Row {
        operation: "ListAsyncInvokes",
        address: "GET /async-invoke",
        bound: &[
            ("submitTimeAfter", Query, "submitTimeAfter", "2026-01-02T03%3A04%3A05Z"),
            ("submitTimeBefore", Query, "submitTimeBefore", "2026-01-02T03%3A04%3A05Z"),
            ("statusEquals", Query, "statusEquals", "Failed"),
            ("maxResults", Query, "maxResults", "7"),
            ("nextToken", Query, "nextToken", "a%20b%2B%C3%BC%2F%3D"),
            ("sortBy", Query, "sortBy", "SubmissionTime"),
            ("sortOrder", Query, "sortOrder", "Descending"),
        ],
        call: call!(|client| client
            .list_async_invokes()
            .submitted_after(TIME)
            .submitted_before(TIME)
            .status(AsyncInvokeStatus::Failed)
            .page_size(7)
            .next_token("a b+ü/=")
            .sort_order(SortOrder::Descending)
            .request(|request| request.sort_by(SortAsyncInvocationBy::SubmissionTime))),
    },
    Row {
        operation: "StartAsyncInvoke",
        address: "POST /async-invoke",
        bound: &[],
        call: call!(|client| {
            client.start_async_invoke(StartAsyncInvokeRequest::new(ID, json!({}), "s3://out/"))
        }),
    },
];

/// The agent runtime's and the control plane's, as botocore 1.44.5 has them.
const OTHERS: &[Row] = &[
    Row {
        operation: "Rerank",
        address: "POST /rerank",
        bound: &[],
        call: call!(|client| client.rerank(RerankRequest::new(ID, "x", ["a"]))),
    },
    Row {
        operation: "CreateModelInvocationJob",
        address: "POST /model-invocation-job",
        bound: &[],
        call: call!(|client| {
            let request = CreateModelInvocationJobRequest::new("n", "r", ID);
            client.create_model_invocation_job(request.input("s3://in/").output("s3://out/"))
        }),
    },
    Row {
        operation: "GetModelInvocationJob",
        address: "GET /model-invocation-job/{jobIdentifier}",
        bound: &[("jobIdentifier", Uri, "jobIdentifier", ID_ENCODED)],
        call: call!(|client| client.get_model_invocation_job(ID)),
    },
    Row {
        operation: "StopModelInvocationJob",
        address: "POST /model-invocation-job/{jobIdentifier}/stop",
        bound: &[("jobIdentifier", Uri, "jobIdentifier", ID_ENCODED)],
        call: call!(|client| client.stop_model_invocation_job(ID)),
    },
    Row {
        operation: "ListModelInvocationJobs",
        address: "GET /model-invocation-jobs",
        bound: &[
            ("submitTimeAfter", Query, "submitTimeAfter", "2026-01-02T03%3A04%3A05Z"),
            ("submitTimeBefore", Query, "submitTimeBefore", "2026-01-02T03%3A04%3A05Z"),
            ("statusEquals", Query, "statusEquals", "PartiallyCompleted"),
            ("nameContains", Query, "nameContains", "a%20b"),
            ("maxResults", Query, "maxResults", "7"),
            ("nextToken", Query, "nextToken", "t%3D%3D"),
            ("sortBy", Query, "sortBy", "CreationTime"),
            ("sortOrder", Query, "sortOrder", "Ascending"),
        ],
        call: call!(|client| client
            .list_model_invocation_jobs()
            .submitted_after(TIME)
            .submitted_before(TIME)
            .status(ModelInvocationJobStatus::PartiallyCompleted)
            .name_contains("a b")
            .page_size(7)
            .next_token("t==")
            .sort_order(SortOrder::Ascending)
            .request(|request| request.sort_by(SortJobsBy::CreationTime))),
    },
    Row {
        operation: "ListFoundationModels",
        address: "GET /foundation-models",
        bound: &[
            ("byProvider", Query, "byProvider", "Mistral%20AI"),
            ("byCustomizationType", Query, "byCustomizationType", "FINE_TUNING"),
            ("byOutputModality", Query, "byOutputModality", "EMBEDDING"),
            ("byInferenceType", Query, "byInferenceType", "ON_DEMAND"),
        ],
        call: call!(|client| client
            .list_foundation_models()
            .provider("Mistral AI")
            .customization(ModelCustomization::FineTuning)
            .output(ModelModality::Embedding)
            .inference_type(InferenceType::OnDemand)),
    },
    Row {
        operation: "GetFoundationModel",
        address: "GET /foundation-models/{modelIdentifier}",
        bound: &[("modelIdentifier", Uri, "modelIdentifier", ID_ENCODED)],
        call: call!(|client| client.get_foundation_model(ID)),
    },
    Row {
        operation: "ListInferenceProfiles",
        address: "GET /inference-profiles",
        bound: &[
            ("maxResults", Query, "maxResults", "7"),
            ("nextToken", Query, "nextToken", "t%3D%3D"),
            ("typeEquals", Query, "type", "APPLICATION"),
        ],
        call: call!(|client| client
            .list_inference_profiles()
            .page_size(7)
            .next_token("t==")
            .kind(InferenceProfileType::Application)),
    },
    Row {
        operation: "GetInferenceProfile",
        address: "GET /inference-profiles/{inferenceProfileIdentifier}",
        bound: &[("inferenceProfileIdentifier", Uri, "inferenceProfileIdentifier", ID_ENCODED)],
        call: call!(|client| client.get_inference_profile(ID)),
    },
];

/// Holds one request to its row.
fn check(row: &Row, seen: &Seen) {
    let about = format!("{}: {} {:?}", row.operation, seen.line, seen.headers);
    let bound = |place| row.bound.iter().filter(move |(_, at, ..)| *at == place);
    let address = bound(Uri).fold(row.address.to_owned(), |address, (_, _, name, value)| {
        let label = format!("{{{name}}}");
        assert!(address.contains(&label), "{about}: no {label}");
        address.replace(&label, value)
    });
    let (line, query) = seen
        .line
        .trim_end_matches(" HTTP/1.1")
        .split_once('?')
        .unwrap_or((seen.line.trim_end_matches(" HTTP/1.1"), ""));
    assert_eq!(line, address, "{about}");
    let mut asked: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    let mut wanted: Vec<String> = bound(Query).map(|(_, _, name, value)| format!("{name}={value}")).collect();
    asked.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(asked, wanted, "{about}");
    for (_, _, name, value) in bound(Header) {
        assert_eq!(seen.header(name), Some(*value), "{name}: {about}");
        let authorization = seen.header("authorization").unwrap();
        let signed =
            name.eq_ignore_ascii_case("content-type") || authorization.contains(&name.to_lowercase());
        assert!(signed, "{name} is not signed: {about}");
    }
    // Nothing of it is said a second time, by the other name or in the body.
    let other = if row.operation == "InvokeModel" { "x-amzn-bedrock-accept" } else { "accept-not-bound" };
    assert_eq!(seen.header(other), None, "{about}");
    let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    for (member, place, ..) in row.bound {
        assert!(body.get(*member).is_none(), "{member} is bound to {place:?}: {about} {body}");
    }
}

#[tokio::test]
async fn every_bound_member_lands_where_the_model_says() {
    // What is answered is no matter.
    let server = Server::start(|_, _| reply(400, &[("x-amzn-errortype", "ValidationException")], "{}"));
    let client = client(&server.url).build().unwrap();
    for row in RUNTIME.iter().chain(OTHERS) {
        (row.call)(&client).await.unwrap_err();
        check(row, server.seen().last().unwrap());
    }
    assert_eq!(server.seen().len(), RUNTIME.len() + OTHERS.len());
}

/// The two-way stream has one member in the path, which its own tests show.
const ELSEWHERE: &str = "InvokeModelWithBidirectionalStream";

#[test]
fn the_table_has_every_bound_member_of_the_model() {
    let Some(vectors) = bedrock_testing::folder("BEDROCK_VECTORS") else { return };
    let Ok(model) = std::fs::read_to_string(vectors.join("../service-model/MODEL-bedrock-runtime.md")) else {
        eprintln!("SKIPPED: there is no service model beside {vectors:?}");
        return;
    };
    let operations = model.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("- **")?.split_once("** ")?;
        Some((name, rest.split('`').next()?.trim(), rest.split('`').nth(1)?))
    });
    for (name, method, path) in operations.filter(|(name, ..)| *name != ELSEWHERE) {
        let row = RUNTIME.iter().find(|row| row.operation == name);
        let row = row.unwrap_or_else(|| panic!("no row for {name}"));
        assert_eq!(row.address, format!("{method} {path}"));
    }
    let mut count = 0;
    for line in model.lines().filter(|line| line.contains("Request.") && line.contains(" -> ")) {
        let (shape, rest) = line.trim_start_matches("- ").split_once("Request.").unwrap();
        let (member, rest) = rest.split_once(" -> ").unwrap();
        let (place, rest) = rest.split_once(" `").unwrap();
        let name = rest.split('`').next().unwrap();
        if shape == ELSEWHERE {
            continue;
        }
        let row = RUNTIME.iter().find(|row| row.operation == shape).unwrap_or_else(|| panic!("{line}"));
        let found = row.bound.iter().any(|(of, at, as_name, _)| {
            let at = match at {
                Uri => "uri",
                Query => "querystring",
                Header => "header",
            };
            (*of, at, *as_name) == (member, place, name)
        });
        assert!(found, "{line}");
        count += 1;
    }
    assert_eq!(count, RUNTIME.iter().map(|row| row.bound.len()).sum::<usize>());
}

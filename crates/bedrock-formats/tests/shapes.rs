//! Every shape of the service model goes through its type and comes back equal.
//!
//! The instances are generated: one file a shape, `<Shape>.jsonl`, one instance a line, in the folder that
//! `BEDROCK_SHAPES` names. What travels in headers or in the query stands under `@header` and `@query`, where the
//! generator was asked for it.

use bedrock_formats::async_invoke::*;
use bedrock_formats::converse::*;
use bedrock_formats::count_tokens::*;
use bedrock_formats::exceptions::*;
use bedrock_formats::guardrail::*;
use bedrock_formats::invoke::*;
use bedrock_formats::rerank::*;
use bedrock_testing::{folder, has_unknown, round_trip};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// How one instance of a shape is checked: `what` names it.
type Check = fn(what: &str, wire: &Value);

fn body<T: DeserializeOwned + Serialize + std::fmt::Debug>(what: &str, wire: &Value) {
    let mut wire = wire.clone();
    if let Some(object) = wire.as_object_mut() {
        object.retain(|key, _| !key.starts_with('@'));
    }
    understood(what, &round_trip::<T>(what, &wire));
}

/// Holds that every member has its field: one that has none would survive unseen, in `extra`. A `null` may stand there.
fn understood(what: &str, value: &impl std::fmt::Debug) {
    assert!(!has_unknown(value), "{what}: {value:?}");
    let text = format!("{value:?}");
    assert!(!text.contains("Other(\""), "{what}: a value of an enum is not known in {text}");
    for extra in text.split("extra: {").skip(1) {
        let entries = extra.split('}').next().unwrap_or_default();
        let all_null = entries.split(", ").all(|entry| entry.is_empty() || entry.ends_with(": Null"));
        assert!(all_null, "{what}: no field for {entries} in {text}");
    }
}

/// For requests that are all path: nothing travels in the body.
fn no_body(what: &str, wire: &Value) {
    assert!(wire.as_object().expect("an object").keys().all(|key| key == "@uri"), "{what}: {wire}");
}

fn list_async_invokes(what: &str, wire: &Value) {
    let query = wire.get("@query").cloned().unwrap_or_else(|| json!({}));
    let request: ListAsyncInvokesRequest = round_trip(what, &query);
    understood(what, &request);
    let written: Map<_, _> =
        request.query().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let expected = query.as_object().expect("an object").iter().map(|(name, value)| {
        (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned).into())
    });
    assert_eq!(written, expected.collect::<Map<_, Value>>(), "{what}");
}

macro_rules! table {
    (bodies: [$($shape:ident),* $(,)?], headers: [$($headers:ident),* $(,)?], others: [$($other:literal => $check:ident),* $(,)?]) => {
        &[
            $( (stringify!($shape), body::<$shape> as Check), )*
            $( (stringify!($headers), |what, wire| {
                let headers = wire.get("@header").cloned().unwrap_or_else(|| json!({}));
                let request = $headers::from_headers(|name| headers.get(name)?.as_str());
                let written: Map<_, _> =
                    request.headers().map(|(name, value)| (name.to_owned(), value.into())).collect();
                assert_eq!(Value::Object(written), headers, "{what}");
                let rest = wire.as_object().expect("an object").keys();
                let bound = ["@header", "@payload", "@uri"];
                assert!(rest.into_iter().all(|key| bound.contains(&key.as_str())), "{what}: {wire}");
            }), )*
            $( ($other, $check), )*
        ]
    };
}

#[rustfmt::skip]
const SHAPES: &[(&str, Check)] = table! {
    bodies: [
        AccessDeniedException, AnyToolChoice, AppliedGuardrailDetails, ApplyGuardrailRequest, ApplyGuardrailResponse,
        AsyncInvokeOutputDataConfig, AsyncInvokeS3OutputDataConfig, AsyncInvokeSummary, AudioBlock, AudioSource,
        AutoToolChoice, BedrockRerankingConfiguration, BedrockRerankingModelConfiguration,
        BidirectionalInputPayloadPart, BidirectionalOutputPayloadPart, CacheDetail, CachePointBlock, Citation,
        CitationGeneratedContent, CitationLocation, CitationSourceContent, CitationSourceContentDelta,
        CitationsConfig, CitationsContentBlock, CitationsDelta, ConflictException, ContentBlock, ContentBlockDelta,
        ContentBlockDeltaEvent, ContentBlockStart, ContentBlockStartEvent, ContentBlockStopEvent, ConverseMetrics,
        ConverseOutput, ConverseRequest, ConverseResponse, ConverseStreamMetadataEvent, ConverseStreamMetrics,
        ConverseStreamOutput, ConverseStreamRequest, ConverseStreamResponse, ConverseStreamTrace,
        ConverseTokensRequest, ConverseTrace, CountTokensInput, CountTokensRequest, CountTokensResponse,
        DocumentBlock, DocumentCharLocation, DocumentChunkLocation, DocumentContentBlock, DocumentPageLocation,
        DocumentSource, ErrorBlock, GetAsyncInvokeResponse, GuardrailAssessment, GuardrailAutomatedReasoningFinding,
        GuardrailAutomatedReasoningImpossibleFinding, GuardrailAutomatedReasoningInputTextReference,
        GuardrailAutomatedReasoningInvalidFinding, GuardrailAutomatedReasoningLogicWarning,
        GuardrailAutomatedReasoningNoTranslationsFinding, GuardrailAutomatedReasoningPolicyAssessment,
        GuardrailAutomatedReasoningRule, GuardrailAutomatedReasoningSatisfiableFinding,
        GuardrailAutomatedReasoningScenario, GuardrailAutomatedReasoningStatement,
        GuardrailAutomatedReasoningTooComplexFinding, GuardrailAutomatedReasoningTranslation,
        GuardrailAutomatedReasoningTranslationAmbiguousFinding, GuardrailAutomatedReasoningTranslationOption,
        GuardrailAutomatedReasoningValidFinding, GuardrailChecksConfig, GuardrailChecksContentBlock,
        GuardrailChecksContentFilterCategoryConfig, GuardrailChecksContentFilterConfig,
        GuardrailChecksContentFilterResult, GuardrailChecksContentFilterResultEntry,
        GuardrailChecksContentFilterUsage, GuardrailChecksMessage, GuardrailChecksPromptAttackCategoryConfig,
        GuardrailChecksPromptAttackConfig, GuardrailChecksPromptAttackResult, GuardrailChecksPromptAttackResultEntry,
        GuardrailChecksPromptAttackUsage, GuardrailChecksResults, GuardrailChecksSensitiveInformationConfig,
        GuardrailChecksSensitiveInformationEntityConfig, GuardrailChecksSensitiveInformationResult,
        GuardrailChecksSensitiveInformationResultEntry, GuardrailChecksSensitiveInformationUsage,
        GuardrailChecksUsageResults, GuardrailConfiguration, GuardrailContentBlock, GuardrailContentFilter,
        GuardrailContentPolicyAssessment, GuardrailContextualGroundingFilter,
        GuardrailContextualGroundingPolicyAssessment, GuardrailConverseContentBlock, GuardrailConverseImageBlock,
        GuardrailConverseImageSource, GuardrailConverseTextBlock, GuardrailCoverage, GuardrailCustomWord,
        GuardrailImageBlock, GuardrailImageCoverage, GuardrailImageSource, GuardrailInvocationMetrics,
        GuardrailManagedWord, GuardrailOutputContent, GuardrailPiiEntityFilter, GuardrailRegexFilter,
        GuardrailSensitiveInformationPolicyAssessment, GuardrailStreamConfiguration, GuardrailTextBlock,
        GuardrailTextCharactersCoverage, GuardrailTopic, GuardrailTopicPolicyAssessment, GuardrailTraceAssessment,
        GuardrailUsage, GuardrailWordPolicyAssessment, ImageBlock, ImageBlockDelta, ImageBlockStart, ImageSource,
        InferenceConfiguration, InternalServerException, InvokeGuardrailChecksRequest, InvokeGuardrailChecksResponse,
        InvokeModelTokensRequest, InvokeModelWithBidirectionalStreamInput, InvokeModelWithBidirectionalStreamOutput,
        InvokeModelWithBidirectionalStreamRequest, InvokeModelWithBidirectionalStreamResponse, JsonSchemaDefinition,
        ListAsyncInvokesResponse, Message, MessageStartEvent, MessageStopEvent, ModelErrorException,
        ModelNotReadyException, ModelStreamErrorException, ModelTimeoutException, OutputConfig, OutputFormat,
        OutputFormatStructure, PayloadPart, PerformanceConfiguration, PromptRouterTrace, PromptVariableValues,
        ReasoningContentBlock, ReasoningContentBlockDelta, ReasoningTextBlock, RerankDocument, RerankQuery,
        RerankRequest, RerankResponse, RerankResult, RerankSource, RerankTextDocument, RerankingConfiguration,
        ResourceNotFoundException, ResponseStream, S3Location, SearchResultBlock, SearchResultContentBlock,
        SearchResultLocation, ServiceQuotaExceededException, ServiceTier, ServiceUnavailableException,
        SpecificToolChoice, StartAsyncInvokeRequest, StartAsyncInvokeResponse, SystemContentBlock, SystemTool, Tag,
        ThrottlingException, TokenUsage, Tool, ToolAdditionBlock, ToolChoice, ToolConfiguration, ToolInputSchema,
        ToolReference, ToolRemovalBlock, ToolResultBlock, ToolResultBlockDelta, ToolResultBlockStart,
        ToolResultContentBlock, ToolSpecification, ToolUseBlock, ToolUseBlockDelta, ToolUseBlockStart,
        ValidationException, VideoBlock, VideoSource, WebLocation,
    ],
    headers: [
        InvokeModelRequest, InvokeModelResponse, InvokeModelWithResponseStreamRequest,
        InvokeModelWithResponseStreamResponse,
    ],
    others: ["GetAsyncInvokeRequest" => no_body, "ListAsyncInvokesRequest" => list_async_invokes]
};

#[test]
fn every_instance_of_every_shape_comes_back() {
    let Some(folder) = folder("BEDROCK_SHAPES") else { return };
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).collect();
    files.sort();
    let mut instances = 0;
    for path in &files {
        let shape = path.file_stem().unwrap().to_string_lossy();
        let (_, check) =
            SHAPES.iter().find(|(name, _)| *name == shape).unwrap_or_else(|| panic!("no type for {shape}"));
        for (number, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
            check(&format!("{shape}, line {}", number + 1), &serde_json::from_str(line).unwrap());
            instances += 1;
        }
    }
    eprintln!("{instances} instances of {} shapes", files.len());
    for shape in ["ConverseRequest", "ConverseResponse", "ConverseStreamOutput"] {
        assert!(files.iter().any(|path| path.file_stem().is_some_and(|stem| stem == shape)), "no {shape}");
    }
}

#[test]
fn the_table_names_each_shape_once() {
    let mut names: Vec<_> = SHAPES.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

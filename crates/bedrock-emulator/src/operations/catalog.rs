//! ListFoundationModels, GetFoundationModel, ListInferenceProfiles and GetInferenceProfile: one model of each family that the
//! server speaks for, and a profile for each that has one. Calls work with any other id, too.

use serde_json::{Value, json};

use super::query::Query;
use crate::error::ServiceError;
use crate::exchange::Call;

/// Id, name, provider, what goes in, what comes out, whether it streams, whether there is a profile `us.…`.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str, bool, bool);

const MODELS: &[Row] = &[
    ("amazon.nova-lite-v1:0", "Nova Lite", "Amazon", &["TEXT", "IMAGE", "VIDEO"], "TEXT", true, true),
    ("amazon.nova-micro-v1:0", "Nova Micro", "Amazon", &["TEXT"], "TEXT", true, true),
    (
        "amazon.titan-embed-text-v2:0",
        "Titan Text Embeddings V2",
        "Amazon",
        &["TEXT"],
        "EMBEDDING",
        false,
        false,
    ),
    ("amazon.titan-text-lite-v1", "Titan Text G1 - Lite", "Amazon", &["TEXT"], "TEXT", true, false),
    (
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        "Claude 3.5 Sonnet v2",
        "Anthropic",
        &["TEXT", "IMAGE"],
        "TEXT",
        true,
        true,
    ),
    (
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "Claude Sonnet 4.5",
        "Anthropic",
        &["TEXT", "IMAGE"],
        "TEXT",
        true,
        true,
    ),
    ("cohere.command-r-v1:0", "Command R", "Cohere", &["TEXT"], "TEXT", true, false),
    ("cohere.embed-english-v3", "Embed English", "Cohere", &["TEXT"], "EMBEDDING", false, false),
    ("meta.llama3-3-70b-instruct-v1:0", "Llama 3.3 70B Instruct", "Meta", &["TEXT"], "TEXT", true, true),
    ("mistral.mistral-7b-instruct-v0:2", "Mistral 7B Instruct", "Mistral AI", &["TEXT"], "TEXT", true, false),
    ("openai.gpt-oss-20b-1:0", "gpt-oss-20b", "OpenAI", &["TEXT"], "TEXT", true, false),
];

/// ListFoundationModels.
pub(super) fn models(call: &Call) -> Result<Value, ServiceError> {
    let query = Query::of(call);
    let mut found: Vec<Value> = all_models();
    found.retain(|model| {
        query.allows("byProvider", &model["providerName"])
            && query.allows("byOutputModality", &model["outputModalities"][0])
            && query.allows("byInferenceType", &model["inferenceTypesSupported"][0])
    });
    Ok(json!({"modelSummaries": found}))
}

/// GetFoundationModel.
pub(super) fn model(call: &Call) -> Result<Value, ServiceError> {
    one(call, all_models(), &["modelId", "modelArn"]).map(|model| json!({"modelDetails": model}))
}

/// ListInferenceProfiles.
pub(super) fn profiles(call: &Call) -> Result<Value, ServiceError> {
    let query = Query::of(call);
    let mut found = all_profiles();
    found.retain(|profile| query.allows("type", &profile["type"]));
    query.page("inferenceProfileSummaries", found)
}

/// GetInferenceProfile.
pub(super) fn profile(call: &Call) -> Result<Value, ServiceError> {
    one(call, all_profiles(), &["inferenceProfileId", "inferenceProfileArn"])
}

fn one(call: &Call, all: Vec<Value>, keys: &[&str]) -> Result<Value, ServiceError> {
    let wanted = call.segments.first().map_or("", String::as_str);
    let found = all.into_iter().find(|thing| keys.iter().any(|key| thing[*key] == wanted));
    found.ok_or_else(|| ServiceError::new("ResourceNotFoundException", format!("There is no {wanted}.")))
}

fn all_models() -> Vec<Value> {
    let models = MODELS.iter().map(|(id, name, provider, input, output, streams, _)| {
        json!({
            "modelArn": model_arn(id), "modelId": id, "modelName": name, "providerName": provider,
            "inputModalities": input, "outputModalities": [output], "responseStreamingSupported": streams,
            "customizationsSupported": [], "inferenceTypesSupported": ["ON_DEMAND"],
            "modelLifecycle": {"status": "ACTIVE"},
        })
    });
    models.collect()
}

fn all_profiles() -> Vec<Value> {
    let profiles = MODELS.iter().filter(|(.., has_profile)| *has_profile).map(|(id, name, ..)| {
        json!({
            "inferenceProfileId": format!("us.{id}"),
            "inferenceProfileArn": format!("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{id}"),
            "inferenceProfileName": format!("US {name}"),
            "description": format!("Routes requests to {name} in us-east-1 and us-west-2."),
            "models": [{"modelArn": model_arn(id)}],
            "status": "ACTIVE", "type": "SYSTEM_DEFINED",
            "createdAt": "2025-01-01T00:00:00Z", "updatedAt": "2025-01-01T00:00:00Z",
        })
    });
    profiles.collect()
}

fn model_arn(id: &str) -> String {
    format!("arn:aws:bedrock:us-east-1::foundation-model/{id}")
}

//! What models there are: foundation models, and the inference profiles that calls go through.
//!
//! For: ListFoundationModels (`GET /foundation-models`), GetFoundationModel (`GET /foundation-models/{id}`),
//! ListInferenceProfiles (`GET /inference-profiles`) and GetInferenceProfile (`GET /inference-profiles/{id}`) of the control
//! plane.
//! Not for: reading ids; see `model_id`.
//!
//! ```
//! use bedrock_formats::catalog::{ListFoundationModelsRequest, ListFoundationModelsResponse, ModelModality};
//!
//! let request = ListFoundationModelsRequest::default().by_provider("Amazon").by_output_modality(ModelModality::Text);
//! assert_eq!(request.query(), [("byProvider", "Amazon".to_owned()), ("byOutputModality", "TEXT".to_owned())]);
//!
//! let response: ListFoundationModelsResponse = serde_json::from_str(
//!     r#"{"modelSummaries":[{"modelArn":"arn:…","modelId":"amazon.nova-lite-v1:0","responseStreamingSupported":true}]}"#,
//! )?;
//! assert_eq!(response.model_summaries.unwrap()[0].response_streaming_supported, Some(true));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;

// The control plane's service model.
macro_rules! model {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        wire_struct! {$(
            $(#[$meta])*
            pub struct $name {
                /// Its ARN.
                "modelArn" model_arn: String,
                /// Its id.
                "modelId" model_id: String,
                /// Its name, for people.
                "modelName" model_name: Option<String>,
                /// Whose it is, for people.
                "providerName" provider_name: Option<String>,
                /// What it takes.
                "inputModalities" input_modalities: Option<Vec<ModelModality>>,
                /// What it gives.
                "outputModalities" output_modalities: Option<Vec<ModelModality>>,
                /// Whether its answers can be streamed.
                "responseStreamingSupported" response_streaming_supported: Option<bool>,
                /// How it can be adapted.
                "customizationsSupported" customizations_supported: Option<Vec<ModelCustomization>>,
                /// How it can be called. A model that lists no `ON_DEMAND` is called through an inference profile.
                "inferenceTypesSupported" inference_types_supported: Option<Vec<InferenceType>>,
                /// Whether it is on its way out.
                "modelLifecycle" model_lifecycle: Option<FoundationModelLifecycle>,
            }
        )*}
    };
}

model! {
    /// A model, in a list.
    FoundationModelSummary,
    /// A model.
    FoundationModelDetails,
}

macro_rules! profile {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        wire_struct! {$(
            $(#[$meta])*
            pub struct $name {
                /// Its name, for people.
                "inferenceProfileName" inference_profile_name: String,
                /// What it does, for people.
                "description" description: Option<String>,
                /// When it was made, ISO 8601.
                "createdAt" created_at: Option<String>,
                /// When it last changed, ISO 8601.
                "updatedAt" updated_at: Option<String>,
                /// Its ARN.
                "inferenceProfileArn" inference_profile_arn: String,
                /// The models behind it, one for each region.
                "models" models: Vec<InferenceProfileModel>,
                /// Its id.
                "inferenceProfileId" inference_profile_id: String,
                /// Whether it can be used.
                "status" status: InferenceProfileStatus,
                /// Who made it.
                "type" kind: InferenceProfileType,
            }
        )*}
    };
}

profile! {
    /// An inference profile, in a list.
    InferenceProfileSummary,
    /// What GetInferenceProfile answers: an inference profile.
    GetInferenceProfileResponse,
}

wire_struct! {
    /// Whether a model is on its way out.
    pub struct FoundationModelLifecycle {
        /// Its state.
        "status" status: FoundationModelLifecycleStatus,
    }
    /// What ListFoundationModels is asked. It travels in the query of the URL: see [`query`](Self::query).
    pub struct ListFoundationModelsRequest {
        /// Only models of this provider.
        "byProvider" by_provider: Option<String>,
        /// Only models that can be adapted so.
        "byCustomizationType" by_customization_type: Option<ModelCustomization>,
        /// Only models that give this.
        "byOutputModality" by_output_modality: Option<ModelModality>,
        /// Only models that can be called so.
        "byInferenceType" by_inference_type: Option<InferenceType>,
    }
    /// What ListFoundationModels answers.
    pub struct ListFoundationModelsResponse {
        /// The models.
        "modelSummaries" model_summaries: Option<Vec<FoundationModelSummary>>,
    }
    /// What GetFoundationModel answers.
    pub struct GetFoundationModelResponse {
        /// The model.
        "modelDetails" model_details: Option<FoundationModelDetails>,
    }
    /// A model behind an inference profile.
    pub struct InferenceProfileModel {
        /// Its ARN.
        "modelArn" model_arn: Option<String>,
    }
    /// What ListInferenceProfiles is asked. It travels in the query of the URL: see [`query`](Self::query).
    pub struct ListInferenceProfilesRequest {
        /// At most so many in one answer, 1 to 1000.
        "maxResults" max_results: Option<u64>,
        /// What the answer before gave, to go on from there.
        "nextToken" next_token: Option<String>,
        /// Only profiles made by these.
        "type" kind: Option<InferenceProfileType>,
    }
    /// What ListInferenceProfiles answers.
    pub struct ListInferenceProfilesResponse {
        /// The profiles.
        "inferenceProfileSummaries" inference_profile_summaries: Option<Vec<InferenceProfileSummary>>,
        /// Present where there is more: to be sent with the next request.
        "nextToken" next_token: Option<String>,
    }
}

wire_enum! {
    /// What models take and give.
    pub enum ModelModality {
        /// Text.
        "TEXT" => Text,
        /// Pictures.
        "IMAGE" => Image,
        /// Vectors.
        "EMBEDDING" => Embedding,
        /// Films.
        "VIDEO" => Video,
        /// Speech.
        "SPEECH" => Speech,
    }
    /// How models can be adapted.
    pub enum ModelCustomization {
        /// By examples.
        "FINE_TUNING" => FineTuning,
        /// By more reading.
        "CONTINUED_PRE_TRAINING" => ContinuedPreTraining,
        /// By a larger model.
        "DISTILLATION" => Distillation,
    }
    /// How models can be called.
    pub enum InferenceType {
        /// By the token.
        "ON_DEMAND" => OnDemand,
        /// On bought capacity.
        "PROVISIONED" => Provisioned,
        /// Through an inference profile.
        "INFERENCE_PROFILE" => InferenceProfile,
    }
    /// The states of a model.
    pub enum FoundationModelLifecycleStatus {
        /// In use.
        "ACTIVE" => Active,
        /// Not for new programs.
        "LEGACY" => Legacy,
    }
    /// The states of an inference profile.
    pub enum InferenceProfileStatus {
        /// In use.
        "ACTIVE" => Active,
    }
    /// Who made an inference profile.
    pub enum InferenceProfileType {
        /// The service.
        "SYSTEM_DEFINED" => SystemDefined,
        /// The account, to keep its applications apart.
        "APPLICATION" => Application,
    }
}

#[codegen_at_use]
impl ListFoundationModelsRequest {
    /// The query's names and values, not yet percent-encoded.
    #[must_use]
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let values = [
            ("byProvider", self.by_provider.clone()),
            ("byCustomizationType", self.by_customization_type.as_ref().map(ToString::to_string)),
            ("byOutputModality", self.by_output_modality.as_ref().map(ToString::to_string)),
            ("byInferenceType", self.by_inference_type.as_ref().map(ToString::to_string)),
        ];
        values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[codegen_at_use]
impl ListInferenceProfilesRequest {
    /// The query's names and values, not yet percent-encoded.
    #[must_use]
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let values = [
            ("maxResults", self.max_results.map(|most| most.to_string())),
            ("nextToken", self.next_token.clone()),
            ("type", self.kind.as_ref().map(ToString::to_string)),
        ];
        values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_written_back() {
        let wire = serde_json::json!({
            "inferenceProfileSummaries": [{
                "inferenceProfileName": "US Nova Lite", "description": "d", "createdAt": "2025-01-01T00:00:00Z",
                "inferenceProfileArn": "arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0",
                "models": [{"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"}],
                "inferenceProfileId": "us.amazon.nova-lite-v1:0", "status": "ACTIVE", "type": "SYSTEM_DEFINED",
                "new": {"k": null},
            }],
            "nextToken": "t",
        });
        let response: ListInferenceProfilesResponse = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(serde_json::to_value(&response).unwrap(), wire);
        let first = &response.inference_profile_summaries.unwrap()[0];
        assert_eq!((&first.status, first.models.len()), (&InferenceProfileStatus::Active, 1));
    }
}

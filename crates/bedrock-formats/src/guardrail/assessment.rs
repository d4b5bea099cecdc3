//! An assessment: everything one guardrail found in one text, and what finding it cost.
//! Not for: the findings of each policy; see `policy.rs` and `automated_reasoning.rs`.

use std::collections::BTreeMap;

use super::{
    GuardrailAutomatedReasoningPolicyAssessment, GuardrailContentPolicyAssessment,
    GuardrailContextualGroundingPolicyAssessment, GuardrailSensitiveInformationPolicyAssessment,
    GuardrailTopicPolicyAssessment, GuardrailWordPolicyAssessment,
};

wire_struct! {
    /// What the guardrail did in a Converse call.
    pub struct GuardrailTraceAssessment {
        /// What the model said before anything was masked: its raw JSON where the answer is not streamed, plain text where
        /// it is.
        "modelOutput" model_output: Option<Vec<String>>,
        /// What was found in the question, by the guardrail's id.
        "inputAssessment" input_assessment: Option<BTreeMap<String, GuardrailAssessment>>,
        /// What was found in the answer, by the guardrail's id.
        "outputAssessments" output_assessments: Option<BTreeMap<String, Vec<GuardrailAssessment>>>,
        /// Why the guardrail acted, in words.
        "actionReason" action_reason: Option<String>,
    }
    /// Everything one guardrail found in one text.
    pub struct GuardrailAssessment {
        /// Topics that are not to be talked about.
        "topicPolicy" topic_policy: Option<GuardrailTopicPolicyAssessment>,
        /// Harmful content.
        "contentPolicy" content_policy: Option<GuardrailContentPolicyAssessment>,
        /// Words that are not to be used.
        "wordPolicy" word_policy: Option<GuardrailWordPolicyAssessment>,
        /// Personal data.
        "sensitiveInformationPolicy" sensitive_information_policy: Option<GuardrailSensitiveInformationPolicyAssessment>,
        /// Whether the answer keeps to its sources and to the question.
        "contextualGroundingPolicy" contextual_grounding_policy: Option<GuardrailContextualGroundingPolicyAssessment>,
        /// Whether the answer follows from written rules.
        "automatedReasoningPolicy" automated_reasoning_policy: Option<GuardrailAutomatedReasoningPolicyAssessment>,
        /// What the assessment cost.
        "invocationMetrics" invocation_metrics: Option<GuardrailInvocationMetrics>,
        /// Which guardrail it was.
        "appliedGuardrailDetails" applied_guardrail_details: Option<AppliedGuardrailDetails>,
    }
    /// What an assessment cost.
    pub struct GuardrailInvocationMetrics {
        /// Milliseconds.
        "guardrailProcessingLatency" guardrail_processing_latency: Option<i64>,
        /// The units that are billed.
        "usage" usage: Option<GuardrailUsage>,
        /// How much of the text was looked at.
        "guardrailCoverage" guardrail_coverage: Option<GuardrailCoverage>,
    }
    /// The units that are billed, by policy. A text unit is up to 1000 characters.
    pub struct GuardrailUsage {
        /// Of the topic policy.
        "topicPolicyUnits" topic_policy_units: Option<i64>,
        /// Of the content policy, for text.
        "contentPolicyUnits" content_policy_units: Option<i64>,
        /// Of the word policy.
        "wordPolicyUnits" word_policy_units: Option<i64>,
        /// Of the policy on personal data, where billed.
        "sensitiveInformationPolicyUnits" sensitive_information_policy_units: Option<i64>,
        /// Of the policy on personal data, where free.
        "sensitiveInformationPolicyFreeUnits" sensitive_information_policy_free_units: Option<i64>,
        /// Of the grounding policy.
        "contextualGroundingPolicyUnits" contextual_grounding_policy_units: Option<i64>,
        /// Of the content policy, for pictures.
        "contentPolicyImageUnits" content_policy_image_units: Option<i64>,
        /// Of the automated reasoning policy.
        "automatedReasoningPolicyUnits" automated_reasoning_policy_units: Option<i64>,
        /// How many automated reasoning policies were applied.
        "automatedReasoningPolicies" automated_reasoning_policies: Option<i64>,
    }
    /// How much was looked at.
    pub struct GuardrailCoverage {
        /// Of the text.
        "textCharacters" text_characters: Option<GuardrailTextCharactersCoverage>,
        /// Of the pictures.
        "images" images: Option<GuardrailImageCoverage>,
    }
    /// How much of the text was looked at, in characters.
    pub struct GuardrailTextCharactersCoverage {
        /// So many were looked at.
        "guarded" guarded: Option<i64>,
        /// So many there were.
        "total" total: Option<i64>,
    }
    /// How many of the pictures were looked at.
    pub struct GuardrailImageCoverage {
        /// So many were looked at.
        "guarded" guarded: Option<i64>,
        /// So many there were.
        "total" total: Option<i64>,
    }
    /// Which guardrail was applied, and who asked for it.
    pub struct AppliedGuardrailDetails {
        /// Its id.
        "guardrailId" guardrail_id: Option<String>,
        /// Its version: a number, or `DRAFT`.
        "guardrailVersion" guardrail_version: Option<String>,
        /// Its ARN.
        "guardrailArn" guardrail_arn: Option<String>,
        /// Who asked for it.
        "guardrailOrigin" guardrail_origin: Option<Vec<GuardrailOrigin>>,
        /// Whose it is.
        "guardrailOwnership" guardrail_ownership: Option<GuardrailOwnership>,
    }
}

wire_enum! {
    /// Who asked for a guardrail.
    pub enum GuardrailOrigin {
        /// The request did.
        "REQUEST" => Request,
        /// The account does, for every call.
        "ACCOUNT_ENFORCED" => AccountEnforced,
        /// The organization does, for every call.
        "ORGANIZATION_ENFORCED" => OrganizationEnforced,
    }
    /// Whose a guardrail is.
    pub enum GuardrailOwnership {
        /// The caller's account's.
        "SELF" => Own,
        /// Another account's.
        "CROSS_ACCOUNT" => CrossAccount,
    }
}

//! Automated reasoning: whether an answer follows from rules written in logic, and why or why not.
//! Not for: the other policies.

wire_struct! {
    /// What automated reasoning found.
    pub struct GuardrailAutomatedReasoningPolicyAssessment {
        /// One verdict for each group of claims.
        "findings" findings: Option<Vec<GuardrailAutomatedReasoningFinding>>,
    }
    /// The claims follow from the rules.
    pub struct GuardrailAutomatedReasoningValidFinding {
        /// The text in logic.
        "translation" translation: Option<GuardrailAutomatedReasoningTranslation>,
        /// A case in which the claims hold.
        "claimsTrueScenario" claims_true_scenario: Option<GuardrailAutomatedReasoningScenario>,
        /// The rules they follow from.
        "supportingRules" supporting_rules: Option<Vec<GuardrailAutomatedReasoningRule>>,
        /// What is odd about the logic.
        "logicWarning" logic_warning: Option<GuardrailAutomatedReasoningLogicWarning>,
    }
    /// The claims contradict the rules.
    pub struct GuardrailAutomatedReasoningInvalidFinding {
        /// The text in logic.
        "translation" translation: Option<GuardrailAutomatedReasoningTranslation>,
        /// The rules they contradict.
        "contradictingRules" contradicting_rules: Option<Vec<GuardrailAutomatedReasoningRule>>,
        /// What is odd about the logic.
        "logicWarning" logic_warning: Option<GuardrailAutomatedReasoningLogicWarning>,
    }
    /// The claims may hold or not, depending on what was not said.
    pub struct GuardrailAutomatedReasoningSatisfiableFinding {
        /// The text in logic.
        "translation" translation: Option<GuardrailAutomatedReasoningTranslation>,
        /// A case in which the claims hold.
        "claimsTrueScenario" claims_true_scenario: Option<GuardrailAutomatedReasoningScenario>,
        /// A case in which they do not.
        "claimsFalseScenario" claims_false_scenario: Option<GuardrailAutomatedReasoningScenario>,
        /// What is odd about the logic.
        "logicWarning" logic_warning: Option<GuardrailAutomatedReasoningLogicWarning>,
    }
    /// The premises contradict the rules or each other, so that no claim can be judged.
    pub struct GuardrailAutomatedReasoningImpossibleFinding {
        /// The text in logic.
        "translation" translation: Option<GuardrailAutomatedReasoningTranslation>,
        /// The rules they contradict.
        "contradictingRules" contradicting_rules: Option<Vec<GuardrailAutomatedReasoningRule>>,
        /// What is odd about the logic.
        "logicWarning" logic_warning: Option<GuardrailAutomatedReasoningLogicWarning>,
    }
    /// The text can be read in more than one way.
    pub struct GuardrailAutomatedReasoningTranslationAmbiguousFinding {
        /// The ways, at most 2.
        "options" options: Option<Vec<GuardrailAutomatedReasoningTranslationOption>>,
        /// Cases in which the ways differ, at most 2.
        "differenceScenarios" difference_scenarios: Option<Vec<GuardrailAutomatedReasoningScenario>>,
    }
    /// The text was too long or too involved.
    pub struct GuardrailAutomatedReasoningTooComplexFinding {}
    /// Nothing in the text has to do with the rules.
    pub struct GuardrailAutomatedReasoningNoTranslationsFinding {}
    /// One way to read a text.
    pub struct GuardrailAutomatedReasoningTranslationOption {
        /// The text in logic.
        "translations" translations: Option<Vec<GuardrailAutomatedReasoningTranslation>>,
    }
    /// A text in logic.
    pub struct GuardrailAutomatedReasoningTranslation {
        /// What the text takes as given.
        "premises" premises: Option<Vec<GuardrailAutomatedReasoningStatement>>,
        /// What it says.
        "claims" claims: Option<Vec<GuardrailAutomatedReasoningStatement>>,
        /// Givens that could not be put in logic.
        "untranslatedPremises" untranslated_premises: Option<Vec<GuardrailAutomatedReasoningInputTextReference>>,
        /// Claims that could not be put in logic.
        "untranslatedClaims" untranslated_claims: Option<Vec<GuardrailAutomatedReasoningInputTextReference>>,
        /// How sure the translation is: 0 to 1.
        "confidence" confidence: Option<f64>,
    }
    /// A statement.
    pub struct GuardrailAutomatedReasoningStatement {
        /// In logic, at most 1000 characters.
        "logic" logic: Option<String>,
        /// In words, at most 1000 characters.
        "naturalLanguage" natural_language: Option<String>,
    }
    /// A piece of the text that was looked at.
    pub struct GuardrailAutomatedReasoningInputTextReference {
        /// The piece, at most 1000 characters.
        "text" text: Option<String>,
    }
    /// A case: statements that hold together.
    pub struct GuardrailAutomatedReasoningScenario {
        /// The statements.
        "statements" statements: Option<Vec<GuardrailAutomatedReasoningStatement>>,
    }
    /// A rule of the policy.
    pub struct GuardrailAutomatedReasoningRule {
        /// Its id, 12 characters.
        "identifier" identifier: Option<String>,
        /// The ARN of the policy's version.
        "policyVersionArn" policy_version_arn: Option<String>,
    }
    /// What is odd about the logic: statements that hold, or fail, whatever the rules say.
    pub struct GuardrailAutomatedReasoningLogicWarning {
        /// Which of the two.
        "type" kind: Option<GuardrailAutomatedReasoningLogicWarningType>,
        /// The givens concerned.
        "premises" premises: Option<Vec<GuardrailAutomatedReasoningStatement>>,
        /// The claims concerned.
        "claims" claims: Option<Vec<GuardrailAutomatedReasoningStatement>>,
    }
}

wire_union! {
    /// A verdict.
    pub enum GuardrailAutomatedReasoningFinding {
        /// The claims follow from the rules.
        "valid" => Valid(GuardrailAutomatedReasoningValidFinding),
        /// They contradict the rules.
        "invalid" => Invalid(GuardrailAutomatedReasoningInvalidFinding),
        /// They may hold or not.
        "satisfiable" => Satisfiable(GuardrailAutomatedReasoningSatisfiableFinding),
        /// They cannot be judged.
        "impossible" => Impossible(GuardrailAutomatedReasoningImpossibleFinding),
        /// The text can be read in more than one way.
        "translationAmbiguous" => TranslationAmbiguous(GuardrailAutomatedReasoningTranslationAmbiguousFinding),
        /// The text was too long or too involved.
        "tooComplex" => TooComplex(GuardrailAutomatedReasoningTooComplexFinding),
        /// Nothing in the text has to do with the rules.
        "noTranslations" => NoTranslations(GuardrailAutomatedReasoningNoTranslationsFinding),
    }
}

wire_enum! {
    /// What is odd about the logic.
    pub enum GuardrailAutomatedReasoningLogicWarningType {
        /// It can never hold.
        "ALWAYS_FALSE" => AlwaysFalse,
        /// It always holds.
        "ALWAYS_TRUE" => AlwaysTrue,
    }
}

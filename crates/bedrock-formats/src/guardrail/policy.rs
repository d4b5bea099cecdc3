//! What each policy of a guardrail found.
//! Not for: automated reasoning, whose findings are an argument and not a match.

wire_struct! {
    /// Topics that are not to be talked about.
    pub struct GuardrailTopicPolicyAssessment {
        /// Those found.
        "topics" topics: Option<Vec<GuardrailTopic>>,
    }
    /// A topic that was found.
    pub struct GuardrailTopic {
        /// Its name in the guardrail.
        "name" name: Option<String>,
        /// What the guardrail thinks of it.
        "type" kind: GuardrailTopicType,
        /// What was done.
        "action" action: GuardrailTopicPolicyAction,
        /// Whether it was found; a full trace also lists what was not.
        "detected" detected: Option<bool>,
    }
    /// Harmful content.
    pub struct GuardrailContentPolicyAssessment {
        /// What was found.
        "filters" filters: Option<Vec<GuardrailContentFilter>>,
    }
    /// Harmful content of one kind.
    pub struct GuardrailContentFilter {
        /// The kind.
        "type" kind: GuardrailContentFilterType,
        /// How sure the finding is.
        "confidence" confidence: GuardrailContentFilterConfidence,
        /// How sure a finding must be to count.
        "filterStrength" filter_strength: Option<GuardrailContentFilterStrength>,
        /// What was done.
        "action" action: GuardrailContentPolicyAction,
        /// Whether it was found; a full trace also lists what was not.
        "detected" detected: Option<bool>,
    }
    /// Words that are not to be used.
    pub struct GuardrailWordPolicyAssessment {
        /// Words of the guardrail's own list.
        "customWords" custom_words: Option<Vec<GuardrailCustomWord>>,
        /// Words of the service's lists.
        "managedWordLists" managed_word_lists: Option<Vec<GuardrailManagedWord>>,
    }
    /// A word of the guardrail's own list.
    pub struct GuardrailCustomWord {
        /// The word as it stood in the text.
        "match" matched: Option<String>,
        /// What was done.
        "action" action: GuardrailWordPolicyAction,
        /// Whether it was found; a full trace also lists what was not.
        "detected" detected: Option<bool>,
    }
    /// A word of one of the service's lists.
    pub struct GuardrailManagedWord {
        /// The word as it stood in the text.
        "match" matched: Option<String>,
        /// The list.
        "type" kind: GuardrailManagedWordType,
        /// What was done.
        "action" action: GuardrailWordPolicyAction,
        /// Whether it was found; a full trace also lists what was not.
        "detected" detected: Option<bool>,
    }
    /// Personal data.
    pub struct GuardrailSensitiveInformationPolicyAssessment {
        /// Of known kinds.
        "piiEntities" pii_entities: Option<Vec<GuardrailPiiEntityFilter>>,
        /// Of the guardrail's own patterns.
        "regexes" regexes: Option<Vec<GuardrailRegexFilter>>,
    }
    /// Personal data of a known kind.
    pub struct GuardrailPiiEntityFilter {
        /// The data as it stood in the text.
        "match" matched: Option<String>,
        /// The kind.
        "type" kind: GuardrailPiiEntityType,
        /// What was done.
        "action" action: GuardrailSensitiveInformationPolicyAction,
        /// Whether it was found; a full trace also lists what was not.
        "detected" detected: Option<bool>,
    }
    /// Text that one of the guardrail's own patterns matched.
    pub struct GuardrailRegexFilter {
        /// The pattern's name.
        "name" name: Option<String>,
        /// The data as it stood in the text.
        "match" matched: Option<String>,
        /// The pattern.
        "regex" regex: Option<String>,
        /// What was done.
        "action" action: GuardrailSensitiveInformationPolicyAction,
        /// Whether it was found; a full trace also lists what was not.
        "detected" detected: Option<bool>,
    }
    /// Whether the answer keeps to its sources and to the question.
    pub struct GuardrailContextualGroundingPolicyAssessment {
        /// What was measured.
        "filters" filters: Option<Vec<GuardrailContextualGroundingFilter>>,
    }
    /// One measurement.
    pub struct GuardrailContextualGroundingFilter {
        /// What was measured.
        "type" kind: GuardrailContextualGroundingFilterType,
        /// The score below which the guardrail acts: 0 to 1.
        "threshold" threshold: Option<f64>,
        /// The score: 0 to 1.
        "score" score: Option<f64>,
        /// What was done.
        "action" action: GuardrailContextualGroundingPolicyAction,
        /// Whether the score is below the threshold.
        "detected" detected: Option<bool>,
    }
}

wire_enum! {
    /// What a guardrail thinks of a topic.
    pub enum GuardrailTopicType {
        /// Not to be talked about.
        "DENY" => Deny,
    }
    /// What was done about a topic.
    pub enum GuardrailTopicPolicyAction {
        /// The text was blocked.
        "BLOCKED" => Blocked,
        /// Nothing.
        "NONE" => Nothing,
    }
    /// The kinds of harmful content.
    pub enum GuardrailContentFilterType {
        /// Insults.
        "INSULTS" => Insults,
        /// Hate.
        "HATE" => Hate,
        /// Sexual content.
        "SEXUAL" => Sexual,
        /// Violence.
        "VIOLENCE" => Violence,
        /// Help with crime or other wrongdoing.
        "MISCONDUCT" => Misconduct,
        /// An attempt to turn the model against its instructions.
        "PROMPT_ATTACK" => PromptAttack,
    }
    /// How sure a finding is.
    pub enum GuardrailContentFilterConfidence {
        /// Not found.
        "NONE" => Nothing,
        /// Somewhat.
        "LOW" => Low,
        /// Fairly.
        "MEDIUM" => Medium,
        /// Very.
        "HIGH" => High,
    }
    /// How strictly a filter is set.
    pub enum GuardrailContentFilterStrength {
        /// Off.
        "NONE" => Nothing,
        /// Only sure findings count.
        "LOW" => Low,
        /// Fairly sure findings count.
        "MEDIUM" => Medium,
        /// Even unsure findings count.
        "HIGH" => High,
    }
    /// What was done about harmful content.
    pub enum GuardrailContentPolicyAction {
        /// The text was blocked.
        "BLOCKED" => Blocked,
        /// Nothing.
        "NONE" => Nothing,
    }
    /// What was done about a word.
    pub enum GuardrailWordPolicyAction {
        /// The text was blocked.
        "BLOCKED" => Blocked,
        /// Nothing.
        "NONE" => Nothing,
    }
    /// The service's word lists.
    pub enum GuardrailManagedWordType {
        /// Swear words.
        "PROFANITY" => Profanity,
    }
    /// What was done about personal data.
    pub enum GuardrailSensitiveInformationPolicyAction {
        /// It was masked: `{NAME}` stands in its place.
        "ANONYMIZED" => Anonymized,
        /// The text was blocked.
        "BLOCKED" => Blocked,
        /// Nothing.
        "NONE" => Nothing,
    }
    /// What a grounding check measures.
    pub enum GuardrailContextualGroundingFilterType {
        /// How well the sources bear the answer out.
        "GROUNDING" => Grounding,
        /// How well the answer meets the question.
        "RELEVANCE" => Relevance,
    }
    /// What was done about an answer that strays.
    pub enum GuardrailContextualGroundingPolicyAction {
        /// The text was blocked.
        "BLOCKED" => Blocked,
        /// Nothing.
        "NONE" => Nothing,
    }
}

/// The same 31 kinds of personal data under the two names the service model has for them.
macro_rules! personal_data {
    ($($(#[$meta:meta])* $name:ident),*) => {
        wire_enum! {$(
            $(#[$meta])*
            pub enum $name {
                /// A postal address.
                "ADDRESS" => Address,
                /// An age.
                "AGE" => Age,
                /// The id of an AWS access key.
                "AWS_ACCESS_KEY" => AwsAccessKey,
                /// The secret of an AWS access key.
                "AWS_SECRET_KEY" => AwsSecretKey,
                /// A Canadian health number.
                "CA_HEALTH_NUMBER" => CaHealthNumber,
                /// A Canadian social insurance number.
                "CA_SOCIAL_INSURANCE_NUMBER" => CaSocialInsuranceNumber,
                /// The check digits of a payment card.
                "CREDIT_DEBIT_CARD_CVV" => CreditDebitCardCvv,
                /// The month a payment card expires.
                "CREDIT_DEBIT_CARD_EXPIRY" => CreditDebitCardExpiry,
                /// The number of a payment card.
                "CREDIT_DEBIT_CARD_NUMBER" => CreditDebitCardNumber,
                /// The number of a driving licence.
                "DRIVER_ID" => DriverId,
                /// An e-mail address.
                "EMAIL" => Email,
                /// An IBAN.
                "INTERNATIONAL_BANK_ACCOUNT_NUMBER" => InternationalBankAccountNumber,
                /// An IP address.
                "IP_ADDRESS" => IpAddress,
                /// The number plate of a vehicle.
                "LICENSE_PLATE" => LicensePlate,
                /// The hardware address of a network card.
                "MAC_ADDRESS" => MacAddress,
                /// A person's name.
                "NAME" => Name,
                /// A password.
                "PASSWORD" => Password,
                /// A telephone number.
                "PHONE" => Phone,
                /// A PIN.
                "PIN" => Pin,
                /// A bank's SWIFT code.
                "SWIFT_CODE" => SwiftCode,
                /// A British health number.
                "UK_NATIONAL_HEALTH_SERVICE_NUMBER" => UkNationalHealthServiceNumber,
                /// A British national insurance number.
                "UK_NATIONAL_INSURANCE_NUMBER" => UkNationalInsuranceNumber,
                /// A British tax number.
                "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER" => UkUniqueTaxpayerReferenceNumber,
                /// A web address.
                "URL" => Url,
                /// A user name.
                "USERNAME" => Username,
                /// The number of a bank account in the United States.
                "US_BANK_ACCOUNT_NUMBER" => UsBankAccountNumber,
                /// The routing number of a bank in the United States.
                "US_BANK_ROUTING_NUMBER" => UsBankRoutingNumber,
                /// A United States tax number (ITIN).
                "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER" => UsIndividualTaxIdentificationNumber,
                /// A United States passport number.
                "US_PASSPORT_NUMBER" => UsPassportNumber,
                /// A United States social security number.
                "US_SOCIAL_SECURITY_NUMBER" => UsSocialSecurityNumber,
                /// The number of a vehicle's chassis.
                "VEHICLE_IDENTIFICATION_NUMBER" => VehicleIdentificationNumber,
            }
        )*}
    };
}

personal_data! {
    /// The kinds of personal data that a guardrail finds.
    GuardrailPiiEntityType,
    /// The kinds of personal data that a check without a stored guardrail finds.
    GuardrailChecksSensitiveInformationEntityType
}

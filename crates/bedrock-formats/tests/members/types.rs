//! Every wire object of the crate, by the module that it is found in. A test holds it to be all of them.
//! Not for: unions and enums; they are in the fields of these.

use bedrock_formats::wire::Wire;

/// Makes a new value of a type, for each.
pub(crate) type Make = fn() -> Box<dyn Wire>;

macro_rules! types {
    ($($alias:ident = $module:path { $($name:ident)* })*) => {
        $( use $module as $alias; )*

        /// All of them, by name.
        pub(crate) const TYPES: &[(&str, Make)] = &[$($(
            (stringify!($name), (|| Box::new($alias::$name::default()) as Box<dyn Wire>) as Make)
        ),*),*];
    };
}

types! {
    ai21_j2 = bedrock_formats::ai21_j2 {
        Request Penalty TokenizedText Completion FinishReason Response
    }
    ai21_jamba = bedrock_formats::ai21_jamba {
        Request Message Tool FunctionDefinition ToolCall FunctionCall Choice ChunkChoice CompletionUsage Meta
        Response Chunk
    }
    anthropic = bedrock_formats::anthropic {
        CharLocation PageLocation ContentBlockLocation WebSearchResultLocation SearchResultLocation TextBlock
        ThinkingBlock RedactedThinkingBlock ToolUseBlock ServerToolUseBlock McpToolUseBlock McpToolResultBlock
        ToolResultBlock ImageBlock DocumentBlock SearchResultBlock ToolReferenceBlock ContainerUploadBlock
        CompactionBlock FallbackBlock Base64Source TextSource ContentSource UrlSource FileSource CacheControl
        CitationsConfig Caller MessagesRequest MessageParam Tool ToolChoiceAuto ToolChoiceAny ToolChoiceTool
        ToolChoiceNone ThinkingEnabled ThinkingAdaptive ThinkingDisabled OutputConfig JsonSchemaFormat
        ContextManagement ClearToolUses ClearThinking Compact Metadata Message StopDetails Container Usage
        CacheCreation OutputTokensDetails ServerToolUsage UsageIteration WebSearchResult WebFetchResult
        CodeExecutionResult BashCodeExecutionResult CodeExecutionOutput BashCodeExecutionOutput
        TextEditorViewResult TextEditorCreateResult TextEditorStrReplaceResult ToolSearchResult AdvisorResult
        MessageStartEvent ContentBlockStartEvent ContentBlockDeltaEvent ContentBlockStopEvent MessageDeltaEvent
        MessageStopEvent PingEvent ErrorEvent ErrorObject MessageDelta TextDelta InputJsonDelta ThinkingDelta
        SignatureDelta CitationsDelta CompactionDelta
    }
    anthropic_text = bedrock_formats::anthropic_text {
        Request Response
    }
    async_invoke = bedrock_formats::async_invoke {
        StartAsyncInvokeRequest Tag AsyncInvokeS3OutputDataConfig StartAsyncInvokeResponse
        GetAsyncInvokeResponse ListAsyncInvokesResponse AsyncInvokeSummary ListAsyncInvokesRequest
    }
    batch = bedrock_formats::batch {
        CreateModelInvocationJobRequest CreateModelInvocationJobResponse ModelInvocationJobInputDataConfig
        ModelInvocationJobS3InputDataConfig ModelInvocationJobOutputDataConfig
        ModelInvocationJobS3OutputDataConfig VpcConfig StopModelInvocationJobResponse
        ListModelInvocationJobsRequest ListModelInvocationJobsResponse BatchInputRecord BatchOutputRecord
        BatchRecordError BatchManifest
    }
    catalog = bedrock_formats::catalog {
        FoundationModelLifecycle ListFoundationModelsRequest ListFoundationModelsResponse
        GetFoundationModelResponse InferenceProfileModel ListInferenceProfilesRequest
        ListInferenceProfilesResponse
    }
    cohere_command = bedrock_formats::cohere_command {
        Request Generation Response Chunk
    }
    cohere_command_r = bedrock_formats::cohere_command_r {
        Request ChatMessage Tool ParameterDefinition ToolCall ToolResult Citation SearchQuery ToolCallDelta Meta
        TokenCounts Response Chunk
    }
    converse = bedrock_formats::converse {
        CitationsContentBlock Citation WebLocation DocumentCharLocation DocumentPageLocation
        DocumentChunkLocation SearchResultLocation CachePointBlock ReasoningTextBlock SearchResultBlock
        SearchResultContentBlock GuardrailConverseTextBlock GuardrailConverseImageBlock S3Location ErrorBlock
        CitationsConfig ImageBlock DocumentBlock VideoBlock AudioBlock Message ConverseRequest
        ConverseStreamRequest InferenceConfiguration GuardrailConfiguration GuardrailStreamConfiguration
        PerformanceConfiguration ServiceTier OutputConfig OutputFormat JsonSchemaDefinition ConverseResponse
        ConverseMetrics ConverseTrace PromptRouterTrace TokenUsage CacheDetail MessageStartEvent
        ContentBlockStartEvent ContentBlockDeltaEvent ContentBlockStopEvent MessageStopEvent
        ConverseStreamMetadataEvent ConverseStreamMetrics ConverseStreamTrace ToolUseBlockStart
        ToolResultBlockStart ImageBlockStart ToolUseBlockDelta CitationsDelta CitationSourceContentDelta
        ImageBlockDelta ConverseStreamResponse ToolConfiguration ToolSpecification SystemTool AutoToolChoice
        AnyToolChoice SpecificToolChoice ToolUseBlock ToolResultBlock ToolAdditionBlock ToolRemovalBlock
        ToolReference
    }
    count_tokens = bedrock_formats::count_tokens {
        CountTokensRequest CountTokensResponse InvokeModelTokensRequest ConverseTokensRequest
    }
    deepseek = bedrock_formats::deepseek {
        Request Message Choice CompletionUsage Response
    }
    embeddings_cohere = bedrock_formats::embeddings::cohere {
        Request Input TextPart ImageUrlPart ImageUrl Response EmbeddingsByType
    }
    embeddings_marengo = bedrock_formats::embeddings::marengo {
        Request27 Request30 TextInput ImageInput TextImageInput MultiInput NamedSource ClipInput Segmentation
        FixedSegmentation DynamicSegmentation S3Location Response Embedding
    }
    embeddings_nova = bedrock_formats::embeddings::nova {
        Request EmbeddingParams TextInput ImageInput VideoInput AudioInput SegmentationConfig S3Location
        Response Embedding
    }
    embeddings_titan = bedrock_formats::embeddings::titan {
        TextRequest ImageRequest EmbeddingConfig Response EmbeddingsByType
    }
    exceptions = bedrock_formats::exceptions {
        ModelErrorException ModelStreamErrorException
    }
    guardrail = bedrock_formats::guardrail {
        ApplyGuardrailRequest ApplyGuardrailResponse GuardrailTextBlock GuardrailImageBlock
        GuardrailOutputContent GuardrailTraceAssessment GuardrailAssessment GuardrailInvocationMetrics
        GuardrailUsage GuardrailCoverage GuardrailTextCharactersCoverage GuardrailImageCoverage
        AppliedGuardrailDetails GuardrailAutomatedReasoningPolicyAssessment
        GuardrailAutomatedReasoningValidFinding GuardrailAutomatedReasoningInvalidFinding
        GuardrailAutomatedReasoningSatisfiableFinding GuardrailAutomatedReasoningImpossibleFinding
        GuardrailAutomatedReasoningTranslationAmbiguousFinding GuardrailAutomatedReasoningTooComplexFinding
        GuardrailAutomatedReasoningNoTranslationsFinding GuardrailAutomatedReasoningTranslationOption
        GuardrailAutomatedReasoningTranslation GuardrailAutomatedReasoningStatement
        GuardrailAutomatedReasoningInputTextReference GuardrailAutomatedReasoningScenario
        GuardrailAutomatedReasoningRule GuardrailAutomatedReasoningLogicWarning InvokeGuardrailChecksRequest
        GuardrailChecksMessage GuardrailChecksConfig GuardrailChecksContentFilterConfig
        GuardrailChecksContentFilterCategoryConfig GuardrailChecksPromptAttackConfig
        GuardrailChecksPromptAttackCategoryConfig GuardrailChecksSensitiveInformationConfig
        GuardrailChecksSensitiveInformationEntityConfig InvokeGuardrailChecksResponse GuardrailChecksResults
        GuardrailChecksContentFilterResult GuardrailChecksContentFilterResultEntry
        GuardrailChecksPromptAttackResult GuardrailChecksPromptAttackResultEntry
        GuardrailChecksSensitiveInformationResult GuardrailChecksSensitiveInformationResultEntry
        GuardrailChecksUsageResults GuardrailChecksContentFilterUsage GuardrailChecksPromptAttackUsage
        GuardrailChecksSensitiveInformationUsage GuardrailTopicPolicyAssessment GuardrailTopic
        GuardrailContentPolicyAssessment GuardrailContentFilter GuardrailWordPolicyAssessment
        GuardrailCustomWord GuardrailManagedWord GuardrailSensitiveInformationPolicyAssessment
        GuardrailPiiEntityFilter GuardrailRegexFilter GuardrailContextualGroundingPolicyAssessment
        GuardrailContextualGroundingFilter
    }
    images_amazon = bedrock_formats::images::amazon {
        Request TextToImageParams ColorGuidedGenerationParams ImageVariationParams PaintingParams
        BackgroundRemovalParams ImageGenerationConfig Response VideoRequest VideoGenerationConfig
    }
    images_stability = bedrock_formats::images::stability {
        Request Response SdxlRequest TextPrompt SdxlResponse Artifact
    }
    invocation_log = bedrock_formats::invocation_log {
        Record Identity Input Output
    }
    invocation_metrics = bedrock_formats::invocation_metrics {
        InvocationMetrics GuardrailConfig
    }
    llama = bedrock_formats::llama {
        Request Response
    }
    mistral_chat = bedrock_formats::mistral_chat {
        Request Message TextPart ImageUrlPart ImageUrl ThinkingPart Tool FunctionDefinition ToolCall
        FunctionCall Choice CompletionUsage Response
    }
    mistral_text = bedrock_formats::mistral_text {
        Request Output Response
    }
    nova = bedrock_formats::nova {
        Message ContentBlock Media Document S3Location ToolUse ToolResult ToolResultContent ReasoningContent
        ReasoningText CitationsContent CachePoint Request InferenceConfig ToolConfig ToolSpec ToolInputSchema
        SystemTool AutoToolChoice AnyToolChoice SpecificToolChoice ReasoningConfig Response Output Usage
        StreamEvent MessageStart ContentBlockStart Start ToolUseStart ToolResultStart ContentBlockDelta Delta
        ToolUseDelta ReasoningDelta ContentBlockStop MessageStop Metadata
    }
    openai_chat = bedrock_formats::openai_chat {
        ChatCompletionChunk ChunkChoice ChoiceDelta ChatCompletionMessage ToolCall FunctionCall CustomCall Audio
        TextPart ImageUrlPart ImageUrl InputAudioPart FilePart RefusalPart ThinkingPart UrlCitation
        UrlCitationAnnotation ReasoningText ReasoningSummary ReasoningEncrypted ChatCompletionRequest
        StreamOptions FunctionTool FunctionDefinition CustomTool NamedFunction NamedCustom NamedTool
        AllowedTools TextFormat JsonObjectFormat JsonSchemaFormat JsonSchema ChatCompletion Choice Logprobs
        TokenLogprob CompletionUsage PromptTokensDetails CompletionTokensDetails ErrorObject ErrorResponse
    }
    openai_responses = bedrock_formats::openai_responses {
        OutputText Refusal ReasoningText SummaryText InputText InputImage InputFile TokenLogprob FileCitation
        UrlCitation ContainerFileCitation FilePath CreatedEvent QueuedEvent InProgressEvent CompletedEvent
        FailedEvent IncompleteEvent OutputItemAddedEvent OutputItemDoneEvent ContentPartAddedEvent
        ContentPartDoneEvent ReasoningPartAddedEvent ReasoningPartDoneEvent OutputTextDeltaEvent
        OutputTextDoneEvent OutputTextAnnotationAddedEvent RefusalDeltaEvent RefusalDoneEvent
        ReasoningTextDeltaEvent ReasoningTextDoneEvent ReasoningSummaryPartAddedEvent
        ReasoningSummaryPartDoneEvent ReasoningSummaryTextDeltaEvent ReasoningSummaryTextDoneEvent
        FunctionCallArgumentsDeltaEvent FunctionCallArgumentsDoneEvent CustomToolCallInputDeltaEvent
        CustomToolCallInputDoneEvent McpCallArgumentsDeltaEvent McpCallArgumentsDoneEvent McpCallInProgressEvent
        McpCallCompletedEvent McpCallFailedEvent McpListToolsInProgressEvent McpListToolsCompletedEvent
        McpListToolsFailedEvent FileSearchCallInProgressEvent FileSearchCallSearchingEvent
        FileSearchCallCompletedEvent WebSearchCallInProgressEvent WebSearchCallSearchingEvent
        WebSearchCallCompletedEvent CodeInterpreterCallInProgressEvent CodeInterpreterCallInterpretingEvent
        CodeInterpreterCallCompletedEvent ImageGenerationCallInProgressEvent ImageGenerationCallGeneratingEvent
        ImageGenerationCallCompletedEvent CodeInterpreterCallCodeDeltaEvent CodeInterpreterCallCodeDoneEvent
        ImageGenerationCallPartialImageEvent ShellCallCommandAddedEvent ShellCallCommandDeltaEvent
        ShellCallCommandDoneEvent ShellCallOutputContentDeltaEvent ShellCallOutputContentDoneEvent
        CompactionCompactingEvent AudioDeltaEvent AudioDoneEvent AudioTranscriptDeltaEvent
        AudioTranscriptDoneEvent SteerAcceptedEvent SteerPendingEvent SteerFailedEvent ErrorEvent Message
        Reasoning FunctionCall FunctionCallOutput CustomToolCall CustomToolCallOutput FileSearchCall
        WebSearchCall SearchAction OpenPageAction FindInPageAction ComputerCall ComputerCallOutput
        CodeInterpreterCall LogsOutput ImageOutput ImageGenerationCall LocalShellCall LocalShellCallOutput
        ShellCall ShellCallOutput ShellOutput ApplyPatchCall ApplyPatchCallOutput McpCall McpListTools
        McpApprovalRequest McpApprovalResponse ToolSearchCall ToolSearchOutput AdditionalTools Program
        ProgramOutput Compaction ItemReference CreateResponse ReasoningConfig TextConfig PlainTextFormat
        JsonObjectFormat JsonSchemaFormat FunctionTool CustomTool McpTool NamespaceTool ToolSearchTool
        ApplyPatchTool ComputerTool ShellTool LocalShellTool WebSearchTool FileSearchTool CodeInterpreterTool
        ImageGenerationTool ToolChoice Response ResponseError IncompleteDetails ResponseUsage InputTokensDetails
        OutputTokensDetails
    }
    pegasus = bedrock_formats::pegasus {
        Request ResponseFormat S3Location Response
    }
    rerank = bedrock_formats::rerank {
        RerankRequest RerankQuery RerankTextDocument RerankingConfiguration BedrockRerankingConfiguration
        BedrockRerankingModelConfiguration RerankSource RerankDocument RerankResponse RerankResult
    }
    rerank_model = bedrock_formats::rerank_model {
        Request Response RerankResult
    }
    sonic = bedrock_formats::sonic {
        SessionStart InferenceConfiguration TurnDetectionConfiguration PromptStart TextConfiguration
        AudioConfiguration ToolConfiguration Tool ToolSpec ToolInputSchema InputContentStart
        ToolResultInputConfiguration TextInput AudioInput ToolResult InputContentEnd PromptEnd SessionEnd
        CompletionStart OutputContentStart TextOutput AudioOutput ToolUse OutputContentEnd UsageEvent
        UsageDetails UsageSplit ModalityTokens CompletionEnd
    }
    text_completion = bedrock_formats::text_completion {
        Request Choice CompletionUsage PromptTokensDetails Response
    }
    titan = bedrock_formats::titan {
        Request TextGenerationConfig TextResult Response Chunk
    }
}

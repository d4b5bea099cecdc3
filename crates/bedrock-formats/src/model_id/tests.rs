//! Ids and ARNs of every form, and what each says.

use proptest::prelude::*;

use super::family::{FAMILIES, matches};
use super::*;

/// Prefix, provider, name, version, context and family of an id; `-` stands for nothing.
#[track_caller]
fn check(text: &str, parts: &str, family: Family) {
    let id = ModelId::parse(text);
    let found = [id.region_prefix(), id.provider(), id.name(), id.version(), id.context()];
    assert_eq!(found.map(|part| part.unwrap_or("-")).join(" "), parts, "{text}");
    assert_eq!(id.family(), family, "{text}");
    assert_eq!(id.as_str(), text);
    assert!(id.is_safe_in_path());
}

/// Id, its parts, its family.
const IDS: &[(&str, &str, Family)] = {
    use Family::*;
    &[
        ("anthropic.claude-v1", "- anthropic claude v1 -", ClaudeText),
        ("anthropic.claude-instant-v1", "- anthropic claude-instant v1 -", ClaudeText),
        ("anthropic.claude-v2:1", "- anthropic claude v2:1 -", ClaudeTextOrMessages),
        ("anthropic.claude-v2:1:18k", "- anthropic claude v2:1 18k", ClaudeTextOrMessages),
        (
            "anthropic.claude-3-haiku-20240307-v1:0:48k",
            "- anthropic claude-3-haiku-20240307 v1:0 48k",
            ClaudeMessages,
        ),
        ("anthropic.claude-opus-4-6-v1", "- anthropic claude-opus-4-6 v1 -", ClaudeMessages),
        ("global.anthropic.claude-opus-4-8", "global anthropic claude-opus-4-8 - -", ClaudeMessages),
        ("US.Anthropic.Claude-3-Haiku", "US Anthropic Claude-3-Haiku - -", ClaudeMessages),
        (
            "us-gov.anthropic.claude-3-haiku-20240307-v1:0",
            "us-gov anthropic claude-3-haiku-20240307 v1:0 -",
            ClaudeMessages,
        ),
        // A prefix that is not known yet, before a provider that is.
        ("sa.anthropic.claude-9", "sa anthropic claude-9 - -", ClaudeMessages),
        ("amazon.nova-2-5-sonic-v1:0", "- amazon nova-2-5-sonic v1:0 -", NovaSonic),
        ("amazon.nova-sonic-v1:0", "- amazon nova-sonic v1:0 -", NovaSonic),
        ("amazon.nova-canvas-v1:0", "- amazon nova-canvas v1:0 -", AmazonImage),
        ("amazon.titan-image-generator-v2:0", "- amazon titan-image-generator v2:0 -", AmazonImage),
        ("amazon.nova-reel-v1:1", "- amazon nova-reel v1:1 -", AsyncVideo),
        ("luma.ray-v2:0", "- luma ray v2:0 -", AsyncVideo),
        (
            "amazon.nova-2-multimodal-embeddings-v1:0",
            "- amazon nova-2-multimodal-embeddings v1:0 -",
            NovaEmbeddings,
        ),
        ("apac.amazon.nova-lite-v1:0:300k", "apac amazon nova-lite v1:0 300k", Nova),
        ("amazon.titan-embed-image-v1", "- amazon titan-embed-image v1 -", TitanEmbeddingsMultimodal),
        ("amazon.titan-embed-text-v2:0", "- amazon titan-embed-text v2:0 -", TitanEmbeddingsV2),
        ("amazon.titan-embed-text-v1", "- amazon titan-embed-text v1 -", TitanEmbeddingsV1),
        ("amazon.titan-text-express-v1", "- amazon titan-text-express v1 -", TitanText),
        ("amazon.titan-tg1-large", "- amazon titan-tg1-large - -", TitanText),
        ("amazon.rerank-v1:0", "- amazon rerank v1:0 -", Rerank),
        ("cohere.rerank-v3-5:0", "- cohere rerank v3-5:0 -", Rerank),
        ("ai21.j2-ultra-v1", "- ai21 j2-ultra v1 -", Jurassic2),
        ("ai21.jamba-1-5-mini-v1:0", "- ai21 jamba-1-5-mini v1:0 -", Jamba),
        ("cohere.command-r-plus-v1:0", "- cohere command-r-plus v1:0 -", CommandR),
        ("cohere.command-light-text-v14", "- cohere command-light-text v14 -", Command),
        ("cohere.embed-english-v3", "- cohere embed-english v3 -", CohereEmbeddings),
        ("us.meta.llama3-1-8b-instruct-v1:0", "us meta llama3-1-8b-instruct v1:0 -", Llama),
        ("mistral.mistral-7b-instruct-v0:2", "- mistral mistral-7b-instruct v0:2 -", MistralTextOrChat),
        ("mistral.mixtral-8x7b-instruct-v0:1", "- mistral mixtral-8x7b-instruct v0:1 -", MistralTextOrChat),
        ("mistral.mistral-small-2402-v1:0", "- mistral mistral-small-2402 v1:0 -", MistralTextOrChat),
        ("mistral.mistral-large-2407-v1:0", "- mistral mistral-large-2407 v1:0 -", MistralTextOrChat),
        ("us.mistral.pixtral-large-2502-v1:0", "us mistral pixtral-large-2502 v1:0 -", MistralChat),
        ("us.deepseek.r1-v1:0", "us deepseek r1 v1:0 -", DeepSeekR1),
        ("deepseek.v3.2", "- deepseek v3.2 - -", OpenAiLike),
        ("openai.gpt-oss-20b-1:0", "- openai gpt-oss-20b 1:0 -", OpenAiLike),
        ("openai.gpt-6.1-sol", "- openai gpt-6.1-sol - -", OpenAiLike),
        ("zai.glm-4.7-flash", "- zai glm-4.7-flash - -", OpenAiLike),
        ("moonshot.kimi-k2-thinking", "- moonshot kimi-k2-thinking - -", OpenAiLike),
        ("moonshotai.kimi-k2.5", "- moonshotai kimi-k2.5 - -", OpenAiLike),
        ("in.xai.grok-4.1", "in xai grok-4.1 - -", OpenAiLike),
        ("us.writer.palmyra-x5-v1:0", "us writer palmyra-x5 v1:0 -", Writer),
        ("us.twelvelabs.pegasus-1-2-v1:0", "us twelvelabs pegasus-1-2 v1:0 -", Pegasus),
        ("twelvelabs.marengo-embed-2-7-v1:0", "- twelvelabs marengo-embed-2-7 v1:0 -", Marengo),
        ("stability.stable-diffusion-xl-v1", "- stability stable-diffusion-xl v1 -", StableDiffusionXl),
        ("stability.sd3-5-large-v1:0", "- stability sd3-5-large v1:0 -", StabilityImage),
        // Providers and models that are not known.
        ("acme.rocket-v1:0", "- acme rocket v1:0 -", Unknown),
        ("amazon.olympus", "- amazon olympus - -", Unknown),
        // A custom model's id behind that of the model it was tuned from.
        ("amazon.titan-text-lite-v1:0:4k/abcdefghijkl", "- amazon titan-text-lite v1:0 4k", TitanText),
        // Forms that say nothing about the model.
        ("claude-sonnet-4-6", "- - - - -", Unknown),
        ("bedrock/anthropic.claude-v2", "- - - - -", Unknown),
        (".claude", "- - - - -", Unknown),
        ("anthropic.", "- - - - -", Unknown),
        ("us..", "- - - - -", Unknown),
    ]
};

#[test]
fn ids_of_every_form() {
    for (text, parts, family) in IDS {
        check(text, parts, *family);
    }
}

#[test]
fn arns_of_every_form() {
    for (resource, told) in [
        ("foundation-model/amazon.nova-lite-v1:0", Some("amazon.nova-lite-v1:0")),
        ("inference-profile/us.amazon.nova-lite-v1:0", Some("amazon.nova-lite-v1:0")),
        ("custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl", Some("amazon.nova-lite-v1:0:300k")),
        ("application-inference-profile/abcdefghijkl", None),
        ("provisioned-model/abcdefghijkl", None),
        ("custom-model-deployment/abcdefghijkl", None),
        ("imported-model/abcdefghijkl", None),
        ("prompt/ABCDEFGHIJ:3", None),
        ("prompt-router/abcdefghijkl", None),
        ("default-prompt-router/anthropic.claude:1", None),
        ("endpoint/my.endpoint", None),
        ("teapot/amazon.nova-lite-v1:0", None),
    ] {
        let text = format!("arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:{resource}");
        let id = ModelId::parse(&text);
        let arn = id.arn().unwrap();
        assert_eq!((arn.partition.as_str(), arn.service.as_str()), ("aws-us-gov", "bedrock"), "{text}");
        assert_eq!((arn.region.as_str(), arn.account.as_str()), ("us-gov-west-1", "111122223333"), "{text}");
        assert_eq!(format!("{}/{}", arn.resource, arn.resource_id), resource);
        assert_eq!((id.base(), id.is_opaque()), (told, told.is_none()), "{text}");
        assert_eq!(id.family() == Family::Nova, told.is_some(), "{text}");
    }
    for text in [
        "arn:aws:bedrock:us-east-1:foundation-model/amazon.nova",
        "arn",
        "arn:::::",
        "arn:aws:bedrock:r:a:model",
    ] {
        assert_eq!(ModelId::parse(text).arn(), None, "{text}");
    }
}

#[test]
fn ids_that_must_not_stand_in_a_path() {
    for text in ["", ".", "..", ";x", "..;v=1", &"a".repeat(2049)] {
        assert!(!ModelId::parse(text).is_safe_in_path(), "{text}");
    }
    assert!(ModelId::parse("...").is_safe_in_path());
}

#[test]
fn the_tables_are_in_order_and_agree() {
    assert!(FORMAT_NAMES.is_sorted() && REGION_PREFIXES.is_sorted());
    for (provider, pattern, family) in FAMILIES {
        assert!(!is_one_of(REGION_PREFIXES, provider), "{provider}");
        assert!(family.formats().iter().all(|format| FORMAT_NAMES.contains(format)), "{family:?}");
        // No row hides behind one before it.
        let id = format!("{provider}.{}", pattern.replace('*', "x"));
        assert_eq!(ModelId::parse(&id).family(), *family, "{id}");
    }
    assert_eq!((Family::ClaudeTextOrMessages.format(), Family::Nova.format()), (None, Some("nova")));
}

#[test]
fn arns_of_bare_ids() {
    for (region, partition) in [
        ("us-east-1", "aws"),
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
    ] {
        let arn = ModelId::parse("amazon.rerank-v1:0").foundation_model_arn(region).unwrap();
        let read = ModelId::parse(&arn);
        let parts = read.arn().unwrap();
        assert_eq!((parts.partition.as_str(), parts.region.as_str()), (partition, region));
        assert_eq!((read.base(), read.family()), (Some("amazon.rerank-v1:0"), Family::Rerank));
        assert_eq!(read.foundation_model_arn(region), None);
    }
    assert_eq!(ModelId::parse("nothing").foundation_model_arn("us-east-1"), None);
}

#[test]
fn patterns() {
    for (pattern, yes, no) in [
        ("*", &["", "a"][..], &[][..]),
        ("a", &["a"], &["", "ab", "ba"]),
        ("a*", &["a", "ab"], &["", "ba"]),
        ("a*b*", &["ab", "axb", "axbx"], &["a", "ba", "xab"]),
        ("a*b", &["ab", "axb", "abb"], &["aba", "a"]),
    ] {
        for (texts, expected) in [(yes, true), (no, false)] {
            for text in texts {
                assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in "(arn:)?([a-zé]{0,3}[.:/-]?){0,9}(-v1)?(:[0-9k]{0,2}){0,3}") {
        let id = ModelId::parse(&text);
        prop_assert_eq!(id.as_str(), &text);
        let _ = id.family();
        prop_assert_eq!(id.is_opaque(), id.base().is_none());
        if let (Some(provider), Some(name), Some(base)) = (id.provider(), id.name(), id.base()) {
            let start = format!("{provider}.{name}");
            prop_assert!(base.starts_with(&start), "{} of {}", start, base);
        }
    }
}

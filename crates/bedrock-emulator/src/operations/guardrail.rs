//! ApplyGuardrail and InvokeGuardrailChecks. There is one policy: e-mail addresses are masked, and a text with the word
//! `guardrail-block` in it is blocked. Whatever guardrail is named, it has this policy.

use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::exchange::Call;

/// A text with this in it is blocked.
const BLOCKED_WORD: &str = "guardrail-block";
const BLOCKED_ANSWER: &str = "Sorry, the model cannot answer this question.";
/// Characters that are charged as one.
const UNIT: usize = 1_000;

/// ApplyGuardrail.
pub(super) fn apply(call: &Call) -> Result<Value, ServiceError> {
    let source = call.json["source"].as_str().unwrap_or_default();
    if !matches!(source, "INPUT" | "OUTPUT") {
        return Err(ServiceError::validation("source must be INPUT or OUTPUT."));
    }
    let content = call.json["content"].as_array().filter(|content| !content.is_empty());
    let content = content.ok_or_else(|| ServiceError::validation("content must have at least one block."))?;
    let texts: Vec<&str> = content.iter().filter_map(|block| block["text"]["text"].as_str()).collect();
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    let words: Vec<Value> = texts
        .iter()
        .filter(|text| text.contains(BLOCKED_WORD))
        .map(|_| json!({"match": BLOCKED_WORD, "action": "BLOCKED", "detected": true}))
        .collect();
    let addresses: Vec<Value> = texts
        .iter()
        .flat_map(|text| emails(text))
        .map(|(_, address)| json!({"match": address, "type": "EMAIL", "action": "ANONYMIZED", "detected": true}))
        .collect();
    let outputs: Vec<Value> = match (words.is_empty(), addresses.is_empty()) {
        (false, _) => vec![json!({"text": BLOCKED_ANSWER})],
        (true, false) => texts.iter().map(|text| json!({"text": masked(text)})).collect(),
        (true, true) => Vec::new(),
    };
    let mut assessment = json!({"appliedGuardrailDetails": {
        "guardrailId": call.segments.first(), "guardrailVersion": call.segments.get(1),
        "guardrailOrigin": ["REQUEST"], "guardrailOwnership": "SELF",
    }});
    if !words.is_empty() {
        assessment["wordPolicy"] = json!({"customWords": words, "managedWordLists": []});
    }
    if !addresses.is_empty() {
        assessment["sensitiveInformationPolicy"] = json!({"piiEntities": addresses, "regexes": []});
    }
    let (action, reason) = match (words.is_empty(), addresses.is_empty()) {
        (false, _) => ("GUARDRAIL_INTERVENED", "Guardrail blocked."),
        (true, false) => ("GUARDRAIL_INTERVENED", "Guardrail masked."),
        (true, true) => ("NONE", "No action."),
    };
    let units = characters.div_ceil(UNIT);
    Ok(json!({
        "action": action,
        "actionReason": reason,
        "assessments": [assessment],
        "guardrailCoverage": {"textCharacters": {"guarded": characters, "total": characters}},
        "outputs": outputs,
        "usage": {
            "topicPolicyUnits": 0, "contentPolicyUnits": 0, "wordPolicyUnits": units,
            "sensitiveInformationPolicyUnits": units, "sensitiveInformationPolicyFreeUnits": 0,
            "contextualGroundingPolicyUnits": 0,
        },
    }))
}

/// InvokeGuardrailChecks: every category that was asked for has its score.
pub(super) fn checks(call: &Call) -> Result<Value, ServiceError> {
    let messages = call.json["messages"].as_array().filter(|messages| !messages.is_empty());
    let messages =
        messages.ok_or_else(|| ServiceError::validation("messages must have at least one message."))?;
    let checks = call.json["checks"].as_object().filter(|checks| !checks.is_empty());
    let checks = checks.ok_or_else(|| ServiceError::validation("checks must name at least one check."))?;
    let mut texts = Vec::new();
    for (message_index, message) in messages.iter().enumerate() {
        for (content_index, block) in message["content"].as_array().into_iter().flatten().enumerate() {
            texts.extend(block["text"].as_str().map(|text| (message_index, content_index, text)));
        }
    }
    let blocked = texts.iter().any(|(_, _, text)| text.contains(BLOCKED_WORD));
    let units = texts.iter().map(|(_, _, text)| text.chars().count()).sum::<usize>().div_ceil(UNIT);
    let (mut results, mut usage) = (json!({}), json!({}));
    for (name, check) in checks {
        usage[name] = json!({"textUnits": units});
        results[name] = match name.as_str() {
            "sensitiveInformation" => json!({"results": sensitive(&texts, check), "truncated": false}),
            _ => json!({"results": scores(check, blocked)}),
        };
    }
    Ok(json!({"results": results, "usage": usage}))
}

fn scores(check: &Value, blocked: bool) -> Vec<Value> {
    let score = if blocked { 1.0 } else { 0.0 };
    let categories = check["categories"].as_array().into_iter().flatten();
    categories.map(|category| json!({"category": category["category"], "severityScore": score})).collect()
}

fn sensitive(texts: &[(usize, usize, &str)], check: &Value) -> Vec<Value> {
    let mut wanted = check["entities"].as_array().into_iter().flatten().map(|entity| &entity["type"]);
    if !wanted.any(|kind| kind == "EMAIL") {
        return Vec::new();
    }
    let found = texts.iter().flat_map(|(message, content, text)| {
        emails(text).into_iter().map(move |(offset, address)| {
            // In characters: the model says nothing of the unit. A guess.
            let begin = text[..offset].chars().count();
            json!({"type": "EMAIL", "confidenceScore": 1.0, "beginOffset": begin,
                "endOffset": begin + address.chars().count(), "messageIndex": message, "contentIndex": content})
        })
    });
    found.collect()
}

/// What looks like an e-mail address, with its place in bytes.
fn emails(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut begin = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let offset = begin + word.find(bare).unwrap_or(0);
        if let Some((name, host)) = bare.split_once('@')
            && !name.is_empty()
            && host.contains('.')
        {
            found.push((offset, bare));
        }
        begin += word.len();
    }
    found
}

fn masked(text: &str) -> String {
    let (mut out, mut from) = (String::new(), 0);
    for (offset, address) in emails(text) {
        out.push_str(&text[from..offset]);
        out.push_str("{EMAIL}");
        from = offset + address.len();
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_and_masked() {
        for (text, expected) in [
            ("mail a@b.c now", "mail {EMAIL} now"),
            ("(a@b.c), d@e.f.", "({EMAIL}), {EMAIL}."),
            ("ż a@b.c", "ż {EMAIL}"),
            ("@ a@b @b.c", "@ a@b @b.c"),
            ("", ""),
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}

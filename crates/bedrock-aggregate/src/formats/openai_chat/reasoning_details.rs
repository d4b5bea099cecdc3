//! Reasoning that comes in parts beside a chat's text, some of them signed or encrypted.
//! Not for: reasoning that comes as one text; see `choice`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_chat::ReasoningDetail;
use bedrock_formats::wire::Blob;

use crate::event::EventSink;
use crate::fold::chat::content::ContentBuilder;
use crate::fold::growing_block::join_blobs;
use crate::fold::unknown_fields::overlay;

/// The parts in the order of their beginning; encrypted data, whose base64 texts may each be encoded by itself, apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReasoningDetails {
    list: Option<Vec<(ReasoningDetail, Vec<Blob>)>>,
    emitted: usize,
}

#[codegen_at_use]
impl ReasoningDetails {
    /// Takes what a delta has; `is_emitted` says whether its text was emitted under another name already.
    pub(crate) fn take(
        &mut self,
        details: Vec<ReasoningDetail>,
        is_emitted: bool,
        content: &mut ContentBuilder,
        events: &mut EventSink<'_>,
    ) {
        let list = self.list.get_or_insert_default();
        for detail in details {
            match &detail {
                ReasoningDetail::Text(piece) => {
                    if let Some(text) = piece.text.as_deref().filter(|_| !is_emitted) {
                        content.emit_reasoning(text, events);
                    }
                    if let Some(signature) =
                        piece.signature.as_deref().filter(|signature| !signature.is_empty())
                    {
                        content.sign(signature, events);
                    }
                }
                ReasoningDetail::Summary(piece) => {
                    if let Some(text) = piece.summary.as_deref().filter(|_| !is_emitted) {
                        content.emit_reasoning(text, events);
                    }
                }
                _ => {}
            }
            // A piece goes on with the part of its kind and index, which is nearly always the last.
            let near = list.len().saturating_sub(NEAR);
            let place = list[near..].iter().rposition(|(part, _)| is_same_part(part, &detail));
            match place.and_then(|at| list.get_mut(near + at)) {
                Some((part, data)) => append(part, data, detail),
                None => {
                    let data = encrypted(&detail);
                    list.push((detail, data.into_iter().collect()));
                }
            }
        }
    }

    /// Emits the encrypted parts, which are whole at the end only.
    pub(crate) fn emit_encrypted(&mut self, content: &mut ContentBuilder, events: &mut EventSink<'_>) {
        let list = self.list.as_deref().unwrap_or_default();
        for (detail, data) in list.iter().skip(self.emitted) {
            if matches!(detail, ReasoningDetail::Encrypted(_)) {
                content.emit_redacted(join_blobs(data).as_base64(), events);
            }
        }
        self.emitted = list.len();
    }

    /// The parts so far; absent where none came.
    pub(crate) fn whole(&self) -> Option<Vec<ReasoningDetail>> {
        let list = self.list.as_deref()?;
        let whole = list.iter().map(|(detail, data)| {
            let mut detail = detail.clone();
            if let ReasoningDetail::Encrypted(part) = &mut detail {
                part.data = (!data.is_empty()).then(|| join_blobs(data).as_base64().to_owned());
            }
            detail
        });
        Some(whole.collect())
    }
}

/// How far back a part may be continued.
// Pieces of a part follow one another in the recordings; to search all parts would cost the square
// of them.
const NEAR: usize = 16;

#[codegen_at_use]
fn encrypted(detail: &ReasoningDetail) -> Option<Blob> {
    match detail {
        ReasoningDetail::Encrypted(part) => part.data.as_deref().map(Blob::from_base64),
        _ => None,
    }
}

#[codegen_at_use]
fn is_same_part(part: &ReasoningDetail, piece: &ReasoningDetail) -> bool {
    let fits = |own: (Option<u64>, &Option<String>), other: (Option<u64>, &Option<String>)| {
        own.0 == other.0 && (own.1.is_none() || other.1.is_none() || own.1 == other.1)
    };
    match (part, piece) {
        (ReasoningDetail::Text(own), ReasoningDetail::Text(piece)) => {
            fits((own.index, &own.id), (piece.index, &piece.id))
        }
        (ReasoningDetail::Summary(own), ReasoningDetail::Summary(piece)) => {
            fits((own.index, &own.id), (piece.index, &piece.id))
        }
        (ReasoningDetail::Encrypted(own), ReasoningDetail::Encrypted(piece)) => {
            fits((own.index, &own.id), (piece.index, &piece.id))
        }
        _ => false,
    }
}

/// Appends a piece to the part that it goes on with.
#[codegen_at_use]
fn append(part: &mut ReasoningDetail, data: &mut Vec<Blob>, piece: ReasoningDetail) {
    #[codegen_at_use]
    fn join(own: &mut Option<String>, piece: Option<String>) {
        if let Some(piece) = piece {
            own.get_or_insert_default().push_str(&piece);
        }
    }
    match (part, piece) {
        (ReasoningDetail::Text(own), ReasoningDetail::Text(piece)) => {
            join(&mut own.text, piece.text);
            if own.signature.as_deref().unwrap_or_default().is_empty() {
                own.signature = piece.signature.or(own.signature.take());
            }
            own.format = own.format.take().or(piece.format);
            own.id = own.id.take().or(piece.id);
            overlay(&mut own.extra, piece.extra);
        }
        (ReasoningDetail::Summary(own), ReasoningDetail::Summary(piece)) => {
            join(&mut own.summary, piece.summary);
            own.format = own.format.take().or(piece.format);
            own.id = own.id.take().or(piece.id);
            overlay(&mut own.extra, piece.extra);
        }
        (ReasoningDetail::Encrypted(own), ReasoningDetail::Encrypted(piece)) => {
            data.extend(piece.data.map(Blob::from_base64));
            own.format = own.format.take().or(piece.format);
            own.id = own.id.take().or(piece.id);
            overlay(&mut own.extra, piece.extra);
        }
        _ => {}
    }
}

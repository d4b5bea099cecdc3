//! Recorded streams, cut where their frames or events end.

use bytes::Bytes;

/// Cuts recorded bytes into the frames they claim to hold; what is no frame comes last, as it is.
pub(crate) fn split_frames(mut bytes: Bytes) -> Vec<Bytes> {
    let mut frames = Vec::new();
    while bytes.len() >= 16 {
        // By the length alone: a recording with a wrong checksum is to go out as it was.
        let length = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        if !(16..=bytes.len()).contains(&length) {
            break;
        }
        frames.push(bytes.split_to(length));
    }
    if !bytes.is_empty() {
        frames.push(bytes);
    }
    frames
}

/// Cuts recorded server-sent events behind each empty line.
pub(crate) fn split_events(bytes: &Bytes) -> Vec<Bytes> {
    let (mut events, mut event, mut line, mut at) = (Vec::new(), 0, 0, 0);
    while at < bytes.len() {
        let end = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => at + 2,
            b'\r' | b'\n' => at + 1,
            _ => {
                at += 1;
                continue;
            }
        };
        if at == line {
            events.push(bytes.slice(event..end));
            event = end;
        }
        (line, at) = (end, end);
    }
    if event < bytes.len() {
        events.push(bytes.slice(event..));
    }
    events
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::framing::Framing;
    use super::*;

    #[test]
    fn recordings_fall_into_frames() {
        let frame = Framing::Invoke.frames(&[json!({})], &[7; 32]).unwrap().remove(0);
        let whole = Bytes::from([&frame[..], &frame[..], b"rest"].concat());
        assert_eq!(split_frames(whole), [frame.clone(), frame, Bytes::from_static(b"rest")]);
        assert_eq!(split_frames(Bytes::from_static(b"no")), ["no"]);
        assert!(split_frames(Bytes::new()).is_empty());
        let events = split_events(&Bytes::from_static(b"data: 1\n\ndata: 2\r\n\r\nrest"));
        assert_eq!(events, ["data: 1\n\n", "data: 2\r\n\r\n", "rest"]);
    }
}

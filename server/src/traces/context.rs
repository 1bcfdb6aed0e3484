//! Which trace a caller says that its call is in: `traceparent` of W3C Trace Context, version 00.

/// The header's name.
pub(super) const HEADER: &str = "traceparent";

/// The ids of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
}

/// The span of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
    /// Whether the caller traces it.
    pub(super) is_sampled: bool,
}

impl Parent {
    /// Reads the header; one that is not valid is as if it were not there. Of a later version, what version 00 has is read.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let mut parts = text.split('-');
        let [version] = hexadecimal::<1>(parts.next()?)?;
        let trace = hexadecimal::<16>(parts.next()?)?;
        let span = hexadecimal::<8>(parts.next()?)?;
        let [flags] = hexadecimal::<1>(parts.next()?)?;
        let is_longer = parts.next().is_some();
        let is_valid =
            version != 0xff && (version > 0 || !is_longer) && trace != [0; 16] && span != [0; 8];
        is_valid.then_some(Self {
            trace,
            span,
            is_sampled: flags & 1 == 1,
        })
    }
}

/// So many bytes in lower-case hexadecimal digits, and nothing else.
fn hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_valid_header_says_trace_span_and_whether_it_is_traced() {
        let parent = Parent::parse(VALID.as_bytes()).unwrap();
        assert_eq!(parent.trace[..2], [0x0a, 0xf7]);
        assert_eq!(parent.span[7], 0x31);
        assert!(parent.is_sampled);
        let quiet = VALID.replace("-01", "-00");
        assert!(!Parent::parse(quiet.as_bytes()).unwrap().is_sampled);
        let later = VALID.replacen("00-", "01-", 1) + "-more";
        assert!(Parent::parse(later.as_bytes()).is_some());
    }

    #[test]
    fn what_is_not_valid_is_as_if_it_were_not_there() {
        for wrong in [
            "",
            "00",
            &VALID.to_uppercase(),
            &VALID[..54],
            &format!("{VALID}-more"),
            &VALID.replacen("00-", "ff-", 1),
            &VALID.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            &VALID.replace("b7ad6b7169203331", &"0".repeat(16)),
            &VALID.replace("b7ad6b7169203331", "b7ad6b716920333\u{e9}"),
        ] {
            assert_eq!(Parent::parse(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(Parent::parse(b"\xff\xfe"), None);
    }
}

//! Which known types an event of another type may be meant as: another version, or a kind that is not known.

use std::sync::LazyLock;

use super::known::SPECS;

/// Whether an event of this type may be what the known type is: it is of that type, whatever its version, or of a kind
/// of the same thing that is not known, as `ai.agent.stopped.v1` is beside `ai.agent.halted.v1`.
pub fn may_be(event_type: &str, known: &str) -> bool {
    let Some(rest) = event_type.strip_prefix(thing(known)) else {
        return false;
    };
    if !rest.is_empty() && !rest.starts_with('.') {
        return false;
    }
    let kind = without_version(event_type);
    kind == without_version(known) || !is_known(kind)
}

/// Families of types that the conventions reserve, and may add to, as [`plain`] writes them.
const RESERVED: [&str; 3] = ["acces", "ai", "privacy"];

/// Whether a type is none of the known ones, and is written as if it were: in a reserved family, or a known one in other
/// letters, with other signs between its parts, or in the plural.
pub fn is_almost_known(event_type: &str) -> bool {
    if SPECS.iter().any(|spec| spec.event_type == event_type) {
        return false;
    }
    let plain = plain(event_type);
    let family = plain.split('.').next().unwrap_or_default();
    let kind = without_version(&plain);
    RESERVED.contains(&family) || PLAIN_KINDS.iter().any(|known| known == kind)
}

/// The known kinds, written plainly.
static PLAIN_KINDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let kinds = SPECS.iter().map(|spec| without_version(spec.event_type));
    kinds.map(plain).collect()
});

/// A type in small letters, with points between its parts, each without an `s` at its end.
fn plain(event_type: &str) -> String {
    let small = event_type.trim().to_lowercase();
    let parts = small.split(|sign: char| !sign.is_alphanumeric());
    let parts = parts.filter(|part| !part.is_empty());
    let parts: Vec<_> = parts
        .map(|part| part.strip_suffix('s').unwrap_or(part))
        .collect();
    parts.join(".")
}

/// Whether the events of a type are of a known kind, in some version.
fn is_known(kind: &str) -> bool {
    let mut kinds = SPECS.iter().map(|spec| without_version(spec.event_type));
    kinds.any(|known| known == kind)
}

/// What a known type is about: its first two parts, as `ai.agent` of `ai.agent.halted.v1`.
fn thing(known: &str) -> &str {
    let mut points = known.match_indices('.');
    points
        .nth(1)
        .and_then(|(end, _)| known.get(..end))
        .unwrap_or(known)
}

fn without_version(event_type: &str) -> &str {
    let is_version = |part: &str| {
        let number = part.strip_prefix('v');
        number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    match event_type.rsplit_once('.') {
        Some((kind, version)) if is_version(version) => kind,
        _ => event_type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_is_almost_right_is_told_from_others() {
        for almost in [
            "privacy.consents.v1",
            "Privacy.Consent.v1",
            "ai.decisions.v1",
            "AI-Decision.v1",
            "ai.vendor.thing",
            "log_review.v1",
            "ai.decision.v2",
        ] {
            assert!(is_almost_known(almost), "{almost}");
        }
        for other in [
            "ai.decision.v1",
            "log.line.v1",
            "com.example.ai.decision.v1",
            "aid.v1",
            "note",
        ] {
            assert!(!is_almost_known(other), "{other}");
        }
    }

    #[test]
    fn another_version_or_an_unknown_kind_may_be_what_is_known() {
        for (event_type, known, wanted) in [
            ("privacy.consent.v1", "privacy.consent.v1", true),
            ("privacy.consent.v2", "privacy.consent.v1", true),
            ("privacy.consent", "privacy.consent.v1", true),
            ("privacy.consent.withdrawn.v1", "privacy.consent.v1", true),
            ("privacy.consents.v1", "privacy.consent.v1", false),
            ("ai.agent.halted.v9", "ai.agent.halted.v1", true),
            ("ai.agent.halted.v9", "ai.agent.resumed.v1", false),
            ("ai.agent.present.v1", "ai.agent.halted.v1", false),
            ("ai.agent.stopped.v1", "ai.agent.halted.v1", true),
            ("ai.incident.reported.v1", "ai.incident.v1", false),
            ("ai.incident.v1", "ai.incident.reported.v1", false),
            ("ai.tool_call.v1", "ai.tool.registered.v1", false),
            ("ai.tool.called.v1", "ai.tool.registered.v1", true),
            ("com.example.note", "privacy.consent.v1", false),
        ] {
            assert_eq!(may_be(event_type, known), wanted, "{event_type} as {known}");
        }
    }
}

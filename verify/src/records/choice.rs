//! Which records are wanted.

use std::ops::Range;

use indelible_compliance::time::{is_day, typed};
use indelible_evidence::Header;
use indelible_evidence::verify::SeenBody;

/// An end of a range: a record, or a recorded time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Record(u64),
    /// Nanoseconds since 1970 UTC.
    Time(u64),
}

impl Bound {
    /// As it is typed: the number of a record, a day (UTC), or a time in RFC 3339.
    pub(crate) fn typed(text: &str) -> Result<Self, String> {
        if let Ok(sequence) = text.parse() {
            return Ok(Self::Record(sequence));
        }
        let time = match is_day(text) {
            true => typed(&format!("{text}T00:00:00Z")),
            false => typed(text),
        };
        time.map(Self::Time).map_err(|_| {
            "not the number of a record, a day like 2026-07-01, or a time like 2026-07-01T09:30:00Z"
                .to_owned()
        })
    }

    /// Whether a record lies before it.
    fn is_after(self, header: &Header<'_>) -> bool {
        match self {
            Self::Record(sequence) => header.sequence < sequence,
            Self::Time(time) => header.time < time,
        }
    }
}

/// Which records are wanted: those that fit everything that is named.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// This record, or this time, or later.
    pub(crate) from: Option<Bound>,
    /// Before this record, or this time.
    pub(crate) to: Option<Bound>,
    /// One of these records.
    pub(crate) records: Vec<u64>,
    /// Of one of these types; one that ends with `*` stands for all that begin so.
    pub(crate) types: Vec<String>,
    /// Of one of these actors.
    pub(crate) actors: Vec<String>,
}

/// Whether a record is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Wanted,
    Not,
    /// It fits all that can be read of it, but not all can be read.
    Unknown,
}

impl Choice {
    /// Refuses a range in which nothing can lie.
    pub(crate) fn check(&self) -> Result<(), String> {
        let is_empty = match (self.from, self.to) {
            (Some(Bound::Record(from)), Some(Bound::Record(to))) => from >= to,
            (Some(Bound::Time(from)), Some(Bound::Time(to))) => from >= to,
            _ => false,
        };
        match is_empty {
            true => Err("nothing lies between --from and --to: --from must be less, and --to itself is left out".to_owned()),
            false => Ok(()),
        }
    }

    /// The first record that is asked for by its number, and not held.
    pub(crate) fn missing(&self, held: &Range<u64>) -> Option<u64> {
        let mut records = self.records.iter().copied();
        records.find(|record| !held.contains(record))
    }

    /// Whether it leaves records out.
    pub(crate) fn is_of_all(&self) -> bool {
        let Self {
            from,
            to,
            records,
            types,
            actors,
        } = self;
        from.is_none()
            && to.is_none()
            && records.is_empty()
            && types.is_empty()
            && actors.is_empty()
    }

    /// Whether a record is wanted.
    pub(crate) fn fit(&self, header: &Header<'_>, body: &SeenBody<'_>) -> Fit {
        let within = !self.from.is_some_and(|from| from.is_after(header))
            && self.to.is_none_or(|to| to.is_after(header))
            && (self.records.is_empty() || self.records.contains(&header.sequence));
        if !within || !self.fits_type(header) {
            return Fit::Not;
        }
        if self.actors.is_empty() {
            return Fit::Wanted;
        }
        let is_one = |actor: &str| self.actors.iter().any(|wanted| wanted == actor);
        match (header.kind.event(), body) {
            (None, _) => Fit::Not,
            (Some(_), SeenBody::Open { body, .. }) => match body.actor.is_some_and(is_one) {
                true => Fit::Wanted,
                false => Fit::Not,
            },
            (Some(_), _) => Fit::Unknown,
        }
    }

    fn fits_type(&self, header: &Header<'_>) -> bool {
        let event_type = header.kind.event().map(|event| event.event_type);
        let fits = |wanted: &String| {
            event_type.is_some_and(|event_type| match wanted.strip_suffix('*') {
                Some(beginning) => event_type.starts_with(beginning),
                None => event_type == wanted,
            })
        };
        self.types.is_empty() || self.types.iter().any(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indelible_evidence::{Body, Commitment, EventHeader, RecordKind};

    #[test]
    fn bounds_are_records_days_or_times() {
        assert_eq!(Bound::typed("117"), Ok(Bound::Record(117)));
        let day = Bound::Time(1_782_864_000_000_000_000);
        assert_eq!(Bound::typed("2026-07-01"), Ok(day));
        assert_eq!(Bound::typed("2026-07-01T02:00:00+02:00"), Ok(day));
        for bad in ["", "July", "-1", "2026-13-01", "1.5"] {
            assert!(Bound::typed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges_without_anything_in_them_are_refused() {
        let between = |from, to| Choice {
            from: Some(from),
            to: Some(to),
            ..Choice::default()
        };
        for (from, to, fits) in [
            (Bound::Record(5), Bound::Record(10), true),
            (Bound::Record(10), Bound::Record(5), false),
            (Bound::Record(5), Bound::Record(5), false),
            (Bound::Time(5), Bound::Time(6), true),
            (Bound::Time(6), Bound::Time(5), false),
            (Bound::Record(10), Bound::Time(5), true),
        ] {
            assert_eq!(between(from, to).check().is_ok(), fits, "{from:?} {to:?}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_neither_in_nor_out() {
        let commitment = Commitment::from_bytes([0; 32]);
        let header = Header {
            sequence: 7,
            time: 50,
            prior_key_event: 1,
            kind: RecordKind::Event(EventHeader {
                event_type: "ai.decision.v1",
                classification: None,
                body: commitment,
                payload: None,
                sealed: None,
            }),
        };
        let body = Body {
            actor: Some("admin"),
            ..Body::default()
        };
        let open = SeenBody::Open {
            body: &body,
            commitment,
        };
        let by = |actor: &str| Choice {
            actors: vec![actor.to_owned()],
            ..Choice::default()
        };
        assert_eq!(by("admin").fit(&header, &open), Fit::Wanted);
        assert_eq!(by("other").fit(&header, &open), Fit::Not);
        assert_eq!(by("admin").fit(&header, &SeenBody::Sealed), Fit::Unknown);
        let of = |wanted: &str| Choice {
            types: vec![wanted.to_owned()],
            ..by("admin")
        };
        assert_eq!(of("ai.decision.v1").fit(&header, &open), Fit::Wanted);
        assert_eq!(of("ai.*").fit(&header, &open), Fit::Wanted);
        assert_eq!(of("ai.").fit(&header, &open), Fit::Not);
        assert_eq!(of("privacy.*").fit(&header, &SeenBody::Sealed), Fit::Not);
        let between = |from, to| Choice {
            from: Some(from),
            to: Some(to),
            ..Choice::default()
        };
        for (from, to, fit) in [
            (Bound::Record(7), Bound::Record(8), Fit::Wanted),
            (Bound::Record(0), Bound::Record(7), Fit::Not),
            (Bound::Time(50), Bound::Time(51), Fit::Wanted),
            (Bound::Time(51), Bound::Record(9), Fit::Not),
            (Bound::Time(0), Bound::Time(50), Fit::Not),
        ] {
            assert_eq!(
                between(from, to).fit(&header, &open),
                fit,
                "{from:?} {to:?}"
            );
        }
    }
}

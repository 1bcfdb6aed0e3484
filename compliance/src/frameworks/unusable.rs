//! Why events that a measure rests on can't be used, in words.

/// What there is among the records of a range that no fold can use. It is said of the range, since a measure only knows
/// how many events it lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unusable {
    /// Events that can't be read: sealed, erased, withheld, kept elsewhere or missing.
    pub closed: bool,
    /// Events that can be read and don't fit their types.
    pub misfits: bool,
    /// Events of other systems, among live ones.
    pub imported: bool,
    /// Events of which nobody knows whether they lie in a period by event time.
    pub untimed: bool,
}

impl Unusable {
    /// What is so of one such event, or of several: "can't be read or doesn't fit its type".
    #[must_use]
    pub fn words(self, number: u64) -> String {
        let is_one = number == 1;
        let known = self.closed || self.misfits || self.imported || self.untimed;
        let all = [
            (self.closed || !known, "can't be read", "can't be read"),
            (
                self.misfits || !known,
                "doesn't fit its type",
                "don't fit their types",
            ),
            (self.imported, "was imported", "were imported"),
            (
                self.untimed,
                "may lie outside the period",
                "may lie outside the period",
            ),
        ];
        let all: Vec<_> = all
            .into_iter()
            .filter(|(is_so, ..)| *is_so)
            .map(|(_, one, more)| if is_one { one } else { more })
            .collect();
        match all.as_slice() {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_there_is_is_named() {
        let nothing = Unusable::default();
        assert_eq!(nothing.words(1), "can't be read or doesn't fit its type");
        let misfits = Unusable {
            misfits: true,
            ..nothing
        };
        assert_eq!(misfits.words(1), "doesn't fit its type");
        assert_eq!(misfits.words(2), "don't fit their types");
        let all = Unusable {
            closed: true,
            misfits: true,
            imported: true,
            untimed: true,
        };
        assert_eq!(
            all.words(3),
            "can't be read, don't fit their types, were imported or may lie outside the period"
        );
    }
}

//! What a ledger is called where people read several: a successor has the name of the ledger whose place it took.

use indelible_proto::v1::{Ledger, LedgerState};

/// Its name, by which commands find it. A ledger whose place another took is found by its origin alone, so that one is named too.
pub(crate) fn called(ledger: &Ledger) -> String {
    match ledger.state() {
        LedgerState::Closed => format!("{} (closed, {})", ledger.name, ledger.origin),
        _ => ledger.name.clone(),
    }
}

/// The name alone, where the origin stands beside it.
pub(crate) fn called_beside_origin(ledger: &Ledger) -> String {
    let name = &ledger.name;
    match (ledger.state(), ledger.predecessor_origin.is_empty()) {
        (LedgerState::Closed, _) => format!("{name} (replaced)"),
        (_, false) => format!("{name} (successor)"),
        (_, true) => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_and_its_successor_are_told_apart() {
        let of = |origin: &str, state: LedgerState, predecessor: &str| Ledger {
            name: "payments".to_owned(),
            origin: origin.to_owned(),
            predecessor_origin: predecessor.to_owned(),
            state: state.into(),
            ..Ledger::default()
        };
        // One that took another's place and lost its own again, too.
        let ledgers = [
            of("a/payments/1", LedgerState::Closed, ""),
            of("a/payments/2", LedgerState::Closed, "a/payments/1"),
            of("a/payments/3", LedgerState::Quarantined, "a/payments/2"),
        ];
        assert_eq!(
            ledgers.each_ref().map(called),
            [
                "payments (closed, a/payments/1)",
                "payments (closed, a/payments/2)",
                "payments"
            ]
        );
        assert_eq!(
            ledgers.each_ref().map(called_beside_origin),
            [
                "payments (replaced)",
                "payments (replaced)",
                "payments (successor)"
            ]
        );
        let ended = of("a/payments/1", LedgerState::Ended, "");
        assert_eq!(called(&ended), "payments");
        assert_eq!(called_beside_origin(&ended), "payments");
    }
}

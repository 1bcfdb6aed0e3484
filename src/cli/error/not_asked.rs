//! All ledgers were asked for, and not all were asked.

/// Which could not be asked, and whether there may be others.
pub(super) fn words(ledgers: &[String], may_be_more: bool) -> String {
    let unseen =
        "this covers only the ledgers that you may see: there may be others, which may hold more";
    let named = format!(
        "these ledgers could not be asked, and may hold more: {}",
        ledgers.join(", ")
    );
    match (ledgers.is_empty(), may_be_more) {
        (true, _) => unseen.to_owned(),
        (false, false) => named,
        (false, true) => format!("{named}; {unseen}"),
    }
}

/// What to do about it.
pub(super) fn advice(ledgers: &[String]) -> &'static str {
    match ledgers.is_empty() {
        true => {
            "have it asked by somebody whose role holds on all ledgers (on = [\"*\"]); if only some ledgers are meant, name them"
        }
        false => {
            "what is said above of each tells why; `indelible status` shows what is wrong. Ask again when they answer"
        }
    }
}

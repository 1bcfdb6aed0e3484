//! What a decision costs, with few bindings and with many: of one principal or of many, and for callers with groups.
//!
//! `cargo bench -p indelible-access --bench decide --profile dev`

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it is a program that prints its figures, and ends with what goes wrong"
)]

use std::{
    hint::black_box,
    sync::OnceLock,
    time::{Duration, Instant},
};

use indelible_access::{
    Action, Binding, Caller, DualControl, Principal, Reach, Role, Scope, Table,
};

/// Decisions of a round.
const DECISIONS: usize = 200_000;
/// Rounds, of which the median counts.
const ROUNDS: usize = 15;
/// Bindings of each table.
const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];
/// Groups of the caller who has some.
const GROUPS: u32 = 32;

fn binding(who: &str, role: Role, on: &str) -> Binding {
    let reach = Reach::parse(on).expect("a place");
    Binding::new(Principal::parse(who).expect("a principal"), role, reach)
}

/// Many principals with one ledger each.
fn many_principals(size: usize) -> Vec<Binding> {
    let one = |at| {
        binding(
            &format!("unix:user-{at}"),
            Role::Writer,
            &format!("ledger-{at}"),
        )
    };
    (0..size).map(one).collect()
}

/// One principal with many ledgers, and prefixes inside each other among them.
fn many_places(size: usize) -> Vec<Binding> {
    let one = |at: usize| match at % 10 {
        0 => binding("unix:user-1", Role::Reader, &format!("ledger-{}*", at / 10)),
        _ => binding("unix:user-1", Role::Writer, &format!("ledger-{at}")),
    };
    (0..size).map(one).collect()
}

/// The median of what a decision takes, in nanoseconds.
fn measure(bindings: Vec<Binding>, caller: &Caller, ledgers: &[String]) -> f64 {
    let table = Table::new(bindings, DualControl::NeverInForce);
    let mut took: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let begun = now();
            for ledger in ledgers.iter().cycle().take(DECISIONS) {
                let scope = Scope::Ledger(black_box(ledger));
                black_box(table.decide(black_box(caller), Action::Append, scope));
            }
            (now() - begun).as_nanos() as f64 / DECISIONS as f64
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[ROUNDS / 2]
}

/// The time that this thread has been at work, where the system tells: what else runs on the machine is then no part of
/// it. Otherwise the time of day.
fn now() -> Duration {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let at_work = told.and_then(|text| text.split(' ').next()?.parse().ok());
    match at_work {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => BEGINNING.get_or_init(Instant::now).elapsed(),
    }
}

fn main() {
    let groups: Vec<_> = (0..GROUPS).map(|gid| (gid, None)).collect();
    let alone = Caller::unix(1001, Some("user-1"), &[]).expect("a caller");
    let grouped = Caller::unix(1001, Some("user-1"), &groups).expect("a caller");
    println!("nanoseconds for a decision, median of {ROUNDS} rounds of {DECISIONS}");
    println!(
        "| bindings | many principals | one principal, many places | the same with {GROUPS} groups |"
    );
    println!("| ---: | ---: | ---: | ---: |");
    for size in SIZES {
        // Own ledgers, foreign ones and some that nobody names, in an order that no cache foresees.
        let ledger = |at: usize| format!("ledger-{}", at * 7_919 % (2 * size));
        let ledgers: Vec<_> = (0..2 * size).map(ledger).collect();
        let principals = measure(many_principals(size), &alone, &ledgers);
        let places = measure(many_places(size), &alone, &ledgers);
        let with_groups = measure(many_places(size), &grouped, &ledgers);
        println!("| {size} | {principals:.0} | {places:.0} | {with_groups:.0} |");
    }
    let (one, two) = (
        measure_ledger("user-1", "ledger-1"),
        measure_ledger("user-1", "absent"),
    );
    println!("somebody else's ledger {one:.0}, one that nobody names {two:.0}");
}

/// A ledger that is somebody else's, and one that does not exist, among 10,000 bindings.
fn measure_ledger(who: &str, ledger: &str) -> f64 {
    let caller = Caller::unix(7, Some(who), &[]).expect("a caller");
    let bindings = many_principals(10_000)
        .into_iter()
        .filter(|bound| bound.principal.as_str() != "unix:user-1")
        .chain([binding("unix:user-1", Role::Writer, "own")])
        .collect();
    measure(bindings, &caller, &[ledger.to_owned()])
}

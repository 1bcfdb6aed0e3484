//! docs/access.md says of actions, roles and calls what the code says, and the other way round.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use indelible_access::{
    Action, Binding, Bound, Caller, DualControl, Lint, Principal, Reach, Role, Scope, Table, parse,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn page() -> String {
    fs::read_to_string(Path::new(ROOT).join("docs/access.md")).unwrap()
}

fn spans(text: &str) -> Vec<String> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.map(str::to_owned).collect()
}

/// The cells of each row of the table that begins with these words.
fn table(page: &str, first: &str) -> Vec<Vec<String>> {
    let (_, rest) = page.split_once(first).unwrap();
    let rows = format!("{first}{rest}");
    let rows = rows.lines().take_while(|line| line.starts_with('|'));
    let cells = |row: &str| -> Vec<String> {
        let cells = row.trim().trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    rows.map(cells).collect()
}

fn actions() -> Vec<Vec<String>> {
    table(&page(), "| action | about | calls |")
}

#[test]
fn every_role_may_do_on_the_page_what_it_may_do() {
    let rows = actions();
    let roles: Vec<_> = rows[0][3..].to_vec();
    let expected: Vec<_> = Role::ALL
        .iter()
        .map(|role| role.name().to_owned())
        .collect();
    assert_eq!(roles, expected);
    let mut names = Vec::new();
    for row in &rows[2..] {
        assert_eq!(row.len(), rows[0].len(), "{row:?}");
        let name = spans(&row[0]).remove(0);
        let action = Action::from_name(&name).unwrap_or_else(|| panic!("{name} is no action"));
        for (role, mark) in Role::ALL.iter().zip(&row[3..]) {
            assert!(matches!(mark.as_str(), "" | "x"), "{row:?}");
            let may = role.actions().has(action);
            assert_eq!(mark == "x", may, "{} may {name}", role.name());
        }
        names.push(name);
    }
    let all: Vec<_> = Action::ALL
        .iter()
        .map(|action| action.name().to_owned())
        .collect();
    assert_eq!(names, all);
}

#[test]
fn the_page_says_what_each_action_is_about_and_whether_it_takes_two() {
    for row in &actions()[2..] {
        let action = Action::from_name(&spans(&row[0])[0]).unwrap();
        let about = match action.bound() {
            Bound::Ledger => "ledger",
            Bound::Store => "store",
            Bound::Either => "either",
            Bound::Anywhere => "no place",
        };
        let two = if action.takes_two() {
            ", two people"
        } else {
            ""
        };
        assert_eq!(row[1], format!("{about}{two}"), "{row:?}");
    }
}

/// A method that nobody placed fails here.
#[test]
fn every_call_has_its_place() {
    let mut placed = BTreeMap::<String, usize>::new();
    for row in &actions()[2..] {
        for call in spans(&row[2]) {
            *placed.entry(call).or_default() += 1;
        }
    }
    let mut methods = BTreeSet::new();
    for entry in fs::read_dir(Path::new(ROOT).join("proto/indelible/v1")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let calls = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("rpc "));
        methods.extend(calls.map(|call| call.split('(').next().unwrap().to_owned()));
    }
    assert!(methods.len() > 30, "{methods:?}");
    assert_eq!(placed.into_keys().collect::<BTreeSet<_>>(), methods);
}

#[test]
fn the_page_says_what_can_be_done_on_the_store_s_own_ledger() {
    let page = page();
    let (_, own) = page.split_once("### The store's own ledger\n").unwrap();
    let (_, own) = own.split_once("anything else on it than:").unwrap();
    let said: BTreeSet<_> = spans(own.split('\n').next().unwrap()).into_iter().collect();
    let root = Principal::parse("unix:root").unwrap();
    let table = Table::new(Binding::everything(&root), DualControl::NeverInForce);
    let caller = Caller::unix(0, Some("root"), &[]).unwrap();
    let may = table.actions_on(&caller, "_system").iter();
    assert_eq!(said, may.map(|action| action.name().to_owned()).collect());
}

#[test]
fn the_principals_and_the_bindings_of_the_page_are_accepted() {
    let page = page();
    let rows = table(&page, "| text | who |");
    let mut texts = 0;
    for text in rows[2..].iter().flat_map(|row| spans(&row[0])) {
        Principal::parse(&text).unwrap();
        texts += 1;
    }
    assert!(texts >= 10);
    let (_, example) = page.split_once("```toml\n").unwrap();
    let bindings = parse(example.split("```").next().unwrap()).unwrap();
    assert_eq!(bindings.len(), 5);
    let table = Table::new(bindings, DualControl::NeverInForce);
    let alice = Caller::unix(1000, Some("alice"), &[]).unwrap();
    assert!(
        table
            .decide_source(&alice, "pay-eu", "urn:shop:1")
            .is_granted()
    );
    let audit = Caller::certificate(&["spiffe://example.org/audit"], &[]).unwrap();
    assert!(
        table
            .decide(&audit, Action::Export, Scope::Ledger("_system"))
            .is_granted()
    );
    assert_eq!(Reach::parse("@store").unwrap(), Reach::Store);
}

#[test]
fn the_page_has_every_lint() {
    let rows = table(&page(), "| name | what is found |");
    let said: Vec<_> = rows[2..].iter().flat_map(|row| spans(&row[0])).collect();
    let all: Vec<_> = Lint::ALL
        .iter()
        .map(|lint| lint.name().to_owned())
        .collect();
    assert_eq!(said, all);
}

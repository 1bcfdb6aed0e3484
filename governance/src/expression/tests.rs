use proptest::prelude::*;

use super::*;
use crate::json::{Limits, Value, read};

fn is_true(source: &str) -> Result<bool, ExpressionError> {
    let limits = Limits {
        bytes: 1_000,
        levels: 8,
    };
    let context =
        br#"{"n":5,"big":18446744073709551617,"list":["x",5],"name.dot":"v","map":{"k":1}}"#;
    let Ok(Value::Object(context)) = read(context, limits) else {
        panic!()
    };
    let conditions = [("a".to_owned(), true), ("b".to_owned(), false)];
    let scope = Scope {
        role: "planner",
        conditions: &conditions,
        context: &context,
    };
    Expression::parse(source)?.is_true(&scope)
}

#[test]
fn terms_come_to_what_they_say() {
    for (source, truth) in [
        ("a", true),
        ("not b", true),
        ("not a or a", true),
        ("not (a and b)", true),
        ("a and not not a", true),
        ("role == planner", true),
        ("role == 'planner'", true),
        ("n >= 5 and n <= 5.0", true),
        ("n == \"5\"", false),
        ("big > 18446744073709551616", true),
        ("name.dot == v", true),
        ("k in map", true),
        ("y in list", false),
        ("'5' in list", true),
        ("missing == 0", false),
        ("missing >= 0", true),
        ("a == 1", true),
        ("n != 5", false),
    ] {
        assert_eq!(is_true(source), Ok(truth), "{source}");
    }
}

#[test]
fn an_error_is_not_hidden_by_what_stands_before_it() {
    let unknown = |name: &str| ExpressionError::Unknown {
        name: name.to_owned(),
    };
    assert_eq!(is_true("a or ghost"), Err(unknown("ghost")));
    assert_eq!(is_true("b and ghost"), Err(unknown("ghost")));
    assert!(matches!(
        is_true("a or role > 3"),
        Err(ExpressionError::NotNumeric { .. })
    ));
}

#[test]
fn what_is_no_expression_is_told_by_its_word() {
    for wrong in [
        "not", "(a", "a ==", "== a", "'a'", "a in 5", "a in 'b'", "5", "a & b", "'a", "not(a)",
    ] {
        assert!(Expression::parse(wrong).is_err(), "{wrong}");
    }
    let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
    assert_eq!(Expression::parse(&deep), Err(ExpressionError::TooLarge));
    let deep = format!("{}a", "not ".repeat(40));
    assert_eq!(Expression::parse(&deep), Err(ExpressionError::TooLarge));
}

proptest! {
    #[test]
    fn nothing_that_is_read_panics(source in "[ab() '\"=!<>\\-.5é]{0,20}|(a |b |and |or |not |in |\\(|\\)|== |5 ){0,12}") {
        let _any = is_true(&source);
    }
}

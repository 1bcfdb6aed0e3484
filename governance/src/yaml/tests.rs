use super::*;
use crate::{
    json::{Form, Value},
    limits::{POLICY_DOCUMENT_BYTES_MAX, POLICY_NESTING_LEVELS_MAX},
};

fn shown(text: &str) -> String {
    let value = read(text.as_bytes()).unwrap().to_value();
    String::from_utf8(value.canonical(Form::Aigc).unwrap()).unwrap()
}

fn wrong(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn scalars_are_resolved_as_yaml_1_1_does() {
    assert_eq!(
        shown(
            "[yes, 'yes', Off, ~, 1, -1, +2, 1.0, 1.5e+3, 1e5, '1', .5, abc, \"2001-01-01\", !!str 1]"
        ),
        r#"[true,"yes",false,null,1,-1,2,1,1500,"1e5","1",0.5,"abc","2001-01-01","1"]"#
    );
    assert_eq!(
        shown("a: |\n  x\n  y\nb: {c: [1]}\nd:\n"),
        r#"{"a":"x\ny\n","b":{"c":[1]},"d":null}"#
    );
    assert_eq!(shown("a: &x [1]\nb: *x\n"), r#"{"a":[1],"b":[1]}"#);
}

#[test]
fn what_can_be_read_in_two_ways_is_refused_with_its_place() {
    for (text, place) in [
        ("a: 010", "line 1, column 4"),
        ("a:\n  - 0x1f", "line 2, column 5"),
        ("a: 1:30", "line 1, column 4"),
        ("a: 1_000", "line 1, column 4"),
        ("a: .nan", "line 1, column 4"),
        ("a: -.inf", "line 1, column 4"),
        ("a: 1\na: 2", "line 2, column 1"),
        ("1: a", "line 1, column 1"),
        ("on: a", "line 1, column 1"),
        ("a: &b {}\n<<: *b", "line 2, column 1"),
    ] {
        let message = wrong(text);
        assert!(message.starts_with(place), "{text:?}: {message}");
    }
    assert!(wrong("a: !x 1").contains("a tag is not taken"));
    assert!(wrong("a: 1\n---\nb: 2").contains("a second begins here"));
}

#[test]
fn what_is_not_yaml_is_told_with_its_place() {
    assert!(
        wrong("roles: [a").starts_with("line "),
        "{}",
        wrong("roles: [a")
    );
    assert_eq!(wrong(""), "line 1, column 1: the document is empty");
    assert!(matches!(read(b"\xff"), Err(YamlError::NotUtf8 { at: 1 })));
    let long = vec![b'#'; POLICY_DOCUMENT_BYTES_MAX + 1];
    assert!(matches!(read(&long), Err(YamlError::TooLong { .. })));
    let levels = POLICY_NESTING_LEVELS_MAX + 1;
    let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(wrong(&deep).contains("nests deeper"), "{}", wrong(&deep));
}

#[test]
fn aliases_of_aliases_do_not_multiply_without_end() {
    let mut text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for level in 1..9 {
        let last = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{last}]\n"));
    }
    assert!(wrong(&text).contains("nodes"), "{}", wrong(&text));
}

#[test]
fn a_date_without_quotes_is_found_with_its_path() {
    let node = read(b"a: 1\nb:\n  - x\n  - 2001-01-01\n").unwrap();
    let (path, found) = node.first_date().unwrap();
    assert_eq!(path, ["b", "1"]);
    assert_eq!(found.place, Place { line: 4, column: 5 });
    let time = read(b"2001-01-01T00:00:00Z").unwrap();
    assert!(time.first_date().is_some());
    let text = read(b"2001-1-1 x").unwrap().to_value();
    assert_eq!(text, Value::Text("2001-1-1 x".to_owned()));
    let nearest = node.nearest(&["b".to_owned(), "7".to_owned()]);
    assert_eq!(nearest.place.line, 3);
}

//! References inside a schema.

use crate::json::Value;

/// The steps of a reference such as `#/definitions/a`, if it leads inside the schema that it stands in.
pub(super) fn steps(reference: &str) -> Option<Vec<String>> {
    let fragment = reference.strip_prefix('#')?;
    let fragment = percent_decoded(fragment)?;
    match fragment.strip_prefix('/') {
        None if fragment.is_empty() => Some(Vec::new()),
        None => None,
        Some(path) => {
            let steps = path.split('/');
            Some(
                steps
                    .map(|step| step.replace("~1", "/").replace("~0", "~"))
                    .collect(),
            )
        }
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}

/// What the steps lead to.
pub(super) fn follow<'a>(root: &'a Value, steps: &[String]) -> Option<&'a Value> {
    steps.iter().try_fold(root, |value, step| match value {
        Value::Object(object) => object.get(step),
        Value::Array(elements) => step.parse().ok().and_then(|at: usize| elements.get(at)),
        _ => None,
    })
}

//! Writes the JSON Schemas, and the reference in docs/events.md, from the conventions:
//! `cargo run --example conventions -p indelible-compliance`.

use std::{fs, io, path::Path};

use indelible_compliance::conventions::{SPECS, schema};

const START: &str = "## Reference\n\n";

fn main() -> io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for spec in SPECS {
        let text = serde_json::to_string_pretty(&schema::schema(spec))?;
        fs::write(
            here.join("schemas")
                .join(format!("{}.json", spec.event_type)),
            text + "\n",
        )?;
    }
    let page = here.join("../docs/events.md");
    let text = fs::read_to_string(&page)?;
    let (before, _) = text.split_once(START).ok_or(io::ErrorKind::InvalidData)?;
    fs::write(page, format!("{before}{START}{}", schema::reference()))
}

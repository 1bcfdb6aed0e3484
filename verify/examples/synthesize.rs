//! Writes a large bundle of made-up records, to measure the verifier with:
//! `synthesize RECORDS PAYLOAD_BYTES FILE`. The verifier key goes to `FILE.vkey`.

#![expect(
    clippy::unwrap_used,
    reason = "it ends with what goes wrong in making the bundle"
)]

use std::fs::File;
use std::io::BufWriter;

use indelible_evidence::bundle::{BundlePlan, Selection, write_bundle};

#[path = "../../evidence/tests/bundle/support.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [records, payload_bytes, path] = arguments.as_slice() else {
        return Err("usage: synthesize RECORDS PAYLOAD_BYTES FILE".into());
    };
    let (records, payload_bytes): (u64, usize) = (records.parse()?, payload_bytes.parse()?);
    let mut ledger = support::Ledger::new("synthetic", 1);
    let mut payload = vec![0u8; payload_bytes];
    while ledger.size() < records {
        let mut content = blake3::Hasher::new()
            .update(&ledger.size().to_le_bytes())
            .finalize_xof();
        content.fill(&mut payload);
        ledger.event(Some(&payload));
    }
    let (checkpoint, key_events) = (ledger.checkpoint(&[]), ledger.key_events.clone());
    let plan = BundlePlan {
        checkpoint: &checkpoint,
        selection: Selection::Whole,
        key_events: &key_events,
        states: &[],
        withhold_payloads: false,
    };
    std::fs::write(format!("{path}.vkey"), ledger.key().to_string())?;
    write_bundle(&plan, &mut ledger, &mut BufWriter::new(File::create(path)?))?;
    Ok(())
}

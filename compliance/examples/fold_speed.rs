//! How fast the folds are: `cargo run --example fold_speed -p indelible-compliance [RECORDS] [THREADS]`.
//!
//! Records are made in chunks outside the time that is taken, and folded in parallel by segments of 2^14, as the
//! daemon and the auditor fold them: decoding, all folds, and putting the segments together count.

#![expect(
    clippy::too_many_lines,
    reason = "the records and the measurement are lists"
)]
#![expect(clippy::print_stdout, reason = "it prints figures")]

use std::time::{Duration, Instant};

use indelible_compliance::projections::{
    fold_run::{BodyBytes, FoldRun},
    folds::Projections,
    pieces::Absorb,
};
use indelible_evidence::{
    EventHeader, Header, RecordKind,
    body::{Body, ComponentDigest, FactValue},
    hash::Commitment,
};

const SEGMENT: u64 = 1 << 14;

type Encoded = (Vec<u8>, Vec<u8>);

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let mut argument = |otherwise| arguments.next().and_then(Result::ok).unwrap_or(otherwise);
    let (records, threads) = (argument(1_000_000), argument(2));
    let mut whole = Projections::default();
    let (mut wall, mut cpu) = (Duration::ZERO, Duration::ZERO);
    let mut next = 0;
    while next < records {
        let segments: Vec<Vec<Encoded>> = (0..threads)
            .map(|_| {
                let end = (next + SEGMENT).min(records);
                let segment = (next..end).map(encoded).collect();
                next = end;
                segment
            })
            .collect();
        let cpu_before = cpu_time();
        let start = Instant::now();
        let states: Vec<(Projections, Duration)> = std::thread::scope(|scope| {
            let folding: Vec<_> = segments
                .iter()
                .map(|segment| scope.spawn(|| fold(segment)))
                .collect();
            folding
                .into_iter()
                .filter_map(|thread| thread.join().ok())
                .collect()
        });
        for (state, used) in states {
            whole.absorb(state);
            cpu += used;
        }
        wall += start.elapsed();
        cpu += cpu_time().saturating_sub(cpu_before);
    }
    let count = whole.records();
    println!("records            {count}");
    println!("threads            {threads}");
    println!(
        "wall               {:.3} s, {:.0} records/s",
        wall.as_secs_f64(),
        count as f64 / wall.as_secs_f64()
    );
    println!(
        "CPU                {:.2} µs a record",
        cpu.as_secs_f64() * 1e6 / count as f64
    );
    println!("memory at most     {} MiB", peak_mib());
    let start = Instant::now();
    let state = whole.encode();
    println!(
        "state              {} MiB, encoded in {:.3} s",
        state.len() >> 20,
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let measures = whole.measures().0.len();
    println!(
        "measures           {measures}, in {:.3} s",
        start.elapsed().as_secs_f64()
    );
    println!("memory at the end  {} MiB at most", peak_mib());
    for fold in indelible_compliance::projections::folds::FoldName::ALL {
        let folded = whole.folded(*fold);
        println!(
            "{:<18} {} KiB, {}",
            folded.name,
            whole.state(*fold).len() >> 10,
            folded.digest.0
        );
    }
}

fn fold(segment: &[Encoded]) -> (Projections, Duration) {
    let mut run = FoldRun::new();
    for (header, body) in segment {
        if let Err(error) = run.record(header, BodyBytes::Open(body)) {
            println!("{error}");
        }
    }
    (run.finish(), cpu_time())
}

/// A day of an agent's work: 14 decisions and calls of models for each approval, override or use of a budget.
fn encoded(sequence: u64) -> Encoded {
    let time = 1_772_366_400_000_000_000 + sequence * 20_000_000;
    let who = sequence.wrapping_mul(2_654_435_761) >> 7;
    let [agent, session, case, asked, subject] = [
        format!("agent-{}", who % 50),
        format!("session-{}", sequence / 200),
        format!("case-{sequence}"),
        format!("approval-{}", sequence / 20),
        format!("person-{}", who % 20_000),
    ];
    let model = ["gpt-5", "claude-opus", "mistral-large"][(who % 3) as usize];
    let text = FactValue::Text;
    let mut correlated = None;
    let mut digests = &["input", "output"][..0];
    let (event_type, mut facts) = match sequence % 20 {
        0 => (
            "ai.approval.requested.v1",
            vec![
                ("approval_id", text(&asked)),
                ("agent", text(&agent)),
                ("operator", text("olga")),
            ],
        ),
        1 => (
            "ai.approval.granted.v1",
            vec![("approval_id", text(&asked)), ("reviewer", text("rita"))],
        ),
        2 => (
            "ai.budget.used.v1",
            vec![
                ("agent", text(&agent)),
                ("session", text(&session)),
                ("tokens", FactValue::Uint(who % 4_000)),
                ("cost", text("0.0125")),
                ("currency", text("USD")),
            ],
        ),
        3 => (
            "ai.tool_call.v1",
            vec![
                ("agent", text(&agent)),
                ("tool", text("search")),
                ("result", text("ok")),
            ],
        ),
        4..=10 => (
            "ai.performance.v1",
            vec![
                ("system", text("credit")),
                ("model", text(model)),
                ("error", FactValue::Boolean(who.is_multiple_of(97))),
                ("latency_ms", FactValue::Uint(who % 3_000)),
                ("provider_status", text("success")),
            ],
        ),
        _ => {
            correlated = Some(case.as_str());
            digests = &["input", "output"];
            (
                "ai.decision.v1",
                vec![
                    ("system", text("credit")),
                    (
                        "result",
                        text(if who.is_multiple_of(20) {
                            "fail"
                        } else {
                            "pass"
                        }),
                    ),
                    ("agent", text(&agent)),
                    ("session", text(&session)),
                    ("model", text(model)),
                    ("model_version", text("2026-01")),
                    ("policy", text("lending")),
                    ("policy_version", text("7")),
                    ("risk_score", text("0.35")),
                ],
            )
        }
    };
    facts.push(("producer_sequence", FactValue::Uint(sequence)));
    let digest = |component: &&'static str| ComponentDigest {
        component,
        algorithm: "sha256",
        value: &[7; 32],
    };
    let mut body = Body {
        id: &case,
        source: "urn:example:lending",
        time: Some("2026-03-01T12:00:00.000Z"),
        actor: Some(&agent),
        correlation_id: correlated,
        data_subject: sequence.is_multiple_of(4).then_some(subject.as_str()),
        facts,
        digests: digests.iter().map(digest).collect(),
        ..Body::default()
    };
    let mut bytes = Vec::new();
    if let Err(error) = body.encode_into(&mut bytes) {
        println!("{error}");
    }
    let kind = RecordKind::Event(EventHeader {
        event_type,
        classification: Some("automated_decision"),
        body: Commitment::from_bytes([1; 32]),
        payload: None,
        sealed: None,
    });
    (
        Header {
            sequence,
            time,
            prior_key_event: 0,
            kind,
        }
        .encode(),
        bytes,
    )
}

/// The processor time that this thread used since it began, as Linux has it.
fn cpu_time() -> Duration {
    let used = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(
        used.split(' ')
            .next()
            .and_then(|used| used.parse().ok())
            .unwrap_or(0),
    )
}

/// The most memory that this process held.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or(0) >> 10
}

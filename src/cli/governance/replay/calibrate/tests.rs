use indelible_governance::{
    claim::Claim,
    drift::baseline,
    evaluate::{Bound, propose},
    policy::PolicyKind,
    record::PolicyRegistered,
    redact::Redaction,
    request::Metric,
    state::{Position, State},
};

use super::*;
use crate::cli::governance::request;

const POLICY: &str = "version: '1'\ncomplexity_floor: 0.625\nmcp_rate_limit: 0\n";
const DAY_NS: u64 = 86_400_000_000_000;

struct Log {
    state: State,
    records: Vec<bundle::GovernanceRecord>,
    policy: AegisPolicy,
    time: u64,
}

impl Log {
    fn new() -> Self {
        let policy = AegisPolicy::read("aegis.yaml", POLICY.as_bytes(), Compatibility::Default);
        let mut log = Self {
            state: State::new(),
            records: Vec::new(),
            policy: policy.unwrap(),
            time: 20_000 * DAY_NS,
        };
        log.add(&Entry::Semantics { version: 2 });
        log.push("indelible.governance.document.v1", POLICY.into());
        let digest = log.policy.digest;
        log.add(&Entry::Policy(PolicyRegistered {
            digest,
            kind: PolicyKind::Aegis,
            documents: vec![("aegis.yaml".to_owned(), digest)],
        }));
        log
    }

    fn push(&mut self, event_type: &str, payload: Vec<u8>) -> Position {
        let position = Position {
            sequence: self.records.len() as u64,
            time: self.time,
        };
        self.records.push(bundle::GovernanceRecord {
            position,
            event_type: event_type.to_owned(),
            actor: None,
            payload,
        });
        position
    }

    fn add(&mut self, entry: &Entry) {
        let position = self.push(entry.record_type(), entry.encode().unwrap());
        self.state.apply(position, entry).unwrap();
    }

    fn baseline(&mut self) {
        let values: Vec<_> = (0..30_u8)
            .map(|value| Real::new(f64::from(value) / 100.0).unwrap())
            .collect();
        let made = baseline(self.policy.digest, Metric::RiskProposed, &values);
        self.add(&Entry::DriftBaseline(made.unwrap()));
    }

    fn decide(&mut self, risk: f64) {
        let json = format!(
            "{{\"source\": \"/a\", \"id\": \"{}\", \"agent\": \"a\", \"kind\": \"proposal\", \"action\": \"deploy\", \
             \"aegis\": {{\"proposal_summary\": \"s\", \"risk_proposed\": {risk}}}}}",
            self.records.len()
        );
        let file: request::RequestFile = serde_json::from_str(&json).unwrap();
        let mut asked = request::asked(&file.into_request(String::new()).unwrap()).unwrap();
        asked.principal = "a".to_owned();
        let bound = Bound {
            sequence: 0,
            aigc: None,
            gate: None,
            aegis: Some(self.policy.clone()),
            risk: None,
            redaction: Redaction::new(&[]).unwrap(),
            shadow: false,
        };
        let mut proposal = propose(Some(&bound), &asked, b"salt");
        proposal
            .claims
            .retain(|claim| !matches!(claim, Claim::Bound { .. }));
        let decision = self.state.judge(self.time, &proposal);
        self.add(&Entry::Decision(decision));
    }
}

#[test]
fn a_draft_is_made_of_the_days_of_the_decisions_that_are_asked_for() {
    let mut log = Log::new();
    let digest = log.policy.digest;
    let whole = (0, u64::MAX);
    let problem = calibrated(&log.records, digest, whole).unwrap_err();
    assert!(problem.contains("no baseline"), "{problem}");
    log.baseline();
    for day in 0..40_u32 {
        log.decide(f64::from(day) / 200.0);
        log.decide(f64::from(day % 7) / 10.0);
        log.time += DAY_NS;
    }
    let (read, calibration, days) = calibrated(&log.records, digest, whole).unwrap();
    assert_eq!((days.len(), calibration.days), (40, 40));
    assert!(days.iter().all(|day| day.values == 2));
    assert!(calibration.tau_warning <= calibration.tau_critical);
    let draft = read.draft(&calibration);
    let draft = AegisPolicy::read("d", draft.as_bytes(), Compatibility::Default).unwrap();
    assert_eq!(draft.tau_critical, calibration.tau_critical);
    assert_eq!(draft.complexity_floor.get(), 0.625);
    let last = log.records.len() as u64;
    let problem = calibrated(&log.records, digest, (last - 20, last)).unwrap_err();
    assert!(
        problem.contains("10"),
        "only ten days are asked for: {problem}"
    );
    let problem = calibrated(&log.records, Digest::of(b"other"), whole).unwrap_err();
    assert!(problem.contains("no policy"), "{problem}");
}

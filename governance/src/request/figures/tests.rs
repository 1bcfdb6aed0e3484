use super::*;
use crate::json::{Limits, read};

fn value(json: &str) -> Value {
    let limits = Limits {
        bytes: 100_000,
        levels: 8,
    };
    read(json.as_bytes(), limits).unwrap()
}

fn taken(json: &str) -> Result<Figures, FiguresError> {
    Figures::from_value(&value(json), "a", Some("s-1"))
}

#[test]
fn what_is_left_out_has_the_published_default() {
    let figures = taken(r#"{"proposal_summary": "cache"}"#).unwrap();
    let numbers = [
        (figures.risk_baseline, 0.0),
        (figures.risk_proposed, 0.0),
        (figures.profit_baseline, 0.0),
        (figures.profit_proposed, 0.0),
        (figures.novelty_score, 0.5),
        (figures.complexity_score, 0.5),
        (figures.quality_score, 0.7),
    ];
    for (found, expected) in numbers {
        assert_eq!(found.get(), expected);
    }
    assert_eq!(figures.quality_subscores, vec![Real::nearest(0.7); 3]);
    assert_eq!(
        (figures.phase, figures.estimated_impact),
        (Phase::Plan, Impact::Medium)
    );
    assert!(figures.reversible && !figures.time_sensitive && figures.utility.is_none());
}

#[test]
fn everything_is_taken_as_it_is_given() {
    let figures = taken(
        r#"{"agent_id": "a", "session_id": "s-1", "phase": "work", "proposal_summary": "x",
            "estimated_impact": "critical", "risk_baseline": 0.1, "risk_proposed": 1,
            "profit_baseline": -5, "profit_proposed": 1e3, "novelty_score": 1.0,
            "complexity_score": 0, "quality_score": 0.5, "quality_subscores": [0, 1],
            "utility_result": {"mean": -1.5, "sd": 0}, "requires_human_approval": true,
            "time_sensitive": true, "reversible": false, "metadata": {"k": [1]},
            "shadow_mode": false}"#,
    )
    .unwrap();
    assert_eq!(figures.phase, Phase::Work);
    assert_eq!(figures.profit_baseline.get(), -5.0);
    let utility = figures.utility.unwrap();
    assert_eq!((utility.mean.get(), utility.sd.get()), (-1.5, 0.0));
    assert!(figures.requires_human_approval && !figures.reversible);
}

#[test]
fn what_is_wrong_is_told_by_its_member() {
    for (more, field) in [
        (r#""risk_proposed": 1.01"#, "risk_proposed"),
        (r#""novelty_score": -0.1"#, "novelty_score"),
        (r#""profit_proposed": "5""#, "profit_proposed"),
        (r#""phase": "done""#, "phase"),
        (r#""estimated_impact": "huge""#, "estimated_impact"),
        (r#""quality_subscores": [2]"#, "quality_subscores"),
        (r#""utility_result": {"mean": 1}"#, "sd"),
        (r#""utility_result": {"mean": 1, "sd": -1}"#, "sd"),
        (r#""reversible": 1"#, "reversible"),
        (r#""metadata": []"#, "metadata"),
        (r#""agent_id": "b""#, "agent_id"),
        (r#""session_id": "s-2""#, "session_id"),
        (r#""risk_propsed": 0.1"#, "risk_propsed"),
        (r#""shadow_mode": true"#, "shadow_mode"),
        (r#""drift_baseline_data": [0.1]"#, "drift_baseline_data"),
    ] {
        let error = taken(&format!(r#"{{"proposal_summary": "x", {more}}}"#)).unwrap_err();
        assert_eq!(error.field, field, "{more}: {error}");
    }
    assert_eq!(taken("{}").unwrap_err().field, "proposal_summary");
    let long = "x".repeat(PROPOSAL_SUMMARY_CHARS_MAX + 1);
    let error = taken(&format!(r#"{{"proposal_summary": "{long}"}}"#)).unwrap_err();
    assert_eq!(error.field, "proposal_summary");
}

#[test]
fn a_quick_check_is_one_score_and_one_threshold_and_nothing_else() {
    let check = |json: &str| QuickRisk::from_value(&value(json));
    assert_eq!(check(r#"{"proposal_summary": "x"}"#), Ok(None));
    let given = check(r#"{"quick_risk_check": {"risk_score": 0.1, "threshold": 0.5}}"#);
    assert_eq!(given.unwrap().unwrap().threshold.get(), 0.5);
    for wrong in [
        r#"{"quick_risk_check": {"risk_score": 0.1}}"#,
        r#"{"quick_risk_check": {"risk_score": 2, "threshold": 0.5}}"#,
        r#"{"quick_risk_check": {"risk_score": 0, "threshold": 0.5}, "phase": "plan"}"#,
        r#"{"quick_risk_check": true}"#,
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
}

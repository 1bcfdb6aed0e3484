//! What a row becomes.

#![expect(clippy::too_many_lines, reason = "a test tells its story in one piece")]

use super::*;

#[test]
fn rows_become_events_of_the_conventions() {
    let event = |kind: &str, metadata: Json| {
        let row = row(&|row| {
            row["kind"] = json!(kind);
            row["metadata"] = metadata.clone();
        });
        let examined = examine_with(&[row], one(), SigningKeys::default()).remove(0);
        let event = examined.event.expect("an event");
        let from = Some(Fact::Text("codeatelier".to_owned()));
        assert_eq!(event.facts["imported_from"].value, from, "{kind}");
        event
    };
    for (kind, metadata, expected) in [
        ("tool.call", json!({"tool": "read"}), "ai.tool_call.v1"),
        ("tool.call", json!({}), "codeatelier.row.v1"),
        (
            "llm.result",
            json!({"token_usage": {"total_tokens": 7}}),
            "ai.performance.v1",
        ),
        (
            "llm.error",
            json!({"error_type": "Timeout"}),
            "ai.performance.v1",
        ),
        (
            "scope.violation",
            json!({"tool": "t", "api": null, "reason": "r"}),
            "ai.violation.v1",
        ),
        (
            "budget.exceeded",
            json!({"cap": "c", "used": 1.5, "limit": 1}),
            "ai.violation.v1",
        ),
        (
            "loop.detected",
            json!({"tool_name": "t", "count": 6, "action": "raise"}),
            "ai.violation.v1",
        ),
        (
            "contract.post_violation",
            json!({"tool": "t"}),
            "ai.violation.v1",
        ),
        (
            "approval.requested",
            json!({"request_id": "r1"}),
            "ai.approval.requested.v1",
        ),
        (
            "approval.granted",
            json!({"request_id": "r1", "granted_by": "h"}),
            "ai.approval.granted.v1",
        ),
        (
            "approval.granted",
            json!({"request_id": "r1"}),
            "codeatelier.row.v1",
        ),
        (
            "approval.denied",
            json!({"request_id": "r1", "denied_by": "h"}),
            "ai.approval.denied.v1",
        ),
        (
            "gates.escalated",
            json!({"request_id": "r1", "by_user_id": "h"}),
            "ai.oversight.v1",
        ),
        (
            "agent.halted",
            json!({"halted_by": "h", "reason": "x"}),
            "ai.agent.halted.v1",
        ),
        ("audit.correction", json!({}), "codeatelier.row.v1"),
    ] {
        let event = event(kind, metadata);
        assert_eq!(event.r#type, expected, "{kind}");
        crate::import::conventions::assert_fits(&event);
        assert_eq!(event.id, "00000000-0000-0000-0000-000000000001");
        let imported = event.facts["imported_kind"].value.clone();
        assert_eq!(imported, Some(Fact::Text(kind.to_owned())));
    }
    let result = event("llm.result", json!({"token_usage": {"total_tokens": 7}}));
    assert_eq!(result.facts["tokens"].value, Some(Fact::Uint(7)));
    assert_eq!(result.facts["error"].value, Some(Fact::Boolean(false)));
}

#[test]
fn what_is_no_row_is_told() {
    let refused = |change: &dyn Fn(&mut Json)| {
        let mut row = rows(CHAINS, "chain-intact", "records")[0].clone();
        change(&mut row);
        let mut importer = CodeAtelier::new(one(), SigningKeys::default());
        let refused = importer.examine(row.to_string().as_bytes(), Spot { file: 0, line: 1 });
        refused.expect_err("refused").to_string()
    };
    assert_eq!(
        refused(&|row| row["event_id"] = json!("7")),
        "field event_id is not a UUID"
    );
    assert_eq!(
        refused(&|row| row["metadata"] = json!("{}")),
        "field metadata is not an object"
    );
    assert_eq!(
        refused(&|row| row["session_id"] = Json::Null),
        "field session_id is missing"
    );
    assert_eq!(
        refused(&|row| row["created_at"] = json!("2026-05-01T12:00:00")),
        "field created_at is not a time with an offset"
    );
    assert_eq!(
        refused(&|row| row["created_at"] = json!("2026-05-01T12:00:00.1234567Z")),
        "field created_at: it is finer than microseconds, and its system never writes such times"
    );
}

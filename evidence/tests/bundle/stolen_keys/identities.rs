//! What a stolen identity key can do, and what ends it.

use super::*;

#[test]
fn a_stolen_identity_key_forks_the_ledger_for_those_who_know_no_head_past_the_fork() {
    let honest = Honest::new(false);
    for (from, size) in [
        (2, SIZE),
        (15, SIZE),
        (15, SIZE + 9),
        (15, 18),
        (25, SIZE),
        (SIZE, SIZE + 4),
    ] {
        let mut forged = honest.forged(from, size);
        let checkpoint = forged.checkpoint(&[]);
        let what = format!("the identity stolen, forged from {from} to {size}");
        line(
            &what,
            (&mut forged, &checkpoint),
            ("nothing", Knows::Nothing),
            ["holds", "open", "holds"],
        );
        line(
            &what,
            (&mut forged, &checkpoint),
            ("a witness", Knows::Witness),
            ["holds", "open", "holds"],
        );
        for head in &honest.heads {
            let known = Checkpoint::parse_text(&head.text).unwrap().size;
            let complete = if known > size {
                "known-head-larger"
            } else if known > from {
                "known-head-differs"
            } else {
                "holds"
            };
            line(
                &what,
                (&mut forged, &checkpoint),
                ("a head", Knows::Head(head)),
                ["holds", complete, "holds"],
            );
        }
    }
    // The honest ledger, with the same knowledge.
    let mut ledger = honest.ledger.clone();
    let checkpoint = witnessed(&ledger);
    for knows in [
        ("a witness", Knows::Witness),
        ("a head", Knows::Head(&honest.heads[1])),
    ] {
        line(
            "the identity stolen, the honest ledger",
            (&mut ledger, &checkpoint),
            knows,
            ["holds", "holds", "holds"],
        );
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_retired_identity_key_that_is_stolen_convinces_nobody_who_knows_a_head_past_the_rotation() {
    let honest = Honest::new(false);
    let mut rotated = honest.rotated();
    let (before, after) = (&honest.heads[2], rotated.checkpoint(&[]));
    let truth = witnessed(&rotated);
    let heads = [
        ("nothing", Knows::Nothing, ["holds", "open", "open"]),
        (
            "a head before the rotation",
            Knows::Head(before),
            ["holds", "holds", "open"],
        ),
        (
            "a head past it",
            Knows::Head(&after),
            ["holds", "holds", "holds"],
        ),
        ("a witness", Knows::Witness, ["holds", "holds", "holds"]),
    ];
    for (name, knows, wanted) in heads {
        line(
            "the honest ledger",
            (&mut rotated, &truth),
            (name, knows),
            wanted,
        );
    }

    // The old key signs on, for the ledger as it is now.
    let mut signed_on = rotated.clone();
    signed_on.identity = signing_key(FIRST);
    let checkpoint = signed_on.checkpoint(&[]);
    for (name, knows, _) in heads {
        line(
            "the retired key signs on",
            (&mut signed_on, &checkpoint),
            (name, knows),
            [BY_NOBODY, "open", "open"],
        );
    }

    // The rotation is left out, and the old key goes on as if there had been none.
    let mut without = honest.forged(SIZE, SIZE + 9);
    let checkpoint = without.checkpoint(&[]);
    for (name, knows, wanted) in [
        ("nothing", heads[0].1, ["holds", "open", "holds"]),
        (
            "a head before the rotation",
            heads[1].1,
            ["holds", "holds", "holds"],
        ),
        ("a head past it", heads[2].1, ["holds", "open", "open"]),
        ("a witness", heads[3].1, ["holds", "open", "holds"]),
    ] {
        line(
            "the rotation is left out",
            (&mut without, &checkpoint),
            (name, knows),
            wanted,
        );
    }

    // Another rotation in its place, to a key of the thief's.
    let mut other = honest.forged(SIZE, SIZE + 1);
    other.rotate(signing_key(THIEFS_OWN));
    other.events(9);
    let checkpoint = other.checkpoint(&[]);
    for (name, knows, wanted) in [
        ("nothing", heads[0].1, ["holds", "open", "open"]),
        (
            "a head before the rotation",
            heads[1].1,
            ["holds", "holds", "open"],
        ),
        ("a head past it", heads[2].1, ["holds", "open", "open"]),
        ("a witness", heads[3].1, ["holds", "open", "open"]),
    ] {
        line(
            "another rotation",
            (&mut other, &checkpoint),
            (name, knows),
            wanted,
        );
    }
}

#[test]
fn heads_of_an_identity_that_was_revoked_count_up_to_the_size_of_its_revocation() {
    let honest = Honest::new(false);
    let mut ledger = honest.rotated();
    let trusted_to = 15;
    ledger.revoke(&signing_key(FIRST), trusted_to);
    ledger.events(3);
    let newest = ledger.checkpoint(&[]);
    for (head, complete, custody) in [
        // Size 11 is trusted. It is before the rotation, so custody wants another.
        (&honest.heads[0], "holds", "open"),
        (&honest.heads[1], "open", "open"),
        (&honest.heads[2], "open", "open"),
        (&newest, "holds", "holds"),
    ] {
        line(
            "the identity revoked, the honest ledger",
            (&mut ledger, &newest),
            ("a head", Knows::Head(head)),
            ["holds", complete, custody],
        );
    }
}

#[test]
fn an_identity_is_replaced_by_the_recovery_key_where_one_is_named_and_by_the_old_key_otherwise() {
    let thiefs = signing_key(THIEFS_OWN);
    for recovery in [false, true] {
        let honest = Honest::new(recovery);
        for (second, lawful) in [
            (signing_key(FIRST), !recovery),
            (signing_key(RECOVERY), recovery),
            // Stolen epoch keys and the new key alone replace nothing.
            (epoch_key(2), false),
            (thiefs.clone(), false),
        ] {
            let mut ledger = honest.ledger.clone();
            ledger.rotate_signed(signing_key(SECOND), &second);
            ledger.events(3);
            let newest = witnessed(&ledger);
            let what = format!("recovery key named: {recovery}, lawful: {lawful}");
            // An unlawful one changes nothing: the new key is nobody's, and so is what it signs.
            let (witnessed, alone) = match lawful {
                true => (["holds", "holds", "holds"], ["holds", "open", "open"]),
                false => ([BY_NOBODY, "open", "open"], [BY_NOBODY, "open", "open"]),
            };
            let shown = (&mut ledger, &newest);
            line(&what, shown, ("a witness", Knows::Witness), witnessed);
            let shown = (&mut ledger, &newest);
            line(&what, shown, ("nothing", Knows::Nothing), alone);
        }
    }
}

#[test]
fn a_key_of_the_ledgers_own_history_is_no_witness() {
    let honest = Honest::new(false);
    let mut forged = honest.forged(15, SIZE);
    let mut checkpoint = forged.checkpoint(&[]);
    // The thief of identity and epoch keys has them cosign as whatever the policy calls its witness.
    for key in [signing_key(FIRST), epoch_key(0), epoch_key(1)] {
        let line = cosign(&checkpoint.text, WITNESS_NAME, &key, WITNESSED_AT);
        checkpoint.signatures.push(line);
        let mut trust = Trust::in_key(forged.key());
        let text = format!("witness w {}\nquorum w\n", witness_key(WITNESS_NAME, &key));
        trust.policy = Some(Policy::parse(text.as_bytes()).unwrap());
        let tar = forged.bundle_with(Selection::Whole, &checkpoint);
        let verdict = verify(TarSource::new(tar.as_slice()), &trust)
            .unwrap()
            .verdict;
        assert!(verdict.integrity.holds());
        assert!(!verdict.completeness.holds(), "{:?}", verdict.completeness);
    }
}

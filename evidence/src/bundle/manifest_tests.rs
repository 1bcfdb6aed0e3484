//! A manifest reads back, and nothing else is one.

use super::*;

fn origin() -> Origin {
    Origin::parse("audit.example.com/orders/0123456789ab").unwrap()
}

#[test]
fn a_manifest_reads_back() {
    let whole = Manifest::whole(origin(), 5000, [1; 32], [0xab; 32]).unwrap();
    assert_eq!(
        Manifest::parse(whole.to_string().as_bytes()),
        Ok(whole.clone())
    );
    assert_eq!(
        (whole.chunks(), whole.chunk_records(1)),
        ((0, 2), (4096, 5000))
    );
    let range = Manifest::range(origin(), 4000, 4097, 5000, [1; 32], [2; 32]).unwrap();
    assert_eq!(
        Manifest::parse(range.to_string().as_bytes()),
        Ok(range.clone())
    );
    assert_eq!(
        (range.chunk_records(0), range.chunk_records(1)),
        ((4000, 4096), (4096, 4097))
    );
}

#[test]
fn numbers_that_contradict_each_other_are_refused() {
    assert!(Manifest::whole(origin(), 0, [0; 32], [0; 32]).is_err());
    assert!(Manifest::whole(origin(), 1, [0; 32], [0; 32]).is_err());
    assert!(Manifest::range(origin(), 0, 1, 1, [0; 32], [0; 32]).is_err());
    assert!(Manifest::range(origin(), 3, 3, 5, [0; 32], [0; 32]).is_err());
    assert!(Manifest::range(origin(), 3, 6, 5, [0; 32], [0; 32]).is_err());
    assert!(Manifest::range(origin(), 0, 1, 1 << 63, [0; 32], [0; 32]).is_err());
    let text = Manifest::range(origin(), 1, 5, 5, [0; 32], [0; 32])
        .unwrap()
        .to_string();
    assert!(Manifest::parse(text.replace("kind range", "kind whole").as_bytes()).is_err());
}

#[test]
fn every_other_spelling_is_refused() {
    let good = Manifest::range(origin(), 10, 20, 30, [0xab; 32], [2; 32])
        .unwrap()
        .to_string();
    let bad = [
        good.replace("@v0.2", "@v1"),
        good.replace("@v0.2", "@v0.3"),
        good.replace("from 10", "from 010"),
        good.replace("from 10", "from +10"),
        good.replace("from 10", "from  10"),
        good.replace("size 30\n", "size 30\r\n"),
        good.replace("to 20\n", ""),
        good.replace("abab", "ABAB"),
        good.replace("abab", "ab"),
        format!("{good}\n"),
        format!("{good}more"),
        good.trim_end().to_owned(),
        format!("\n{good}"),
        String::new(),
    ];
    for text in bad {
        assert!(Manifest::parse(text.as_bytes()).is_err(), "{text}");
    }
}

fn states(sequences: &[u64]) -> Vec<StateLine> {
    let lines = sequences.iter().map(|&sequence| StateLine {
        sequence,
        sha256: [sequence as u8; 32],
    });
    lines.collect()
}

#[test]
fn governance_states_read_back_and_stand_in_order() {
    let manifest = Manifest::range(origin(), 10, 20, 30, [1; 32], [2; 32]).unwrap();
    let with = |sequences: &[u64]| manifest.clone().with_states(states(sequences));
    let sixteen: Vec<u64> = (0..16).collect();
    for sequences in [&[][..], &[0], &[3, 29], &sixteen] {
        let manifest = with(sequences).unwrap();
        let text = manifest.to_string();
        assert_eq!(Manifest::parse(text.as_bytes()), Ok(manifest), "{text}");
    }
    let seventeen: Vec<u64> = (0..17).collect();
    for sequences in [&[30][..], &[3, 3], &[4, 3], &seventeen] {
        assert!(with(sequences).is_err(), "{sequences:?}");
    }
    let good = with(&[3, 29]).unwrap().to_string();
    let lines: Vec<&str> = good.lines().collect();
    let (first, last) = (lines[8], lines[9]);
    for bad in [
        good.replace("state 3 ", "state 03 "),
        good.replace("state 3 ", "state 3  "),
        good.replace("state 3 ", "state "),
        good.replace("state 3 ", "State 3 "),
        good.replace("state 29 ", "state 30 "),
        good.replace(&format!("{first}\n{last}\n"), &format!("{last}\n{first}\n")),
        format!("{good}\n"),
        format!("{good}{last}\n"),
        good.trim_end().to_owned(),
    ] {
        let swapped = bad == good;
        assert!(
            !swapped && Manifest::parse(bad.as_bytes()).is_err(),
            "{bad}"
        );
    }
    let many = seventeen
        .iter()
        .map(|n| last.replace(" 29 ", &format!(" {n} ")) + "\n");
    let none = with(&[]).unwrap().to_string();
    assert!(Manifest::parse((none + &many.collect::<String>()).as_bytes()).is_err());
}

#[test]
fn a_bundle_of_the_first_draft_is_refused_by_name() {
    let good = Manifest::whole(origin(), 10, [1; 32], [2; 32]).unwrap();
    let first = good.to_string().replace("@v0.2", "@v0");
    let refused = Manifest::parse(first.as_bytes()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "made by an earlier draft of the format; export it again"
    );
}

#[test]
fn another_version_is_told_from_what_is_no_bundle() {
    for (line, wanted) in [
        ("indelible-bundle@v0.3", ManifestError::LaterVersion),
        ("indelible-bundle@v1", ManifestError::LaterVersion),
        ("indelible-bundle@v0", ManifestError::EarlierDraft),
        ("indelible-bundle@vx", ManifestError::NotABundle),
        ("indelible-bundle@v0.2\r", ManifestError::NotABundle),
        ("something", ManifestError::NotABundle),
    ] {
        let told = Manifest::parse(format!("{line}\n").as_bytes());
        assert_eq!(told, Err(wanted), "{line}");
    }
}

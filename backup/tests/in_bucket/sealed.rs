//! Encrypted backups in a bucket.

use indelible_backup::{Sealing, restore};
use indelible_keystore::age::{Identity, Recipients};
use zeroize::Zeroizing;

use super::*;

const CANARY: &[u8] = b"canary-7f3a";

fn back_up_sealed(held: &Held, cut: &Path, made_ns: u64, sealing: &Sealing) -> (Manifest, Copied) {
    let manner = create::Manner {
        sealing: Some(sealing),
        ..create::Manner::default()
    };
    let (files, copied) = create::copy_files(held, cut, manner, &mut go_on).unwrap();
    let outer = create::seal(held, &manifest(made_ns, files), sealing).unwrap();
    create::finish(held, &outer, &signed(&outer)).unwrap();
    (outer, copied)
}

#[test]
fn an_encrypted_backup_goes_to_a_bucket_once_and_comes_back() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let cut = place.path().join("cut");
    // More than one piece.
    let large = [CANARY, &vec![7; 6_000_000]].concat();
    fill(&cut, &[("1.sst", &large), ("CURRENT", CANARY)]);
    let key = Identity::generate().unwrap();
    let sealing = |identity: &Identity| {
        let recipients = Recipients::new([identity.recipient()]).unwrap();
        Sealing::new(recipients, Zeroizing::new([5; 32]))
    };
    let held = held(&rig);
    let (first, copied) = back_up_sealed(&held, &cut, 1, &sealing(&key));
    assert!(copied.copied_bytes > 6_000_000, "{copied:?}");
    let (second, copied) = back_up_sealed(&held, &cut, 2, &sealing(&key));
    assert_eq!(copied.copied_bytes, 0);
    let other = Identity::generate().unwrap();
    let (_, copied) = back_up_sealed(&held, &cut, 3, &sealing(&other));
    assert!(copied.copied_bytes > 6_000_000, "{copied:?}");
    drop(held);
    let mut seen = 0;
    for stored in rig.keys() {
        let bytes = rig.object(stored.strip_prefix("here/").unwrap()).unwrap();
        assert!(
            !bytes.windows(CANARY.len()).any(|w| w == CANARY),
            "{stored}"
        );
        seen += bytes.len();
    }
    assert!(seen > 12_000_000, "{seen}");

    let target = target(&rig);
    assert_eq!(damage(&target, &first), Vec::<String>::new());
    let into = place.path().join("restored");
    let opened = Opened::new(&target, second, vec![key]).unwrap();
    restore::files(&target, &opened, &into, &mut go_on).unwrap();
    assert!(fs::read(into.join("1.sst")).unwrap() == large);
    assert_eq!(fs::read_dir(into).unwrap().count(), 2);
    assert!(Opened::new(&target, first, vec![other]).is_err());
}

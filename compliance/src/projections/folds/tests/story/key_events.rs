//! The key events of stories.

use indelible_evidence::{
    HoldId,
    key_event::{
        DataKeyChange, Disposal, Encryption, Erasure, Hold, HoldAction, KekChange, RetentionRule,
        Settings, SettingsChange, Span,
    },
};

use super::{Kind, Story, data_key, origin};

impl Story {
    pub(in super::super) fn erase(&mut self, keys: &[u8], basis: &str) -> u64 {
        let data_keys = keys.iter().map(|number| data_key(*number)).collect();
        let erasure = Erasure {
            origin: origin(),
            data_keys,
            basis: basis.to_owned(),
        };
        self.key_event(erasure.encode(), Kind::Erasure)
    }

    pub(in super::super) fn hold(&mut self, hold: u8, keys: Option<&[u8]>) -> u64 {
        let data_keys = keys.map(|keys| keys.iter().map(|number| data_key(*number)).collect());
        let action = HoldAction::Place {
            data_keys,
            reason: Some("case 12".to_owned()),
        };
        self.held(hold, action)
    }

    pub(in super::super) fn release(&mut self, hold: u8) -> u64 {
        self.held(hold, HoldAction::Release)
    }

    fn held(&mut self, hold: u8, action: HoldAction) -> u64 {
        let hold = HoldId::from_bytes([hold; 16]);
        let hold = Hold {
            origin: origin(),
            hold,
            action,
        };
        self.key_event(hold.encode(), Kind::Hold)
    }

    pub(in super::super) fn kek(&mut self, kek: u8) -> u64 {
        let change = KekChange {
            origin: origin(),
            kek: [kek; 16],
            provider: "aws-kms".to_owned(),
            reason: None,
        };
        self.key_event(change.encode(), Kind::Kek)
    }

    pub(in super::super) fn ledger_key(&mut self, key: u8) -> u64 {
        let change = DataKeyChange {
            origin: origin(),
            data_key: data_key(key),
        };
        self.key_event(change.encode(), Kind::DataKey)
    }

    /// Settings are in force from here on, with or without an access trail.
    pub(in super::super) fn trail(&mut self, access_trail: bool) -> u64 {
        self.settings(access_trail, Vec::new())
    }

    fn settings(&mut self, access_trail: bool, retention: Vec<RetentionRule>) -> u64 {
        let change = SettingsChange {
            origin: origin(),
            settings: Settings {
                encryption: Encryption::Subjects,
                access_trail,
                conventions: false,
                signed_sources: Vec::new(),
                retention,
            },
            reason: None,
        };
        self.key_event(change.encode(), Kind::Settings)
    }

    /// Rules of retention are in force from here on, in the order of their names.
    pub(in super::super) fn retain(&mut self, rules: &[RetentionRule]) -> u64 {
        self.settings(false, rules.to_vec())
    }

    pub(in super::super) fn dispose(&mut self, rule: &str) -> u64 {
        self.dispose_of(rule, 0..1)
    }

    pub(in super::super) fn dispose_of(&mut self, rule: &str, span: std::ops::Range<u64>) -> u64 {
        let (from, to) = (span.start, span.end);
        let disposal = Disposal {
            origin: origin(),
            rule: rule.to_owned(),
            spans: vec![Span { from, to }],
            archive: None,
        };
        self.key_event(disposal.encode(), Kind::Disposal)
    }
}

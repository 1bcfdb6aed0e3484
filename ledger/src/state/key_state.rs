//! What a ledger's key events say about its keys: which data key is current, which are erased, which are under a hold,
//! and which KEK wraps them.

use std::collections::BTreeMap;

use indelible_evidence::{
    commitment::PartKind,
    hash::{DataKeyId, HoldId},
    header::Header,
    key_event::{Hold as HoldStatement, HoldAction, PublicKey, RetentionRule, Settings, TypedKey},
    note::VerifierKey,
    verdict::{Finding, FindingCode},
    verify::{
        Custody, Effect, Erasures, Identities, KeyEvent, Rules, Statement, check_key_event,
        records::RecordFacts,
    },
};

use crate::state::{
    absent_word::AbsentWord,
    erased_keys::ErasedKeys,
    key_state_error::KeyStateError,
    orders::{DisposalRecord, ErasureRecord, Hold, destroying},
    producers::Producers,
    signing_keys::SigningKeys,
};

/// The state that the key events lead to.
#[derive(Clone, Debug)]
pub(crate) struct KeyState {
    identities: Identities,
    custody: Custody,
    rules: Rules,
    /// The first record that puts settings in force.
    first_settings: Option<u64>,
    /// The record that ended the ledger.
    ended: Option<u64>,
    signing: SigningKeys,
    producers: Producers,
    /// The ledger-wide data keys, the current one last.
    data_keys: Vec<DataKeyId>,
    /// The newest KEK on record.
    kek: Option<[u8; 16]>,
    holds: BTreeMap<HoldId, Hold>,
    erasures: Vec<ErasureRecord>,
    /// What is ordered elsewhere is taken in here.
    pub(crate) erased: ErasedKeys,
    disposals: Vec<DisposalRecord>,
    /// The same for the checks of records.
    named: Erasures,
}

impl KeyState {
    /// Before genesis, of a ledger with this key to pin.
    pub(crate) fn new(pinned: VerifierKey) -> Self {
        Self {
            identities: Identities::new(pinned),
            custody: Custody::new(),
            rules: Rules::default(),
            first_settings: None,
            ended: None,
            signing: SigningKeys::default(),
            producers: Producers::default(),
            data_keys: Vec::new(),
            kek: None,
            holds: BTreeMap::new(),
            erasures: Vec::new(),
            erased: ErasedKeys::default(),
            disposals: Vec::new(),
            named: Erasures::default(),
        }
    }

    /// Who the ledger's identity was at which size.
    pub(crate) fn identities(&self) -> &Identities {
        &self.identities
    }

    /// The keys that sign for the ledger, or did.
    pub(crate) fn signing(&self) -> &SigningKeys {
        &self.signing
    }

    /// The keys under which clients sign their events.
    pub(crate) fn producers(&self) -> &Producers {
        &self.producers
    }

    /// The rules that the key events set for the other records.
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The settings in force for the next record; none where the ledger began under the first draft of the format, and
    /// no record has said any since.
    pub(crate) fn settings(&self) -> Option<&Settings> {
        self.settings_at(u64::MAX)
    }

    /// The settings in force at a record, if there are any there.
    pub(crate) fn settings_at(&self, sequence: u64) -> Option<&Settings> {
        self.rules.settings_at(sequence)
    }

    /// The first record that puts settings in force. For the records before it, the settings are the operator's word.
    pub(crate) fn first_settings(&self) -> Option<u64> {
        self.first_settings
    }

    /// Whether records of a header's data key are recorded as erased, or a disposal erased the part.
    pub(crate) fn supports(&self, header: &Header<'_>, part: PartKind, word: AbsentWord) -> bool {
        let facts = self.facts_of(header);
        match word {
            AbsentWord::Erased => {
                facts.disposed.erased(part)
                    || facts.data_key.is_some_and(|key| self.named.name(&key))
            }
            AbsentWord::Archived => facts.disposed.archived(part),
        }
    }

    /// What a header says, with what the disposals on record did to the parts of its record.
    pub(crate) fn facts_of(&self, header: &Header<'_>) -> RecordFacts {
        RecordFacts::under(header, &self.rules)
    }

    /// The disposals that name the record of a header and destroy something, by their own records, ascending.
    pub(crate) fn disposals_of(&self, header: &Header<'_>) -> Vec<u64> {
        destroying(&self.disposals, self.rules.disposals_of(header))
    }

    /// The disposals, oldest first.
    pub(crate) fn disposals(&self) -> &[DisposalRecord] {
        &self.disposals
    }

    /// The erasures, for the checks of records.
    pub(crate) fn named(&self) -> &Erasures {
        &self.named
    }

    /// The ledger-wide data key that new events are sealed under.
    pub(crate) fn data_key(&self) -> Option<DataKeyId> {
        self.data_keys.last().copied()
    }

    /// The ledger-wide data keys, the current one last.
    pub(crate) fn ledger_keys(&self) -> &[DataKeyId] {
        &self.data_keys
    }

    /// Whether a data key is, or was, the ledger-wide one.
    pub(crate) fn is_ledgers(&self, key: &DataKeyId) -> bool {
        self.data_keys.contains(key)
    }

    /// Whether there was another ledger-wide data key before the current one.
    pub(crate) fn has_rotated(&self) -> bool {
        self.data_keys.len() > 1
    }

    /// The KEK that the newest record of one names; none where the keys never moved.
    pub(crate) fn kek(&self) -> Option<[u8; 16]> {
        self.kek
    }

    /// Whether a data key was erased.
    pub(crate) fn is_erased(&self, key: &DataKeyId) -> bool {
        self.erased.has(key)
    }

    /// Whether an erasure or a hold in force names one of these data keys.
    pub(crate) fn names_any(&self, keys: &[DataKeyId]) -> bool {
        let is_held = |hold: &Hold| {
            let held = hold.data_keys.as_ref();
            held.is_some_and(|held| keys.iter().any(|key| held.contains(key)))
        };
        keys.iter().any(|key| self.is_erased(key)) || self.holds.values().any(is_held)
    }

    /// The holds in force, oldest first.
    pub(crate) fn holds(&self) -> Vec<Hold> {
        let mut holds: Vec<_> = self.holds.values().cloned().collect();
        holds.sort_by_key(|hold| hold.sequence);
        holds
    }

    /// The erasures, oldest first.
    pub(crate) fn erasures(&self) -> &[ErasureRecord] {
        &self.erasures
    }

    /// Whether an erasure of these keys may follow.
    pub(crate) fn check_erasure(&self, keys: &[DataKeyId]) -> Result<(), KeyStateError> {
        for hold in self.holds.values() {
            let covers = hold
                .data_keys
                .as_ref()
                .is_none_or(|held| keys.iter().any(|key| held.contains(key)));
            if covers {
                return Err(KeyStateError::Held { hold: hold.id });
            }
        }
        let gone = self
            .erasures
            .iter()
            .find(|erasure| keys.iter().any(|key| erasure.data_keys.contains(key)));
        match gone {
            Some(erasure) => Err(KeyStateError::Erased {
                sequence: erasure.sequence,
            }),
            None => Ok(()),
        }
    }

    /// Whether a disposal under this rule may follow: the rule is in force as it is, and no hold is on the whole ledger.
    pub(crate) fn check_disposal(&self, rule: &RetentionRule) -> Result<(), KeyStateError> {
        let in_force = self
            .settings()
            .and_then(|settings| settings.rule(&rule.name));
        if in_force != Some(rule) {
            let rule = rule.name.clone();
            return Err(KeyStateError::RuleChanged { rule });
        }
        match self.holds.values().find(|hold| hold.data_keys.is_none()) {
            Some(hold) => Err(KeyStateError::DisposalHeld { hold: hold.id }),
            None => Ok(()),
        }
    }

    /// Whether a hold may be released.
    pub(crate) fn check_release(&self, hold: &HoldId) -> Result<(), KeyStateError> {
        if self.holds.contains_key(hold) {
            Ok(())
        } else {
            Err(KeyStateError::NoHold { hold: *hold })
        }
    }

    /// Whether a registration of a producer's key may follow.
    pub(crate) fn check_register(&self, key: &PublicKey) -> Result<(), KeyStateError> {
        self.check_goes_on()?;
        self.producers.check_register(key)?;
        match self.identities.knows(&TypedKey::from(*key), u64::MAX) {
            true => Err(KeyStateError::KeyTaken),
            false => Ok(()),
        }
    }

    /// Whether the ledger's life has not ended.
    pub(crate) fn check_goes_on(&self) -> Result<(), KeyStateError> {
        match self.ended {
            None => Ok(()),
            Some(sequence) => Err(KeyStateError::Ended { sequence }),
        }
    }

    /// The record that ended the ledger, if one did.
    pub(crate) fn ended(&self) -> Option<u64> {
        self.ended
    }

    /// Whether the end of the ledger may follow: no hold keeps anything of it.
    pub(crate) fn check_end(&self) -> Result<(), KeyStateError> {
        self.check_goes_on()?;
        match self.holds.values().next() {
            Some(hold) => Err(KeyStateError::Held { hold: hold.id }),
            None => Ok(()),
        }
    }

    /// Whether the first settings may follow.
    pub(crate) fn check_first_settings(&self) -> Result<(), KeyStateError> {
        match self.settings() {
            None => self.check_goes_on(),
            Some(_) => Err(KeyStateError::SettingsThere),
        }
    }

    /// The public half of the identity in force; none if it is of a type that is not known here.
    pub(crate) fn identity_key(&self) -> Option<[u8; 32]> {
        let key = self.identities.current().keys().key();
        key.map(|key| *key.as_bytes())
    }

    /// The key under which checkpoints of a size are verified; none if it is of a type that is not known here.
    pub(crate) fn verifier_key_at(&self, size: u64) -> Option<VerifierKey> {
        self.identities.at(size).verifier_key().cloned()
    }

    /// Takes in the next key event. It is an error if the key event is not valid, or is unlawful after those before it. After
    /// an error nothing else may be taken in.
    pub(crate) fn apply(&mut self, header: &Header<'_>) -> Result<(), Finding> {
        let event = self.judged(header)?;
        let effect = advanced(&mut self.custody, &event)?;
        self.take_in(header, event, effect);
        Ok(())
    }

    /// The same for a key event that is about to be recorded: after an error the state is unchanged.
    pub(crate) fn admit(&mut self, header: &Header<'_>) -> Result<(), Finding> {
        let event = self.judged(header)?;
        let mut custody = self.custody.clone();
        let effect = advanced(&mut custody, &event)?;
        self.custody = custody;
        self.take_in(header, event, effect);
        Ok(())
    }

    /// The same for another identity and its certificate, which are recorded together or not at all.
    pub(crate) fn admit_rotation(
        &mut self,
        identity: &Header<'_>,
        certificate: &Header<'_>,
    ) -> Result<(), Finding> {
        let mut next = self.clone();
        next.apply(identity)?;
        next.apply(certificate)?;
        *self = next;
        Ok(())
    }

    fn judged(&self, header: &Header<'_>) -> Result<KeyEvent, Finding> {
        check_key_event(header, &self.identities).ok_or_else(|| {
            let detail = "it is not a key event, but a later record names it as one";
            Finding::of_record(FindingCode::PriorKeyEvent, header.sequence, detail)
        })
    }

    fn take_in(&mut self, header: &Header<'_>, event: KeyEvent, effect: Effect) {
        self.identities.advance(&event);
        if effect == Effect::AsStated {
            self.rules.advance(&event);
            self.named.advance(&event);
            self.signing.advance(&event);
            self.producers.advance(&event);
        }
        if self.first_settings.is_none() && self.rules.settings_at(u64::MAX).is_some() {
            self.first_settings = Some(header.sequence);
        }
        match event.statement {
            Ok(Statement::DataKey(change)) => self.data_keys.push(change.data_key),
            Ok(Statement::Kek(change)) => self.kek = Some(change.kek),
            Ok(Statement::Erasure(erasure)) => {
                let data_keys = erasure.data_keys;
                self.erased.take_in(&data_keys);
                self.erasures.push(ErasureRecord {
                    sequence: header.sequence,
                    time: header.time,
                    data_keys,
                    basis: erasure.basis,
                    recorded_in: None,
                });
            }
            Ok(Statement::Hold(hold)) => self.hold(header, hold),
            Ok(Statement::Disposal(disposal)) => {
                let rule = self
                    .settings()
                    .and_then(|settings| settings.rule(&disposal.rule));
                let record = rule.map(|rule| DisposalRecord::of(header, disposal, rule));
                self.disposals.extend(record);
            }
            Ok(Statement::Closed(_)) => self.ended = Some(header.sequence),
            _ => {}
        }
    }

    fn hold(&mut self, header: &Header<'_>, statement: HoldStatement) {
        match statement.action {
            HoldAction::Place { data_keys, reason } => {
                let hold = Hold {
                    id: statement.hold,
                    sequence: header.sequence,
                    time: header.time,
                    data_keys: data_keys.map(|keys| keys.into_iter().collect()),
                    reason,
                };
                self.holds.insert(hold.id, hold);
            }
            HoldAction::Release => {
                self.holds.remove(&statement.hold);
            }
        }
    }
}

/// What custody says of the next key event: its effect, or the first thing that is unlawful in it.
fn advanced(custody: &mut Custody, event: &KeyEvent) -> Result<Effect, Finding> {
    let mut first = None;
    let effect = custody.advance(event, None, |finding| {
        first.get_or_insert(finding);
    });
    first.map_or(Ok(effect), Err)
}
